"""Building cells: each grid divided among its buildings, nested exactly, no border moved."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.atoms.blocks import by_block
from gridsvc.geo.atoms.frame import counted, grid_atoms
from gridsvc.geo.atoms.nesting import Plan
from gridsvc.geo.cover.chain import Integers
from gridsvc.geo.cover.noding import Shapes, in_steps
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.crs import to_storage
from gridsvc.geo.edits.ground import Ground


def building_cells(
    grids: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame | None = None,
    first_atom: int = 1,
) -> gpd.GeoDataFrame:
    """Divide grids into the cells of their buildings.

    A building is in the grid (and block) that holds its anchor; of two, in the one with the lower
    code. Its cell is the ground there that is nearer to its footprint than to any other. Where a
    border of cells meets a locked outline it ends on a vertex that is there; elsewhere all
    neighbours gain its vertex. A building that gets no ground so, or stands where another does,
    is counted in the cell that holds its anchor.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code``, ``household_count``, ``dwelling_count`` (may be missing) and Polygons that tile
        on the lattice: whole communities.
    buildings : GeoDataFrame
        Indexed by id: ``household_count``, ``dwelling_count`` (may be missing), footprints or
        Points; with ``lon`` and ``lat`` where the anchor is, else it is a point inside. Those in
        no grid are left out.
    blocks : GeoDataFrame, optional
        From `gridsvc.geo.atoms.blocks`; a cell is in one block.
    first_atom : int
        Id of the first atom.

    Returns
    -------
    GeoDataFrame
        A frame of atoms, by grid. Buildings' counts; a grid without buildings is one atom with
        its own. A block without building is an atom without counts.

    Raises
    ------
    BadGeometry
        The grids of a community do not tile so that cells could be nested in them.

    Examples
    --------
    >>> cells = building_cells(town, houses)
    >>> len(cells), int(cells["households"].sum())
    (9, 1500)
    """
    whole = grid_atoms(grids)
    placed = _placed(to_storage(buildings), whole)
    known = (np.array([], dtype=object), np.array([], dtype=np.int64))
    if blocks is not None:
        known = in_steps(to_storage(blocks).geometry.to_numpy()), blocks.index.to_numpy()
    communities = whole["grid"].str[:COMMUNITY_DIGITS]
    frames = []
    for _, own in whole.groupby(communities):
        ground = Ground(own, in_steps(own.geometry.to_numpy()), own["grid"].to_numpy(dtype=object))
        there = placed[placed["grid"].isin(own["grid"])]
        frames.append(_divided(ground, there, known))
    atoms = pd.concat(frames, ignore_index=True)
    atoms.index = pd.RangeIndex(first_atom, first_atom + len(atoms), name="atom").astype("int64")
    return atoms


def _placed(buildings: gpd.GeoDataFrame, whole: gpd.GeoDataFrame) -> pd.DataFrame:
    """Take buildings to steps, with the grid that holds each one's anchor."""
    shapes = in_steps(buildings.geometry.to_numpy())
    if {"lon", "lat"} <= set(buildings.columns):
        anchors = in_steps(shapely.points(buildings["lon"], buildings["lat"]))
    else:
        anchors = np.rint(shapely.get_coordinates(shapely.point_on_surface(shapes)))
        anchors = shapely.points(anchors)
    tree = shapely.STRtree(in_steps(whole.geometry.to_numpy()))
    building, grid = tree.query(anchors, predicate="intersects")
    held = pd.Series(grid).groupby(building).min()
    table = pd.DataFrame({
        "id": buildings.index,
        "shape": shapes,
        "anchor": anchors,
        "households": counted(buildings, "household_count"),
        "dwellings": counted(buildings, "dwelling_count"),
    }).loc[held.index]  # fmt: skip
    return table.assign(grid=whole["grid"].to_numpy(dtype=object)[held])


def _divided(
    ground: Ground, there: pd.DataFrame, blocks: tuple[Shapes, Integers]
) -> gpd.GeoDataFrame:
    """Divide the grids of one community."""
    plan = Plan(ground)
    for place, code in enumerate(ground.grid):
        own = there[there["grid"] == code]
        if own.empty:
            plan.keep(place)
            continue
        parts = by_block(ground.shapes[place], own["anchor"].to_numpy(), *blocks)
        for shape, block in parts:
            plan.divide(place, shape, block, own, alone=len(parts) == 1)
    return plan.cut()
