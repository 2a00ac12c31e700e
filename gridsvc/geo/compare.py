"""Two states of the grids side by side: what ground moves, and how many households with it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.geo.crs import STORAGE, area_m2
from gridsvc.geo.pieces import alike, changed_pieces

# A share of ground smaller than this is a border that was rounded, not a piece with people in it.
_SMALLEST_SHARE = 1e-4
_COUNTS = ["households", "dwellings"]


@dataclass(frozen=True)
class Comparison:
    """What is different after.

    Attributes
    ----------
    pieces : GeoDataFrame
        As `gridsvc.geo.pieces.changed_pieces` gives them.
    flows : DataFrame
        ``before``, ``after`` (grid codes, or None for ground without a grid), ``households``,
        ``dwellings`` (int, as counted after) and ``estimated`` (bool: shared out by area, because
        no building tells where people live); what stays where it was is a row too.
    grids : DataFrame
        By code (index ``grid``), households: ``before``, ``after``, ``came``, ``went`` and
        ``recounted``, so that after = before + came - went + recounted; with ``before_m2`` and
        ``after_m2`` (float).
    """

    pieces: gpd.GeoDataFrame
    flows: pd.DataFrame
    grids: pd.DataFrame

    @property
    def moved_households(self) -> int:
        """Households that get another grid."""
        return int(self.flows.loc[self.flows["before"] != self.flows["after"], "households"].sum())

    @property
    def moved_share(self) -> float:
        """Households that get another grid, as a share of all."""
        return self.moved_households / max(int(self.flows["households"].sum()), 1)

    @property
    def estimated(self) -> bool:
        """Whether some households were shared out by area."""
        return bool(self.flows["estimated"].any())

    def changes_hands(self, lon: ArrayLike, lat: ArrayLike) -> pd.DataFrame:
        """Tell which places get another grid.

        Parameters
        ----------
        lon, lat : array_like of float
            Degrees, EPSG:4326; NaN lies nowhere.

        Returns
        -------
        DataFrame
            ``before`` and ``after``, indexed by the position of the place; the others are left
            out. On the edge of two pieces the first pair counts.
        """
        points = shapely.points(np.asarray(lon, float), np.asarray(lat, float))
        known = np.flatnonzero(np.isfinite(shapely.get_x(points)) & ~shapely.is_missing(points))
        tree = shapely.STRtree(self.pieces.geometry.to_numpy())
        place, piece = tree.query(points[known], predicate="intersects")
        found = pd.Series(piece, index=known[place]).groupby(level=0).min()
        rows = self.pieces.loc[found.to_numpy(), ["before", "after"]]
        return rows.set_axis(found.index).rename_axis("place")


def compare(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> Comparison:
    """Compare two states of the grids.

    Parameters
    ----------
    before, after : GeoDataFrame
        Atoms frames (``grid``, ``households``, ``dwellings``, ``lon``, ``lat``, Polygons in
        EPSG:4326 on the lattice), each an exact coverage. Atoms are told apart by shape, their
        numbers need not match. Where no buildings are known an atom is a whole grid.

    Returns
    -------
    Comparison
        The pieces, the flow of households, and each grid's gains and losses.

    Notes
    -----
    An atom that is drawn alike in both keeps its households together. Another one's go with its
    anchor (``lon``, ``lat``), and are shared by area, largest remainder, where it has none.
    """
    at_before, at_after = alike(before, after)
    old = before["grid"].to_numpy(dtype=object)[at_before]
    kept = after.iloc[at_after][_COUNTS].assign(
        before=old, after=after["grid"].to_numpy()[at_after], estimated=False
    )
    rest_before = before.iloc[np.delete(np.arange(len(before)), at_before)]
    rest_after = after.iloc[np.delete(np.arange(len(after)), at_after)]
    came = _origins(rest_after, rest_before).rename(columns={"own": "after", "other": "before"})
    gone = _origins(rest_before, rest_after).rename(columns={"own": "before", "other": "after"})
    rows = pd.concat([kept, came, gone[gone["after"].isna()]], ignore_index=True)
    rows[["before", "after"]] = rows[["before", "after"]].astype(object)
    flows = rows.groupby(["before", "after"], dropna=False, as_index=False).agg(
        households=("households", "sum"),
        dwellings=("dwellings", "sum"),
        estimated=("estimated", "any"),
    )
    flows[["before", "after"]] = (
        flows[["before", "after"]].astype(object).where(flows[["before", "after"]].notna(), None)
    )
    return Comparison(changed_pieces(before, after), flows, _by_grid(before, after, flows))


def _origins(atoms: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell in which grid of the other state the households of atoms lie (None for none)."""
    anchored = atoms["lon"].notna().to_numpy()
    points = shapely.points(atoms["lon"].to_numpy()[anchored], atoms["lat"].to_numpy()[anchored])
    shapes = others.geometry.to_numpy()
    point, other = shapely.STRtree(shapes).query(points, predicate="intersects")
    codes = others["grid"].to_numpy(dtype=object)
    # An anchor on a border is in the lowest code, as everywhere.
    lowest = pd.Series(codes[other], index=point).groupby(level=0).min()
    here = atoms.iloc[np.flatnonzero(anchored)]
    found = here[_COUNTS].assign(
        own=here["grid"], other=lowest.reindex(range(len(here))).to_numpy(), estimated=False
    )
    return pd.concat([found, *_shared(atoms.iloc[np.flatnonzero(~anchored)], others)])


def _shared(atoms: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> list[pd.DataFrame]:
    """Share each atom's households by the area that the grids of the other state have of it."""
    shapes, beside = atoms.geometry.to_numpy(), others.geometry.to_numpy()
    atom, other = shapely.STRtree(beside).query(shapes, predicate="intersects")
    overlap = gpd.GeoSeries(shapely.intersection(shapes[atom], beside[other]), crs=STORAGE)
    areas = pd.DataFrame(
        {
            "atom": atom,
            "other": others["grid"].to_numpy(dtype=object)[other],
            "m2": area_m2(overlap).to_numpy(),
        }
    )
    areas = areas.groupby(["atom", "other"], as_index=False)["m2"].sum()
    whole = area_m2(atoms).to_numpy()
    tables = []
    for place in range(len(atoms)):
        own = areas[areas["atom"] == place]
        bare = max(whole[place] - own["m2"].sum(), 0.0)
        share = np.array([*own["m2"], bare])
        codes = np.array([*own["other"], None], dtype=object)
        large = share >= _SMALLEST_SHARE * whole[place]
        row = atoms.iloc[place]
        counts = {name: largest_remainder(int(row[name]), share[large]) for name in _COUNTS}
        facts = {"own": row["grid"], "other": codes[large], "estimated": large.sum() > 1}
        tables.append(pd.DataFrame({**counts, **facts}))
    return tables


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


def _by_grid(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, flows: pd.DataFrame
) -> pd.DataFrame:
    moved = flows[flows["before"] != flows["after"]]
    columns = {
        "before": before.groupby("grid")["households"].sum(),
        "after": after.groupby("grid")["households"].sum(),
        "came": moved.groupby("after")["households"].sum(),
        "went": moved.groupby("before")["households"].sum(),
    }
    grids = pd.DataFrame(columns).fillna(0).astype(int)
    grids["recounted"] = grids["after"] - grids["before"] - grids["came"] + grids["went"]
    for name, atoms in (("before_m2", before), ("after_m2", after)):
        grids[name] = area_m2(atoms).groupby(atoms["grid"]).sum()
    return grids.fillna({"before_m2": 0.0, "after_m2": 0.0}).rename_axis("grid")
