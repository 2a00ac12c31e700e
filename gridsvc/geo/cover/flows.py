"""Where households go between two states of the grids: by their anchors, else by area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.geo.cover.pieces import alike
from gridsvc.geo.crs import STORAGE, area_m2

#: What is counted of a grid, a house or an atom.
COUNTS = ["households", "dwellings"]

# A share of ground smaller than this is a border that was rounded, not a piece with people in it.
_SMALLEST_SHARE = 1e-4


def whither(atoms: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell in which grid of the other state the households of atoms are (None for none)."""
    anchored = atoms["lon"].notna().to_numpy()
    points = shapely.points(atoms["lon"].to_numpy()[anchored], atoms["lat"].to_numpy()[anchored])
    here = atoms.iloc[np.flatnonzero(anchored)]
    found = here[COUNTS].assign(own=here["grid"], other=grids_at(points, others), estimated=False)
    loose = atoms.iloc[np.flatnonzero(~anchored)]
    same, there = alike(loose, others)
    stays = loose.iloc[same][COUNTS].assign(
        own=loose["grid"].to_numpy()[same], other=others["grid"].to_numpy()[there], estimated=False
    )
    rest = loose.iloc[np.delete(np.arange(len(loose)), same)]
    return pd.concat([found, stays, *([_shared(rest, others)] if len(rest) else [])])


def grids_at(points: NDArray[np.object_], grids: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Name the grid of each point: of two on a border the lower code, as everywhere, or None."""
    point, grid = shapely.STRtree(grids.geometry.to_numpy()).query(points, predicate="intersects")
    names, rank = np.unique(grids["grid"].to_numpy(dtype=object), return_inverse=True)
    lowest = np.full(len(points), len(names))
    np.minimum.at(lowest, point, rank[grid])
    return np.array([*names, None], dtype=object)[lowest]


def _shared(atoms: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Share each atom's households by the area that the grids of the other state have of it."""
    shapes, beside = atoms.geometry.to_numpy(), others.geometry.to_numpy()
    atom, other = shapely.STRtree(beside).query(shapes, predicate="intersects")
    overlap = gpd.GeoSeries(shapely.intersection(shapes[atom], beside[other]), crs=STORAGE)
    codes = others["grid"].to_numpy(dtype=object)[other]
    parts = pd.DataFrame({"atom": atom, "other": codes, "m2": area_m2(overlap).to_numpy()})
    m2 = parts.groupby(["atom", "other"])["m2"].sum()
    whole = area_m2(atoms).to_numpy()
    bare = whole - m2.groupby(level=0).sum().reindex(range(len(atoms)), fill_value=0.0)
    nobody = pd.MultiIndex.from_arrays([bare.index, np.full(len(bare), None)], names=m2.index.names)
    share = pd.concat([m2, bare.set_axis(nobody)])
    share = share[share >= _SMALLEST_SHARE * whole[share.index.get_level_values(0)]]
    place, codes = (share.index.get_level_values(level).to_numpy() for level in (0, 1))
    order = np.argsort(place, kind="stable")
    place, weights = place[order], share.to_numpy()[order]
    facts = {"own": atoms["grid"].to_numpy()[place], "other": codes[order]}
    facts["estimated"] = np.bincount(place, minlength=len(atoms))[place] > 1
    cuts = np.flatnonzero(np.diff(place)) + 1
    for name in COUNTS:
        totals = atoms[name].to_numpy()[place]
        shares = zip(np.split(totals, cuts), np.split(weights, cuts), strict=True)
        facts[name] = np.concatenate([largest_remainder(int(t[0]), w) for t, w in shares if len(t)])
    return pd.DataFrame(facts)


def largest_remainder(total: int, shares: ArrayLike) -> NDArray[np.int64]:
    """Divide a whole number by shares, so that the parts are whole and their sum is kept.

    Every part gets the whole number below its quota, what is left goes one by one to the largest
    remainders (Hamilton's method), the first of equals first.

    Examples
    --------
    >>> largest_remainder(10, [1.0, 1.0, 1.0]).tolist()
    [4, 3, 3]
    """
    weights = np.asarray(shares, float)
    quota = total * weights / weights.sum()
    parts = np.floor(quota).astype(np.int64)
    order = np.argsort(parts - quota, kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return parts
