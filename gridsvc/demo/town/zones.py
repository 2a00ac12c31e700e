"""What stands where: the use of every block, decided by the nearest mark on the plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely import Polygon

OLD, VILLAGE, SLABS, TOWERS, WORKS = "old", "village", "slabs", "towers", "works"
FIELDS, GREEN, BANK = "fields", "green", "bank"
SCHOOL, HOSPITAL, MARKET, OFFICE = "school", "hospital", "market", "office"

# About how large a block of each use is left, m².
BLOCK_M2 = {
    OLD: 4_600.0,
    VILLAGE: 9_500.0,
    SLABS: 20_000.0,
    TOWERS: 30_000.0,
    WORKS: 38_000.0,
    FIELDS: 26_000.0,
}


class Mark(NamedTuple):
    """A use and where it is pinned on the plan (metres)."""

    x: float
    y: float
    use: str


PINS: dict[str, tuple[tuple[float, float], ...]] = {
    OLD: (
        (1000, 1150), (1150, 1010), (1200, 1220), (930, 1330), (1080, 1380), (1030, 960),
    ),
    VILLAGE: (
        (620, 1450), (230, 1080), (150, 800), (930, 290), (1100, 320), (1220, 270), (1660, 220),
        (1930, 1760), (2020, 1650), (640, 1780),
    ),
    SLABS: (
        (840, 1010), (840, 1220), (890, 1460), (500, 1210), (650, 1060), (420, 1000), (700, 1290),
        (330, 720), (560, 680), (470, 270), (720, 250), (850, 700), (870, 530), (1500, 340),
        (2100, 450), (1650, 600), (1450, 860), (2080, 820), (2260, 850), (2300, 1380), (2050, 1120),
        (1620, 1100), (1740, 1300), (1700, 1500), (1300, 1580), (1150, 1620), (1150, 1820),
        (1420, 1780), (1650, 1780), (2080, 1500), (830, 1790),
    ),
    TOWERS: (
        (1030, 660), (1780, 330), (1700, 780), (2100, 1300), (1560, 1380),
    ),
    WORKS: (
        (200, 270), (2250, 420), (2300, 1150),
    ),
    FIELDS: (
        (120, 560), (1120, 130), (880, 130), (1340, 170), (2430, 820), (2420, 1420), (2230, 1700),
        (2100, 1790), (470, 1850),
    ),
}  # fmt: skip
MARKS = tuple(Mark(x, y, use) for use, pins in PINS.items() for x, y in pins)

# One block each: public places have nobody living in them, yet somebody answers for them.
PUBLIC = (
    Mark(960, 1010, SCHOOL), Mark(600, 800, SCHOOL), Mark(1950, 1330, SCHOOL),
    Mark(1380, 1850, SCHOOL), Mark(1980, 900, HOSPITAL), Mark(1060, 800, MARKET),
    Mark(860, 1120, OFFICE), Mark(1500, 420, OFFICE),
)  # fmt: skip


def use_at(block: Polygon) -> str:
    """The use pinned nearest to the block's middle."""
    middle = block.centroid
    distance = [np.hypot(m.x - middle.x, m.y - middle.y) for m in MARKS]
    return MARKS[int(np.argmin(distance))].use


def with_public_places(blocks: list[Polygon], use: list[str]) -> list[str]:
    """The uses again, with the lived-in block nearest to each public mark given to it."""
    found = list(use)
    middles = shapely.centroid(np.array(blocks))
    for mark in PUBLIC:
        away = shapely.distance(middles, shapely.Point(mark.x, mark.y))
        free = [b.area > 5_000 and u in BLOCK_M2 for b, u in zip(blocks, found, strict=True)]
        found[int(np.argmin(np.where(free, away, np.inf)))] = mark.use
    return found
