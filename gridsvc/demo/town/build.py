"""The demo subdistrict as frames and files: ``python -m gridsvc.demo.town.build OUTPUT_FOLDER``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridsvc.demo.town import names
from gridsvc.demo.town.addresses import addresses
from gridsvc.demo.town.backdrop import backdrop
from gridsvc.demo.town.drift import drifted
from gridsvc.demo.town.geojson import write
from gridsvc.demo.town.lattice import to_degrees, to_steps
from gridsvc.demo.town.layout import Drawing, draw
from gridsvc.demo.town.territory import Cells, borders_of, cells_of, grids_of, merged
from gridsvc.demo.town.zones import MARKET

SEED = 7
ROW_STEPS = 22_500  # one row of the reading order: 250 m of latitude
FIRST_FUNCTIONAL = 901  # functional grids are numbered from here, so residential numbers run on
STORAGE = "EPSG:4326"

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Town:
    """The demo subdistrict, EPSG:4326 on the lattice of 1e-7 degrees.

    Attributes
    ----------
    divisions : GeoDataFrame
        ``code, level, parent_code, name, name_en``; Polygon. The district is drawn as its one
        mapped subdistrict.
    grids : GeoDataFrame
        ``code, community_code, kind, name, name_en, household_count, dwelling_count``; Polygon.
    buildings : GeoDataFrame
        ``code, community_code, name, use, floors, household_count, dwelling_count``; Polygon.
    base : GeoDataFrame
        ``kind`` (street, water, green), ``rank``, ``name, name_en``; LineString or Polygon.
    """

    divisions: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    base: gpd.GeoDataFrame


def build_town(seed: int = SEED) -> Town:
    """Grow the town from a seed; the same seed gives the same town on every machine.

    Raises
    ------
    RuntimeError
        A seed whose communities cannot be cut into simple grids.
    """
    drawing = draw(np.random.default_rng(seed))
    cells = cells_of(drawing)
    community = np.array(drawing.block_community)[cells.block]
    label, outlines = grids_of(community, cells, borders_of(cells, drawing), seed)
    house_grid = label[cells.house_cell]
    drawing.houses = drifted(drawing.houses, house_grid, outlines)
    first = np.unique(label, return_index=True)[1]
    return Town(
        _divisions(cells, community),
        _grids(drawing, cells, outlines, community[first], house_grid),
        _buildings(drawing, community[cells.house_cell]),
        backdrop(drawing),
    )


def community_code(position: int) -> str:
    """The 12-digit code of a community by its position in `names.COMMUNITIES`."""
    return f"{names.SUBDISTRICT[0]}{position + 1:03d}"


def reading_order(outlines: list[Polygon]) -> Ints:
    """Order shapes as one reads: rows from the north, west to east within a row."""
    middles = shapely.get_coordinates(shapely.centroid(np.array(outlines)))
    row = np.floor((middles[:, 1].max() - middles[:, 1]) / ROW_STEPS)
    return np.lexsort((middles[:, 0], row))


def _divisions(cells: Cells, community: Ints) -> gpd.GeoDataFrame:
    shapes = np.array(cells.shapes)
    whole = merged(shapes)
    rows = [
        (names.DISTRICT[0], "district", None, *names.DISTRICT[1:], whole),
        (names.SUBDISTRICT[0], "subdistrict", names.DISTRICT[0], *names.SUBDISTRICT[1:], whole),
    ] + [
        (community_code(i), "community", names.SUBDISTRICT[0], one.name, one.name_en,
         merged(shapes[community == i]))
        for i, one in enumerate(names.COMMUNITIES)
    ]  # fmt: skip
    return _frame(rows, ("code", "level", "parent_code", "name", "name_en"))


def _grids(
    drawing: Drawing, cells: Cells, outlines: list[Polygon], community: Ints, house_grid: Ints
) -> gpd.GeoDataFrame:
    households = _summed([h.households for h in drawing.houses], house_grid, len(outlines))
    dwellings = _summed([h.dwellings for h in drawing.houses], house_grid, len(outlines))
    rows: list[tuple[Any, ...]] = []
    for position, one in enumerate(names.COMMUNITIES):
        mine = np.flatnonzero(community == position)
        for number, grid in enumerate(mine[reading_order([outlines[i] for i in mine])], start=1):
            rows.append((
                f"{community_code(position)}{number:03d}", community_code(position), "residential",
                f"{one.name}第{names.ordinal(number)}网格",
                f"{one.name_en.removesuffix(' Community')} Grid {number}",
                int(households[grid]), int(dwellings[grid]), outlines[grid],
            ))  # fmt: skip
    rows.append(_market(drawing, cells))
    return _frame(rows, (
        "code", "community_code", "kind", "name", "name_en", "household_count", "dwelling_count",
    ))  # fmt: skip


def _market(drawing: Drawing, cells: Cells) -> tuple[Any, ...]:
    """The functional grid of the market hall: it lies over residential ones, nobody lives in it."""
    block = drawing.block_use.index(MARKET)
    community = community_code(drawing.block_community[block])
    shape = merged(np.array(cells.shapes)[cells.block == block])
    return (f"{community}{FIRST_FUNCTIONAL}", community, "functional",
            "石桥农贸市场功能网格", "Shiqiao Market (functional)", 0, 0, shape)  # fmt: skip


def _buildings(drawing: Drawing, community: Ints) -> gpd.GeoDataFrame:
    shapes = [to_steps(house.shape) for house in drawing.houses]
    name = addresses(drawing)
    rows = []
    for position in range(len(names.COMMUNITIES)):
        mine = np.flatnonzero(community == position)
        for number, i in enumerate(mine[reading_order([shapes[j] for j in mine])], start=1):
            house = drawing.houses[i]
            rows.append((
                f"{community_code(position)}{number:04d}", community_code(position), name[i],
                house.use, house.floors, house.households, house.dwellings, shapes[i],
            ))  # fmt: skip
    return _frame(rows, (
        "code", "community_code", "name", "use", "floors", "household_count", "dwelling_count",
    ))  # fmt: skip


def _summed(counts: list[int], group: Ints, size: int) -> Ints:
    return np.bincount(group, weights=counts, minlength=size).astype(np.int64)


def _frame(rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    data = {name: [row[k] for row in rows] for k, name in enumerate(columns)}
    shapes = [shapely.orient_polygons(to_degrees(row[-1]), exterior_cw=False) for row in rows]
    return gpd.GeoDataFrame(data, geometry=shapes, crs=STORAGE)


def main(folder: Path) -> None:
    """Write the four files of the demo subdistrict into a folder."""
    town = build_town()
    folder.mkdir(parents=True, exist_ok=True)
    for layer in ("divisions", "grids", "buildings", "base"):
        write(getattr(town, layer), folder / f"demo_{layer}.geojson")
