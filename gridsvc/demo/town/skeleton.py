"""What a draughtsman decides before anything is random: river, main roads, hill, park, quarters.

Positions are metres east and north of the drawing's lower left corner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, Polygon

Points = tuple[tuple[float, float], ...]

RIVER: Points = (
    (120, 2330), (250, 2060), (440, 1800), (690, 1620), (990, 1530), (1270, 1430), (1420, 1220),
    (1395, 980), (1240, 800), (1150, 620), (1230, 420), (1450, 250), (1660, 80), (1790, -150),
    (1860, -420),
)  # fmt: skip
OUTLINE: Points = (
    (60, 330), (95, 620), (40, 655), (62, 1010), (25, 1190), (70, 1395), (140, 1560), (265, 1790),
    (420, 1905), (600, 1880), (720, 1930), (1010, 1905), (1190, 1965), (1420, 1940), (1585, 1880),
    (1750, 1925), (2060, 1880), (2250, 1800), (2310, 1700), (2440, 1590), (2455, 1330),
    (2400, 1300), (2420, 1075), (2470, 880), (2400, 655), (2395, 480), (2280, 300), (2040, 215),
    (1840, 120), (1680, 150), (1440, 95), (1220, 40), (1000, 85), (905, 60), (640, 30), (420, 70),
    (300, 60), (190, 190),
)  # fmt: skip
# Streets that bound the wooded hill and the park; beyond them no street is laid out.
HILL_ROAD: Points = (
    (-60, 1300), (90, 1270), (240, 1300), (350, 1275), (430, 1350), (440, 1450), (500, 1530),
    (520, 1620), (560, 1690),
)  # fmt: skip
PARK_ROAD: Points = (
    (1250, 778), (1310, 768), (1420, 740), (1520, 660), (1560, 560), (1550, 440),
)  # fmt: skip
HILL_AT, PARK_AT = (250, 1500), (1350, 620)
PATHS: tuple[Points, ...] = (
    ((30, 1420), (150, 1370), (230, 1440), (200, 1540), (290, 1620), (400, 1600), (430, 1500)),
    ((230, 1440), (340, 1400), (440, 1450)),
    ((1215, 615), (1270, 590), (1350, 520), (1450, 470), (1540, 500)),
    ((1262, 762), (1290, 690), (1270, 590), (1240, 490)),
    ((1430, 735), (1490, 640), (1470, 540), (1450, 470)),
)  # fmt: skip
# The hill goes on beyond the border, as hills do.
WOOD: Points = (
    (60, 1200), (160, 1400), (260, 1640), (240, 1800), (120, 1830), (60, 1930), (-50, 1900),
    (-90, 1990), (-210, 1950), (-260, 1800), (-390, 1740), (-360, 1600), (-430, 1480), (-330, 1400),
    (-340, 1290), (-210, 1290), (-150, 1190), (-50, 1230),
)  # fmt: skip
STONE_BRIDGE: Points = ((1320, 1150), (1415, 1141), (1468, 1141))
POND: Points = (
    (1345, 700), (1410, 670), (1450, 610), (1420, 545), (1365, 590), (1375, 640), (1325, 650),
)  # fmt: skip

RIVER_HALF_WIDTH_M = 27.0
BANK_M = 50.0  # from the middle of the river to the middle of the embankment road


@dataclass(frozen=True)
class Road:
    """One main road: its name in both languages and the points it passes through (metres)."""

    name: str
    name_en: str
    through: Points


MAIN_ROADS = (
    Road("人民路", "Renmin Road", (
        (-420, 800), (60, 880), (420, 935), (770, 895), (1060, 905), (1330, 880), (1560, 935),
        (1830, 960), (2150, 1040), (2450, 1070), (2900, 1140))),
    Road("解放路", "Jiefang Road", (
        (560, -420), (620, 60), (690, 440), (770, 895), (800, 1200), (880, 1565), (980, 1740),
        (1040, 1950), (1100, 2330))),
    Road("迎宾大道", "Yingbin Avenue", (
        (2080, -380), (2000, 180), (1890, 540), (1830, 960), (1870, 1300), (1800, 1640),
        (1740, 1930), (1700, 2330))),
    Road("朝阳路", "Chaoyang Road", (
        (980, 1740), (1230, 1690), (1520, 1600), (1800, 1640), (2120, 1560), (2400, 1600),
        (2880, 1560))),
    Road("南关路", "Nanguan Road", (
        (-380, 430), (110, 470), (380, 410), (690, 440), (930, 500), (1190, 470), (1400, 440),
        (1640, 500), (1890, 540), (2160, 640), (2420, 640), (2880, 700))),
)  # fmt: skip


def smooth(through: Points, closed: bool = False, steps: int = 8) -> NDArray[np.float64]:
    """Catmull-Rom curve through the given points, as an ``(n, 2)`` array in metres."""
    points = np.asarray(through, dtype=float)
    if closed:
        padded = np.vstack([points[-1:], points, points[:2]])
    else:
        first, last = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
        padded = np.vstack([first, points, last])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * ((2 * b) + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
               + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]  # fmt: skip
    return np.vstack([*pieces, padded[-2:-1]])


def line(through: Points) -> LineString:
    """An open curve through the points."""
    return LineString(smooth(through))


def corners(through: Points) -> Polygon:
    """A closed shape with straight sides: borders of territories have corners."""
    return Polygon(through)


def area(through: Points) -> Polygon:
    """A closed curve through the points."""
    return Polygon(smooth(through, closed=True))
