"""Which ground changes hands between two coverings, cut out on the lattice."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.noding import in_degrees, in_steps
from gridsvc.geo.crs import STORAGE, area_m2

# Snap rounding leaves loops of a step or two where borders nearly meet: far below a sheet of paper.
_SMALLEST_M2 = 0.01


def changed_pieces(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut out the ground that has another grid after than before.

    What both coverings draw alike is compared by name alone. The rest is noded together on the
    lattice, so that pieces share their vertices with each other.

    Parameters
    ----------
    before, after : GeoDataFrame
        ``grid`` and Polygons, each an exact coverage in EPSG:4326 on the lattice. A grid may have
        several rows, as atoms do.

    Returns
    -------
    GeoDataFrame
        ``before``, ``after`` (str; None where that covering has no grid), ``area_m2`` (float) and
        ``geometry`` (Polygon or MultiPolygon), one row a pair, ordered by the pair.
    """
    ids_before, ids_after = alike(before, after)
    old, new = before["grid"].to_numpy()[ids_before], after["grid"].to_numpy()[ids_after]
    other = old != new
    shapes = in_steps(after.geometry.to_numpy()[ids_after[other]])
    relabelled = pd.DataFrame({"before": old[other], "after": new[other], "shape": shapes})
    redrawn = _faces(
        np.delete(np.arange(len(before)), ids_before),
        np.delete(np.arange(len(after)), ids_after),
        before,
        after,
    )
    moved = pd.concat([relabelled, redrawn], ignore_index=True)
    rows = [
        (*pair, shapely.union_all(own.to_numpy(), grid_size=1))
        for pair, own in moved.groupby(["before", "after"], dropna=False)["shape"]
    ]
    found = pd.DataFrame(rows, columns=["before", "after", "shape"])
    pieces = gpd.GeoDataFrame(
        found[["before", "after"]].astype(object).where(found[["before", "after"]].notna(), None),
        geometry=in_degrees(found["shape"].to_numpy()),
        crs=STORAGE,
    )
    pieces.insert(2, "area_m2", area_m2(pieces))
    return pieces[pieces["area_m2"] >= _SMALLEST_M2].reset_index(drop=True)


def alike(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the positions, in both frames, of shapes that are drawn vertex by vertex the same."""
    drawn = pd.Index(shapely.to_wkb(before.geometry.to_numpy()))
    place = drawn.get_indexer(shapely.to_wkb(after.geometry.to_numpy()))
    there = np.flatnonzero(place >= 0)
    return place[there], there


def _faces(
    rows_before: NDArray[np.int64],
    rows_after: NDArray[np.int64],
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Node what is drawn differently, and tell each face's grid in both coverings."""
    old, new = _grids(before.iloc[rows_before]), _grids(after.iloc[rows_after])
    shapes = np.concatenate([old.to_numpy(), new.to_numpy()])
    # Once is enough here: noding again would move a border by another step, and no ground.
    noded = shapely.union_all(shapely.boundary(shapes), grid_size=1)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    table = {"before": _holding(old, inside), "after": _holding(new, inside), "shape": faces}
    return pd.DataFrame(table)[table["before"] != table["after"]]


def _grids(atoms: gpd.GeoDataFrame) -> pd.Series:
    """Join the atoms of each grid, in steps of the lattice: inner borders need no noding."""
    shapes = pd.Series(in_steps(atoms.geometry.to_numpy()), index=atoms["grid"].to_numpy())
    return shapes.groupby(level=0).agg(lambda own: shapely.coverage_union_all(own.to_numpy()))


def _holding(grids: pd.Series, points: NDArray[np.object_]) -> NDArray[np.object_]:
    point, grid = shapely.STRtree(grids.to_numpy()).query(points, predicate="intersects")
    found = np.full(len(points), None, dtype=object)
    found[point] = grids.index.to_numpy()[grid]
    return found
