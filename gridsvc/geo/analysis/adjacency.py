"""Which grids are neighbours, and along how many metres; which touch at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.geo.crs import to_metric

# Grids that meet in a corner, or along less than a doorway, cannot be walked between.
SHORTEST_BORDER_M = 2.0
# A vertex of one side lies up to half a lattice step (6 mm) off the other side's straight edge.
_SAME_LINE_M = 0.01


def borders(grids: gpd.GeoDataFrame, shortest_m: float = SHORTEST_BORDER_M) -> pd.DataFrame:
    """Measure the borders that grids share.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and valid polygons, any CRS. Edges within 1 cm of each other are one border, so
        a vertex that only one side has does not hide it. Null and empty shapes have none.
    shortest_m : float
        Shorter borders are left out.

    Returns
    -------
    DataFrame
        ``a`` < ``b`` (codes) and ``border_m`` (float, metres), ordered by ``a``, ``b``.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    ordered = to_metric(grids[["code", grids.geometry.name]]).sort_values("code")
    codes, shapes = ordered["code"].to_numpy(), ordered.geometry.to_numpy()
    left, right = _pairs(shapes)
    edges = shapely.boundary(shapes)
    shared = shapely.intersection(edges[left], edges[right], grid_size=_SAME_LINE_M)
    table = pd.DataFrame(
        {"a": codes[left], "b": codes[right], "border_m": shapely.length(shared)}
    ).query("border_m >= @shortest_m")
    return table.sort_values(["a", "b"], ignore_index=True)


def touching(grids: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the grids that share a border or a corner: queen contiguity.

    Parameters
    ----------
    grids : GeoDataFrame
        As for `borders`; what lies within 1 cm is one place, as the lattice has it.

    Returns
    -------
    DataFrame
        ``a`` < ``b`` (codes), ordered.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    ordered = to_metric(grids[["code", grids.geometry.name]]).sort_values("code")
    codes = ordered["code"].to_numpy()
    left, right = _pairs(ordered.geometry.to_numpy())
    table = pd.DataFrame({"a": codes[left], "b": codes[right]})
    return table.sort_values(["a", "b"], ignore_index=True)


def _pairs(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of shapes that come within a centimetre of each other, each pair once."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_SAME_LINE_M)
    once = left < right
    return left[once], right[once]
