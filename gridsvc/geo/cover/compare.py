"""Two states of the grids side by side: what ground moves, and how many households with it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from gridsvc.geo.cover.flows import COUNTS, grids_at, whither
from gridsvc.geo.cover.pieces import alike, changed_pieces
from gridsvc.geo.crs import STORAGE


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
    kept = before.iloc[at_before][COUNTS].assign(
        before=before["grid"].to_numpy()[at_before], after=new, estimated=False
    )
    rest_before = before.iloc[np.delete(np.arange(len(before)), at_before)]
    rest_after = after.iloc[np.delete(np.arange(len(after)), at_after)]
    went, came = whither(rest_before, rest_after), whither(rest_after, rest_before)
    return _compared((before, after), (before, after), went, came, kept)


def compare_grids(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    houses_before: pd.DataFrame,
    houses_after: pd.DataFrame,
) -> Comparison:
    """Compare two maps of grids by their outlines alone: a city takes what a community takes else.

    Parameters
    ----------
    before, after : GeoDataFrame
        ``grid``, ``households``, ``dwellings`` and Polygons, each an exact coverage in EPSG:4326
        on the lattice. What is counted by grid holds for a grid without houses.
    houses_before, houses_after : DataFrame
        ``households``, ``dwellings``, and ``lon``, ``lat`` of each building's anchor in degrees;
        on a border it is in the grid with the lower code. Those in no grid are left out.

    Returns
    -------
    Comparison
        As `compare` gives it of the cells of the same buildings.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> grids = grid_atoms(town)
    >>> nobody = pd.DataFrame(columns=["households", "dwellings", "lon", "lat"], dtype=float)
    >>> compare_grids(grids, grids, nobody, nobody).moved_households
    0
    """
    sides = _peopled(before, houses_before), _peopled(after, houses_after)
    went, came = whither(sides[0], after), whither(sides[1], before)
    return _compared((before, after), sides, went, came)


def _peopled(grids: gpd.GeoDataFrame, houses: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give the houses with the grid of each, and the grids that have none."""
    columns = ["grid", *COUNTS, "lon", "lat"]
    anchors = shapely.points(houses["lon"].to_numpy(float), houses["lat"].to_numpy(float))
    held = grids_at(anchors, grids)
    known = houses.assign(grid=held)[pd.notna(held)]
    bare = grids[~grids["grid"].isin(known["grid"])].assign(lon=np.nan, lat=np.nan)
    table = pd.concat([known[columns], bare[columns]], ignore_index=True)
    shapes = np.concatenate([anchors[pd.notna(held)], bare.geometry.to_numpy()])
    # Without a single row a column has no kind of its own.
    kinds = dict.fromkeys(COUNTS, "int64") | {"lon": float, "lat": float}
    return gpd.GeoDataFrame(table.astype(kinds), geometry=shapes, crs=STORAGE)


def _compared(
    maps: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    people: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    went: pd.DataFrame,
    came: pd.DataFrame,
    kept: pd.DataFrame | None = None,
) -> Comparison:
    """Put together where people went and whence they came; ``kept`` is known to stay."""
    went = went.rename(columns={"own": "before", "other": "after"})
    came = came.rename(columns={"own": "after", "other": "before"})
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
    pieces = changed_pieces(*maps)
    return Comparison(pieces, flows, _by_grid(*people, flows, pieces))


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
