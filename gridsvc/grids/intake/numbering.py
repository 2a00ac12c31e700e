"""Codes for rows that bring none of ours: numbered as one reads a map."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from gridsvc.errors import RuleViolation
from gridsvc.grids.rules import SEQUENCE_MAX


def number(rows: gpd.GeoDataFrame, taken: dict[str, int]) -> pd.Series:
    """Number rows within their parents: west to east, then north to south.

    Parameters
    ----------
    rows : GeoDataFrame
        ``parent_code`` and geometry in EPSG:4326, of which a point inside decides; rows without
        a shape come last, in their own order.
    taken : dict of str to int
        Highest sequence already used below each parent: codes are never used again.

    Returns
    -------
    Series of str
        The new codes, on the rows' index.

    Raises
    ------
    RuleViolation
        A parent would have more children than three digits can number.
    """
    points = shapely.point_on_surface(rows.geometry.to_numpy())
    order = pd.DataFrame(
        {
            "parent": rows["parent_code"],
            "lon": shapely.get_x(points),
            "south": -shapely.get_y(points),
        },
        index=rows.index.rename(None),
    ).sort_values(["parent", "lon", "south"], kind="stable", na_position="last")
    sequence = order.groupby("parent").cumcount() + 1
    sequence += order["parent"].map(lambda code: taken.get(code, 0))
    if (sequence > SEQUENCE_MAX).any():
        parent = order.loc[sequence.idxmax(), "parent"]
        raise RuleViolation(
            f"{parent} would have {sequence[order['parent'] == parent].max()} parts, at most "
            f"{SEQUENCE_MAX} can be numbered: name a field that divides them with --parent-field.",
            ids=[parent],
        )
    return (order["parent"] + sequence.map("{:03d}".format)).reindex(rows.index)
