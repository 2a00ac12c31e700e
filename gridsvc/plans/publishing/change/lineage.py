"""Where ground and households go when grids are drawn anew; plain frames in, a frame out."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.geo.analysis.locate import Locator
from gridsvc.geo.crs import area_m2, to_metric
from gridsvc.plans.publishing.rules import lineage_kind

#: Pieces narrower than this are a border that was rounded: half a lattice step is 6 mm.
_CRUMB_M = 0.05


class Homes(NamedTuple):
    """Where buildings stand (degrees, EPSG:4326) and how many households each has."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    households: NDArray[np.int_]


NOBODY = Homes(np.empty(0), np.empty(0), np.empty(0, dtype=int))


def flows(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, homes: Homes) -> pd.DataFrame:
    """Tell which grid gave ground to which, and how many households live on it.

    Households go with their buildings. A grid in which no building stands shares its count out
    by area, the largest remainders first, so that the sum is kept.

    Parameters
    ----------
    before, after : GeoDataFrame
        Indexed by code, ``households`` (Int64) and Polygons in EPSG:4326, covering the same
        ground.
    homes : Homes
        The buildings; those outside ``before`` count for nothing.

    Returns
    -------
    DataFrame
        ``from_code``, ``to_code``, ``kind`` (`LineageKind`), ``households`` (int), ``area_m2``
        (float) and ``estimated`` (bool), in order of both codes. Crumbs of rounded borders
        without households are left out.
    """
    pairs = _ground(before, after)
    counted = _counted(before, after, homes)
    pairs = pairs.merge(counted, on=["from_code", "to_code"], how="outer")
    pairs["area_m2"] = pairs["area_m2"].fillna(0.0)
    pairs = pairs[(pairs["households"] > 0) | ~pairs["crumb"].fillna(True).astype(bool)]
    uncounted = ~pairs["from_code"].isin(set(counted["from_code"]))
    pairs["estimated"] = uncounted & (before["households"].reindex(pairs["from_code"]) > 0).fillna(
        False
    ).to_numpy(dtype=bool)
    pairs["households"] = pairs["households"].fillna(0).astype(int)
    for code in pairs.loc[pairs["estimated"], "from_code"].unique():
        rows = pairs["from_code"] == code
        total = int(before.at[code, "households"])
        pairs.loc[rows, "households"] = _shared(total, pairs.loc[rows, "area_m2"].to_numpy())
    return _named(pairs.sort_values(["from_code", "to_code"], ignore_index=True), before, after)


def _ground(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give the pairs that share ground, with its area; ``crumb`` marks a rounded border."""
    old, new = before.geometry.to_numpy(), after.geometry.to_numpy()
    one, other = shapely.STRtree(new).query(old, predicate="intersects")
    shared = gpd.GeoSeries(shapely.intersection(old[one], new[other]), crs=before.crs)
    table = pd.DataFrame(
        {
            "from_code": before.index.to_numpy()[one],
            "to_code": after.index.to_numpy()[other],
            "area_m2": 0.0,
            "crumb": True,
        }
    )
    wide = (shapely.get_dimensions(shared.to_numpy()) == 2) & ~shared.is_empty.to_numpy()
    if wide.any():
        metric = to_metric(shared[wide])
        table.loc[wide, "area_m2"] = area_m2(metric).to_numpy()
        table.loc[wide, "crumb"] = shapely.is_empty(
            shapely.buffer(metric.to_numpy(), -_CRUMB_M / 2)
        )
    return table[wide]


def _counted(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, homes: Homes) -> pd.DataFrame:
    """Sum the households of buildings by the grids that hold them before and after."""
    table = pd.DataFrame(
        {
            "from_code": _codes(before, homes),
            "to_code": _codes(after, homes),
            "households": homes.households,
        }
    ).dropna()
    return table.groupby(["from_code", "to_code"], as_index=False)["households"].sum()


def _codes(grids: gpd.GeoDataFrame, homes: Homes) -> NDArray[np.object_]:
    locator = Locator(grids.reset_index(names="code")[["code", "geometry"]])
    return locator.codes(homes.lon, homes.lat)


def _shared(total: int, area: NDArray[np.float64]) -> NDArray[np.int_]:
    """Share a number out by area, so that the parts sum up to it."""
    exact = total * area / area.sum()
    parts = np.floor(exact).astype(int)
    parts[np.argsort(parts - exact, kind="stable")[: total - parts.sum()]] += 1
    return parts


def _named(pairs: pd.DataFrame, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    gives = pairs.groupby("from_code")["to_code"].agg(set)
    takes = pairs.groupby("to_code")["from_code"].agg(set)
    kinds = [
        lineage_kind(
            giver, taker, before=before.index, after=after.index,
            gives=gives[giver], takes=takes[taker],
        )
        for giver, taker in zip(pairs["from_code"], pairs["to_code"], strict=True)
    ]  # fmt: skip
    columns = ["from_code", "to_code", "kind", "households", "area_m2", "estimated"]
    return pairs.assign(kind=kinds)[columns]
