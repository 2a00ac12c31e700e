"""The next codes of a community: never one that was given before, in the order that one reads."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.errors import RuleViolation
from gridsvc.geo.crs import to_metric

#: Grids of a community are about this wide, so that those side by side fall into one row.
ROW_M = 250.0
#: Numbers from here on are kept for functional grids (market, association, enterprise).
FUNCTIONAL_FROM = 901


def next_codes(community: str, count: int, used: Collection[str]) -> list[str]:
    """Give the next free codes of residential grids.

    They go on above the highest number ever given, so that a code that was retired never names
    other ground, and a person sees by the number what is new.

    Parameters
    ----------
    community : str
        Its 12 digits.
    count : int
        How many are wanted.
    used : collection of str
        Every code ever given, retired ones too; those of other communities do no harm.

    Returns
    -------
    list of str
        15 digits each, ascending.

    Raises
    ------
    RuleViolation
        The numbers up to 900 do not suffice.

    Examples
    --------
    >>> next_codes("520302001001", 2, {"520302001001006", "520302001001901"})
    ['520302001001007', '520302001001008']
    """
    given = [int(code[-3:]) for code in used if code.startswith(community)]
    first = max((one for one in given if one < FUNCTIONAL_FROM), default=0) + 1
    if first + count > FUNCTIONAL_FROM:
        raise RuleViolation(
            f"Community {community} has {FUNCTIONAL_FROM - first} free grid codes left of the "
            f"{count} that are needed: divide the community.",
            ids=[community],
        )
    return [f"{community}{number:03d}" for number in range(first, first + count)]


def reading_order(grids: gpd.GeoDataFrame | gpd.GeoSeries) -> NDArray[np.int64]:
    """Order grids as one reads: rows of `ROW_M` from the north, west to east within a row.

    Parameters
    ----------
    grids : GeoDataFrame or GeoSeries
        Polygons of one community in any known CRS; their centroids decide.

    Returns
    -------
    ndarray of int
        Positions: the first is that of the grid at the north-west.

    Raises
    ------
    CrsMismatch
        The grids have no CRS.
    """
    middles = shapely.get_coordinates(to_metric(grids.geometry).centroid.to_numpy())
    row = np.floor((middles[:, 1].max(initial=-np.inf) - middles[:, 1]) / ROW_M)
    return np.lexsort((middles[:, 0], row))


def numbered(grids: gpd.GeoDataFrame, used: Collection[str]) -> pd.Series:
    """Give new grids their codes, community by community in reading order.

    Parameters
    ----------
    grids : GeoDataFrame
        ``community`` (12 digits) and polygons in any known CRS.
    used : collection of str
        Every code ever given.

    Returns
    -------
    Series of str
        The new codes on the index of the grids.

    Raises
    ------
    RuleViolation
        A community has no free codes left.
    """
    codes = pd.Series(index=grids.index, dtype=object, name="code")
    for community, own in grids.groupby("community"):
        places = own.index[reading_order(own)]
        codes[places] = next_codes(str(community), len(own), used)
    return codes
