"""Places on a printed map: a sign for each kind, told apart without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import shapely

from gridsvc.geo.crs import STORAGE
from gridsvc.geo.paper.sheet import Sheet

_INK, _PAPER, _RED = "#0f6b6b", "#fff", "#b3261e"


class Sign(StrEnum):
    """How a kind of place is drawn."""

    SQUARE = "square"
    TRIANGLE = "triangle"
    DISC = "disc"
    HALF = "half"
    RING = "ring"
    DASHED = "dashed"
    CROSS = "cross"
    SPECK = "speck"


# Around its place, in mm, as SVG writes it.
_DISC = "M{x:.2f} {y:.2f}m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0Z"
_ROUND = _DISC.replace("{r}", "1.3").replace("{d}", "2.6")
_SHAPES = {
    Sign.SQUARE: "M{x:.2f} {y:.2f}m-1.6 -1.6h3.2v3.2h-3.2Z",
    Sign.TRIANGLE: "M{x:.2f} {y:.2f}m0 -1.6l1.6 2.7h-3.2Z",
    Sign.DISC: _ROUND,
    Sign.HALF: _ROUND,
    Sign.RING: _ROUND,
    Sign.DASHED: _ROUND,
    Sign.CROSS: "M{x:.2f} {y:.2f}m-2 0h4m-2 -2v4",
    Sign.SPECK: _DISC.replace("{r}", "0.5").replace("{d}", "1"),
}
# Fill, line, and the line's width in mm; the solid ones have a rim of paper, or they would merge.
_PENS = {
    Sign.SQUARE: (_INK, _PAPER, 0.25),
    Sign.TRIANGLE: (_INK, _PAPER, 0.25),
    Sign.DISC: (_INK, _PAPER, 0.25),
    Sign.HALF: ("#87b5b5", _INK, 0.5),
    Sign.RING: (_PAPER, _INK, 0.5),
    Sign.DASHED: (_PAPER, _INK, 0.5),
    Sign.CROSS: ("none", _RED, 0.7),
    Sign.SPECK: (_RED, "none", 0.0),
}


@dataclass(frozen=True)
class Places:
    """Places of one kind: degrees (lon, lat; EPSG:4326), and what the legend calls them."""

    sign: Sign
    words: str
    at: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Mark:
    """One kind on a sheet: all its signs in one path, one alone for the legend, and their pen."""

    path: str
    alone: str
    words: str
    fill: str
    line: str
    wide_mm: float
    dashes: str


def marked(sheet: Sheet, kinds: Sequence[Places]) -> list[Mark]:
    """Put places on a sheet; those beside the paper are left out, and a kind without any as well.

    Examples
    --------
    >>> _SHAPES[Sign.SQUARE].format(x=4.5, y=2.5)
    'M4.50 2.50m-1.6 -1.6h3.2v3.2h-3.2Z'
    """
    found = []
    for kind in kinds:
        points = gpd.GeoSeries(
            gpd.points_from_xy([lon for lon, _ in kind.at], [lat for _, lat in kind.at]),
            crs=STORAGE,
        )
        on_paper = [
            (x, y)
            for x, y in shapely.get_coordinates(sheet.put(points))
            if 0 <= x <= sheet.wide_mm and 0 <= y <= sheet.high_mm
        ]
        if on_paper:
            shape = _SHAPES[kind.sign]
            found.append(
                Mark(
                    "".join(shape.format(x=x, y=y) for x, y in on_paper),
                    shape.format(x=4.5, y=2.5),
                    kind.words,
                    *_PENS[kind.sign],
                    dashes="0.8 0.6" if kind.sign is Sign.DASHED else "",
                )
            )
    return found
