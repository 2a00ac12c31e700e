"""Planned ground: rows of slabs that face south, tower estates, works, public places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate, scale, translate

from gridsvc.demo.town.houses import House, Layout, largest, occupied
from gridsvc.demo.town.streets import long_side
from gridsvc.demo.town.zones import HOSPITAL, MARKET, OFFICE, SCHOOL, SLABS, TOWERS, WORKS

STAIRWELL_M = 14.0  # one stairwell of a slab: two dwellings a floor
DWELLINGS_PER_STAIR_FLOOR = 2
DWELLINGS_PER_TOWER_FLOOR = 4
TURN_AT_MOST_DEG = 28.0  # a slab turns from due south no further than this to follow its street

# A tower's plan: a cross with deep re-entrants so that every kitchen has a window; metres.
TOWER = Polygon([
    (-14, -6), (-9, -6), (-9, -10), (-2, -10), (-2, -7), (2, -7), (2, -10), (9, -10), (9, -6),
    (14, -6), (14, 6), (8, 6), (8, 9), (-8, 9), (-8, 6), (-14, 6),
])  # fmt: skip


@dataclass(frozen=True)
class Plot:
    """A cell of a compound in the compound's own turned frame."""

    box: tuple[float, float, float, float]
    row: int
    column: int


def turn_of(block: Polygon) -> float:
    """How far (degrees) a compound turns from due east so that rows follow the block's side."""
    _, along, _ = long_side(block)
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    angle = (angle + 45) % 90 - 45
    return angle if abs(angle) <= TURN_AT_MOST_DEG else 0.0


def compound(block: Polygon, buildable: Polygon, use: str, rng: np.random.Generator) -> Layout:
    """Fill a block with the buildings of its use, each on a plot of a turned rectangular raster."""
    turn, pivot = turn_of(block), block.centroid
    local, inner = (rotate(g, -turn, origin=pivot) for g in (block, buildable))
    layout = Layout()
    if use in (SLABS, TOWERS):
        rows, columns = (rng.uniform(40, 47), 76.0) if use == SLABS else (68.0, 66.0)
        plots, layout.cuts = _raster(local, rows, columns, rng)
        _settle(layout, plots, inner, use, rng)
    else:
        layout.houses, layout.gardens = _public(inner, use)
    return Layout(
        [House(rotate(h.shape, turn, origin=pivot), h.use, h.floors, h.households, h.dwellings)
         for h in layout.houses],
        [rotate(c, turn, origin=pivot) for c in layout.cuts],
        [rotate(g, turn, origin=pivot) for g in layout.gardens],
    )  # fmt: skip


def _raster(
    local: Polygon, row_m: float, column_m: float, rng: np.random.Generator
) -> tuple[list[Plot], list[LineString]]:
    west, south, east, north = local.bounds
    xs = np.linspace(west, east, max(1, round((east - west) / column_m)) + 1)
    ys = np.linspace(south, north, max(1, round((north - south) / row_m)) + 1)
    xs[1:-1] += rng.uniform(-4, 4, len(xs) - 2)
    drawn = [LineString([(west - 1, y), (east + 1, y)]) for y in ys[1:-1]]
    drawn += [LineString([(x, south - 1), (x, north + 1)]) for x in xs[1:-1]]
    cuts = [
        part
        for one in drawn
        for part in shapely.get_parts(one.intersection(local))
        if part.geom_type == "LineString"
    ]
    plots = [
        Plot((xs[i], ys[j], xs[i + 1], ys[j + 1]), j, i)
        for j in range(len(ys) - 1)
        for i in range(len(xs) - 1)
    ]
    return plots, cuts


def _settle(
    layout: Layout, plots: list[Plot], inner: Polygon, use: str, rng: np.random.Generator
) -> None:
    """Put one building on each plot that takes it; a large compound keeps a plot as garden."""
    floors = int(rng.choice([3, 4, 4, 5])) if use == SLABS else int(rng.choice([11, 12, 14, 16]))
    garden = len(plots) // 2 if len(plots) >= 9 else -1
    for index, plot in enumerate(plots):
        ground = largest(inner.intersection(shapely.box(*plot.box)))
        if ground is None:
            continue
        if index == garden:
            layout.gardens.append(ground.buffer(-7).buffer(3))
            continue
        shape = _slab(plot, ground, rng) if use == SLABS else _tower(plot, ground)
        if shape is None:
            continue
        if use == SLABS:
            west, _, east, _ = shape.bounds
            dwellings = max(1, int((east - west) / STAIRWELL_M)) * floors
            dwellings *= DWELLINGS_PER_STAIR_FLOOR
        else:
            dwellings = floors * DWELLINGS_PER_TOWER_FLOOR
        layout.houses.append(House(shape, use, floors, occupied(dwellings, rng), dwellings))


def _slab(plot: Plot, ground: Polygon, rng: np.random.Generator) -> Polygon | None:
    """The longest slab, 26 to 56 m, that fits across the plot on its northern half."""
    _, south, _, north = plot.box
    depth, middle = 11.5, south + 0.56 * (north - south)
    reach = [_span(ground, y) for y in (middle - depth / 2, middle, middle + depth / 2)]
    if any(r is None for r in reach):
        return None
    west = max(r[0] for r in reach if r) + 4
    east = min(r[1] for r in reach if r) - 4
    if east - west < 20:
        return None
    length = min(east - west, float(rng.choice([42.0, 56.0, 56.0])))
    start = west + (east - west - length) * 0.5
    shape = shapely.box(start, middle - depth / 2, start + length, middle + depth / 2)
    return shape if ground.contains(shape) else None


def _span(ground: Polygon, y: float) -> tuple[float, float] | None:
    west, _, east, _ = ground.bounds
    part = largest_line(ground.intersection(LineString([(west - 1, y), (east + 1, y)])))
    return None if part is None else (part.bounds[0], part.bounds[2])


def largest_line(shape: shapely.Geometry) -> LineString | None:
    """The longest line of a shape, or None when there is none."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString"]
    return max(parts, key=lambda p: p.length, default=None)


def _tower(plot: Plot, ground: Polygon) -> Polygon | None:
    """A tower in the middle of its plot, every other row shifted so that none stands in shade."""
    west, south, east, north = plot.box
    shift = 9.0 if plot.row % 2 else -9.0
    for dx in (shift, 0.0, -shift):
        shape = translate(TOWER, (west + east) / 2 + dx, (south + north) / 2)
        if ground.contains(shape):
            return shape
    return None


def _public(inner: Polygon, use: str) -> tuple[list[House], list[Polygon]]:
    """Buildings nobody lives in, and the lawn or track beside them."""
    west, south, east, north = inner.bounds
    width, height = east - west, north - south
    houses = [
        House(shape, use, floors, 0, 0)
        for shape, floors in _public_shapes(use)
        for shape in [translate(scale(shape, width, height, origin=(0, 0)), west, south)]
        for shape in [largest(shape.intersection(inner.buffer(-4)))]
        if shape is not None and shape.area > 120
    ]
    lawn = []
    if use == SCHOOL:
        middle = LineString([(west + width * 0.36, south + height * 0.3),
                             (west + width * 0.66, south + height * 0.3)])  # fmt: skip
        track = largest(middle.buffer(height * 0.15, quad_segs=6).intersection(inner))
        lawn = [track] if track is not None else []
    elif use in (HOSPITAL, OFFICE):
        spot = shapely.box(0.3, 0.12, 0.7, 0.3)
        grass = translate(scale(spot, width, height, origin=(0, 0)), west, south)
        lawn = [g for g in [largest(grass.intersection(inner))] if g is not None]
    return houses, lawn


def _public_shapes(use: str) -> Iterator[tuple[Polygon, int]]:
    """Outlines in a unit square, and floors."""
    box = shapely.box
    if use == SCHOOL:
        wings = (box(0.14, 0.58, 0.2, 0.88), box(0.44, 0.6, 0.5, 0.88), box(0.72, 0.58, 0.78, 0.88))
        comb = shapely.union_all([box(0.14, 0.82, 0.78, 0.88), *wings])
        yield comb, 5
        yield box(0.84, 0.3, 0.93, 0.6), 2
    elif use == HOSPITAL:
        yield shapely.union_all([box(0.2, 0.42, 0.8, 0.52), box(0.2, 0.7, 0.8, 0.8),
                                 box(0.46, 0.42, 0.54, 0.8)]), 9  # fmt: skip
        yield box(0.1, 0.15, 0.24, 0.34), 3
    elif use == MARKET:
        yield box(0.12, 0.5, 0.62, 0.88), 2
        for k in range(4):
            yield box(0.12 + 0.19 * k, 0.12, 0.24 + 0.19 * k, 0.4), 1
        yield box(0.7, 0.5, 0.88, 0.88), 3
    elif use == OFFICE:
        yield shapely.union_all([box(0.2, 0.62, 0.8, 0.76), box(0.2, 0.4, 0.3, 0.76),
                                 box(0.7, 0.4, 0.8, 0.76)]), 6  # fmt: skip
    elif use == WORKS:
        for k in range(3):
            yield box(0.08, 0.1 + 0.29 * k, 0.64, 0.32 + 0.29 * k), 1
        yield box(0.72, 0.12, 0.9, 0.4), 2
        yield box(0.72, 0.55, 0.9, 0.85), 3
