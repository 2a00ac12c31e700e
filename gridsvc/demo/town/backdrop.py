"""Streets, water and green below the grids: drawn, never counted."""

from __future__ import annotations

import geopandas as gpd
import shapely
from shapely import LineString, Polygon

from gridsvc.demo.town import skeleton as plan
from gridsvc.demo.town.lattice import to_degrees, to_steps
from gridsvc.demo.town.layout import Drawing
from gridsvc.demo.town.names import STREETS
from gridsvc.demo.town.streets import LANE, MAIN, STREET
from gridsvc.demo.town.zones import BANK, FIELDS, GREEN

RIVER_NAME = ("石溪河", "Shixi River")
PARK_NAME = ("红枫公园", "Hongfeng Park")
HILL_NAME = ("枫山", "Fengshan Hill")
BANK_NAME = ("滨江路", "Binjiang Road")
NO_NAME = ("", "")

# Within a kind, low ranks are drawn at small scales and on top; 4 is a footpath or a lawn.
WOOD, PARK, FIELD, LAWN, FOOTPATH = 1, 2, 3, 4, 4

Row = tuple[str, int, tuple[str, str], shapely.Geometry]


def backdrop(drawing: Drawing) -> gpd.GeoDataFrame:
    """The map below the grids: ``kind, rank, name, name_en``; EPSG:4326 on the lattice."""
    river = plan.line(plan.RIVER)
    water = river.buffer(plan.RIVER_HALF_WIDTH_M, quad_segs=4, cap_style="flat")
    rows = [*_greens(drawing, water), *_water(water), *_streets(drawing, river)]
    return gpd.GeoDataFrame(
        {
            "kind": [kind for kind, *_ in rows],
            "rank": [rank for _, rank, *_ in rows],
            "name": [name[0] or None for *_, name, _ in rows],
            "name_en": [name[1] or None for *_, name, _ in rows],
        },
        geometry=[to_degrees(_whole(to_steps(shape))) for *_, shape in rows],
        crs="EPSG:4326",
    )


def _whole(shape: shapely.Geometry) -> shapely.Geometry:
    """Polygons wound as RFC 7946 asks."""
    return shapely.orient_polygons(shape, exterior_cw=False)


def _greens(drawing: Drawing, water: Polygon) -> list[Row]:
    rows: list[Row] = []
    beyond = shapely.difference(plan.area(plan.WOOD), shapely.union_all([drawing.outline, water]))
    rows += [("green", WOOD, HILL_NAME, p) for p in _polygons(beyond)]
    for block, use in zip(drawing.blocks, drawing.block_use, strict=True):
        if use == GREEN:
            name, rank = (HILL_NAME, WOOD) if block.centroid.x < 800 else (PARK_NAME, PARK)
            rows.append(("green", rank, name, block))
        elif use == FIELDS:
            rows.append(("green", FIELD, NO_NAME, block))
    fronts = [b for b, u in zip(drawing.blocks, drawing.block_use, strict=True) if u == BANK]
    banks = shapely.difference(shapely.union_all(fronts, grid_size=0.01), water)
    rows += [("green", PARK, NO_NAME, p) for p in _polygons(banks) if p.area > 100]
    rows += [("green", LAWN, NO_NAME, g) for g in drawing.gardens for g in _polygons(g)]
    return rows


def _polygons(shape: shapely.Geometry) -> list[Polygon]:
    return [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]


def _water(river: Polygon) -> list[Row]:
    return [("water", 1, RIVER_NAME, river), ("water", 2, NO_NAME, plan.area(plan.POND))]


def _streets(drawing: Drawing, river: LineString) -> list[Row]:
    rows: list[Row] = [
        ("street", MAIN, (road.name, road.name_en), plan.line(road.through))
        for road in plan.MAIN_ROADS
    ]
    town = drawing.outline.buffer(2.0)
    front = river.buffer(plan.BANK_M - 0.5)
    embankment = river.buffer(plan.BANK_M).exterior
    rows += _lines(STREET, BANK_NAME, LineString(embankment.coords).intersection(town))
    rows += _lines(LANE, ("石桥", "Stone Bridge"), plan.line(plan.STONE_BRIDGE))
    network = drawing.network
    named = iter(STREETS)
    for line, rank in zip(network.lines, network.ranks, strict=True):
        if rank == MAIN:
            continue
        name = next(named, NO_NAME) if rank == STREET else NO_NAME
        rows += _lines(rank, name, line.intersection(town).difference(front))
    for path in plan.PATHS:
        rows += _lines(FOOTPATH, NO_NAME, plan.line(path).intersection(town))
    return rows


def _lines(rank: int, name: tuple[str, str], shape: shapely.Geometry) -> list[Row]:
    merged = shapely.line_merge(shape)
    return [
        ("street", rank, name, part)
        for part in shapely.get_parts(merged)
        if part.geom_type == "LineString" and part.length > 1.0
    ]
