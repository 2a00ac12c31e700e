"""Small houses on small plots: the old town's courtyards and the villages at the edge."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import split as split_by

from gridsvc.demo.town.streets import long_side, overshoot
from gridsvc.demo.town.zones import OLD

SMALLEST_M2 = 45.0  # nobody lives in less ground than this


@dataclass(frozen=True)
class House:
    """One building: its outline in metres and how many live there."""

    shape: Polygon
    use: str
    floors: int
    households: int
    dwellings: int


@dataclass
class Layout:
    """What stands on a block: buildings, the lines that divide their plots, and gardens."""

    houses: list[House] = field(default_factory=list)
    cuts: list[LineString] = field(default_factory=list)
    gardens: list[Polygon] = field(default_factory=list)


def occupied(dwellings: int, rng: np.random.Generator) -> int:
    """Households in so many dwellings: about one dwelling in sixteen stands empty."""
    return int(rng.binomial(dwellings, 0.94))


def plots(
    block: Polygon, target_m2: float, rng: np.random.Generator
) -> tuple[list[Polygon], list[LineString]]:
    """Halve a block by straight lines into plots of about ``target_m2``, with the lines."""
    if block.area < target_m2 * rng.uniform(1.0, 1.75):
        return [block], []
    corner, along, length = long_side(block)
    across = np.array([-along[1], along[0]])
    for share in (rng.uniform(0.4, 0.6), 0.5, 0.45, 0.55):
        tilt = across + along * rng.uniform(-0.12, 0.12)
        at = corner + along * (length * share)
        cut = shapely.intersection(LineString([at - tilt * 900, at + tilt * 900]), block)
        if cut.geom_type != "LineString":
            continue
        halves = [h for h in split_by(block, overshoot(cut)).geoms if h.area > 1]
        if len(halves) == 2 and min(h.area for h in halves) > 0.25 * block.area:
            left, right = (plots(h, target_m2, rng) for h in halves)
            return left[0] + right[0], [cut, *left[1], *right[1]]
    return [block], []


def small_houses(block: Polygon, buildable: Polygon, use: str, rng: np.random.Generator) -> Layout:
    """Fill a block with courtyard houses (old town) or self-built houses (village)."""
    shape, target = (_courtyard, 350.0) if use == OLD else (_village_house, 700.0)
    parcels, cuts = plots(block, target, rng)
    layout = Layout(cuts=cuts)
    for parcel in parcels:
        yard = largest(parcel.buffer(-1.3, join_style="mitre").intersection(buildable))
        if yard is None or yard.area < SMALLEST_M2 * 1.5:
            continue
        outline = shape(yard, rng)
        if outline is None or outline.area < SMALLEST_M2:
            continue
        floors = int(rng.choice([1, 2, 2, 3] if use == OLD else [2, 3, 3, 4]))
        dwellings = int(rng.choice([1, 1, 2, 2, 3, 4] if use == OLD else [1, 2, 3, 4, 5]))
        layout.houses.append(House(outline, use, floors, occupied(dwellings, rng), dwellings))
    return layout


def largest(shape: shapely.Geometry) -> Polygon | None:
    """The largest polygon of a shape, or None when there is none."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]
    return max(parts, key=lambda p: p.area, default=None)


def _courtyard(yard: Polygon, rng: np.random.Generator) -> Polygon | None:
    """Wings around a court that opens to one side: an L or a U, now and then a full block."""
    yard = largest(yard.simplify(0.8))
    if yard is None or yard.area < 120 or rng.random() < 0.2:
        return yard
    corner, along, length = long_side(yard)
    across = np.array([-along[1], along[0]])
    width = yard.area / length
    side = 1 if rng.random() < 0.5 else -1
    middle = np.array(yard.centroid.coords[0]) + across * side * width * 0.3
    middle = middle + along * length * rng.choice([-0.28, 0.0, 0.28])
    court = _rectangle(middle, along, length * 0.36, width * 0.7)
    wings = largest(yard.difference(court))
    return wings if wings is not None and not wings.interiors and wings.area > 60 else yard


def _village_house(yard: Polygon, rng: np.random.Generator) -> Polygon | None:
    """A plain rectangle set back on its plot, parallel to the plot's long side."""
    _, along, length = long_side(yard)
    centre = shapely.point_on_surface(yard) if not yard.contains(yard.centroid) else yard.centroid
    middle = np.array(centre.coords[0]) + rng.uniform(-1.5, 1.5, 2)
    for scale in (1.0, 0.85, 0.7, 0.55):
        deep, wide = rng.uniform(9, 12) * scale, rng.uniform(11, 16) * scale
        shape = _rectangle(middle, along, wide, deep)
        if yard.contains(shape):
            return shape
    return None


def _rectangle(middle: np.ndarray, along: np.ndarray, length: float, width: float) -> Polygon:
    across = np.array([-along[1], along[0]])
    a, b = along * length / 2, across * width / 2
    return Polygon([middle - a - b, middle + a - b, middle + a + b, middle - a + b])
