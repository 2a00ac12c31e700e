"""How compact a grid is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.geo.crs import to_metric


def compactness(grids: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Compute the Polsby-Popper ratio, 4 * pi * area / perimeter**2.

    A circle has 1, a square pi / 4 = 0.785, a street one house wide about 0.1. The edges of holes
    count as perimeter. It depends on how finely the border is drawn, so compare plans of one
    survey only.

    D. D. Polsby and R. D. Popper, "The Third Criterion", Yale Law & Policy Review 9 (1991), 301;
    the ratio is E. P. Cox's of 1927.

    Parameters
    ----------
    grids : GeoDataFrame or GeoSeries
        Polygons or MultiPolygons in any CRS, measured in their metric CRS.

    Returns
    -------
    Series of float
        ``compactness`` in [0, 1] on the index of the input; NaN for null, empty and shapes
        without perimeter.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    shapes = to_metric(grids.geometry)
    perimeter_m = shapes.length.replace(0, np.nan)
    return (4 * np.pi * shapes.area / perimeter_m**2).rename("compactness")
