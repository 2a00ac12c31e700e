"""The toy town as it is edited: atoms, lines through its cells, and an edit that is proved."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import shapely
import toy_town
from shapely import LineString
from toy_town import code, position

from gridsvc.geo import edits
from gridsvc.geo.atoms import building_cells, grid_atoms, outlines
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import with_dense_frames

A, B, MIDDLE, NEW = code(1, 1), code(1, 2), code(1, 5), code(1, 7)


@cache
def town() -> gpd.GeoDataFrame:
    return grid_atoms(with_dense_frames(toy_town.grids()))


@cache
def town_of_cells() -> gpd.GeoDataFrame:
    return building_cells(with_dense_frames(toy_town.grids()), toy_town.buildings())


def line(*places: tuple[float, float]) -> LineString:
    """Draw through places counted in cells from the south-west corner of the town."""
    return LineString([position(*place) for place in places])


def made(atoms: gpd.GeoDataFrame, edit: edits.Edit) -> gpd.GeoDataFrame:
    """Apply an edit, prove it, take it back bit by bit, and give the grids."""
    after = edit.applied_to(atoms)
    assert edge_chain(after).same_as(edge_chain(atoms))
    assert after["households"].sum() == atoms["households"].sum()
    back = edit.inverse().applied_to(after)
    assert shapely.to_wkb(back.geometry).tolist() == shapely.to_wkb(atoms.geometry).tolist()
    assert back.drop(columns="geometry").equals(atoms.drop(columns="geometry"))
    return outlines(after)


def cells_of(shape: shapely.Geometry) -> float:
    return shape.area / toy_town.CELL_DEG**2
