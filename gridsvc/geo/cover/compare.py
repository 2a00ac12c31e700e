"""Two states of the grids side by side: what ground moves, and how many households with it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.geo.cover.pieces import alike, changed_pieces
from gridsvc.geo.crs import STORAGE, area_m2

# A share of ground smaller than this is a border that was rounded, not a piece with people in it.
_SMALLEST_SHARE = 1e-4
_COUNTS = ["households", "dwellings"]


@dataclass(frozen=True)
class Comparison:
    """What is different after.

    Attributes
    ----------
    pieces : GeoDataFrame
        As `gridsvc.geo.cover.pieces.changed_pieces` gives them.
    flows : DataFrame
        ``before``, ``after`` (grid codes, or None for ground without a grid), ``households``,
        ``dwellings`` (int, as counted before) and ``estimated`` (bool: shared out by area, because
        no building tells where people live); what stays where it was is a row too.
    grids : DataFrame
        By code (index ``grid``), households: ``before``, ``after``, ``came``, ``went`` and
        ``recounted``, so that after = before + came - went + recounted; and ``came_m2``,
        ``went_m2`` (float), the ground.
    """

    pieces: gpd.GeoDataFrame
    flows: pd.DataFrame
    grids: pd.DataFrame

    @property
    def renumbered(self) -> dict[str, str]:
        """Codes of grids of which nothing but the code changes → their new code."""
        both = ["before", "after"]
        pairs = pd.concat([self.flows[both], self.pieces[both]]).drop_duplicates().dropna()
        pairs = pairs[pairs["before"] != pairs["after"]]
        known = pd.concat([self.flows[both], self.pieces[both]])
        gone = ~pairs["before"].isin(known["after"]) & ~pairs["before"].duplicated(keep=False)
        new = ~pairs["after"].isin(known["before"]) & ~pairs["after"].duplicated(keep=False)
        return dict(pairs[gone & new].to_numpy().tolist())

    @property
    def moved_households(self) -> int:
        """Households that get another grid; another number alone is none."""
        renumbered = self.flows["before"].map(self.renumbered) == self.flows["after"]
        moved = (self.flows["before"] != self.flows["after"]) & ~renumbered
        return int(self.flows.loc[moved, "households"].sum())

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

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> from gridsvc.geo.edits import merge
    >>> atoms = grid_atoms(town)
    >>> edit = merge(atoms, "520302001001001", ["520302001001002"])
    >>> found = compare(atoms, edit.applied_to(atoms))
    >>> found.moved_households, round(found.moved_share, 2)
    (300, 0.2)
    >>> found.grids.loc["520302001001001", ["before", "came", "after"]].astype(int).tolist()
    [120, 300, 420]
    """
    at_before, at_after = alike(before, after)
    new = after["grid"].to_numpy(dtype=object)[at_after]
    kept = before.iloc[at_before][_COUNTS].assign(
        before=before["grid"].to_numpy()[at_before], after=new, estimated=False
    )
    rest_before = before.iloc[np.delete(np.arange(len(before)), at_before)]
    rest_after = after.iloc[np.delete(np.arange(len(after)), at_after)]
    went = _whither(rest_before, rest_after).rename(columns={"own": "before", "other": "after"})
    came = _whither(rest_after, rest_before).rename(columns={"own": "after", "other": "before"})
    rows = pd.concat([kept, went, came[came["before"].isna()]], ignore_index=True)
    rows[["before", "after"]] = rows[["before", "after"]].astype(object)
    flows = rows.groupby(["before", "after"], dropna=False, as_index=False).agg(
        households=("households", "sum"),
        dwellings=("dwellings", "sum"),
        estimated=("estimated", "any"),
    )
    flows[["before", "after"]] = (
        flows[["before", "after"]].astype(object).where(flows[["before", "after"]].notna(), None)
    )
    pieces = changed_pieces(before, after)
    return Comparison(pieces, flows, _by_grid(before, after, flows, pieces))


def _whither(atoms: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell in which grid of the other state the households of atoms are (None for none)."""
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
    loose = atoms.iloc[np.flatnonzero(~anchored)]
    return pd.concat([found, _shared(loose, others)]) if len(loose) else found


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
    for name in _COUNTS:
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


def _by_grid(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    flows: pd.DataFrame,
    pieces: gpd.GeoDataFrame,
) -> pd.DataFrame:
    moved = flows[flows["before"] != flows["after"]]
    columns = {
        "before": before.groupby("grid")["households"].sum(),
        "after": after.groupby("grid")["households"].sum(),
        "came": moved.groupby("after")["households"].sum(),
        "went": moved.groupby("before")["households"].sum(),
    }
    grids = pd.DataFrame(columns).fillna(0).astype(int).rename_axis("grid")
    grids["recounted"] = grids["after"] - grids["before"] - grids["came"] + grids["went"]
    for name, side in (("came_m2", "after"), ("went_m2", "before")):
        ground = pieces.groupby(side)["area_m2"].sum()
        grids[name] = ground.reindex(grids.index, fill_value=0.0)
    return grids
