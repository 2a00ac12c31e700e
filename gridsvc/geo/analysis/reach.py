"""How far it is from every place to the nearest of some points."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.geo.crs import STORAGE, metric_crs


def nearest_m(
    lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike
) -> NDArray[np.float64]:
    """Measure from every place to the nearest of the points, in metres in a straight line.

    Parameters
    ----------
    lon, lat : array_like of float
        The places, degrees, EPSG:4326.
    to_lon, to_lat : array_like of float
        The points; without any, everything is infinitely far.

    Returns
    -------
    ndarray of float
        One distance a place, in their order, in the metric CRS of the places.
    """
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=STORAGE)
    metres = np.full(len(places), np.inf)
    points = gpd.GeoSeries(gpd.points_from_xy(to_lon, to_lat), crs=STORAGE)
    if places.empty or points.empty:
        return metres
    crs = metric_crs(places)
    tree = shapely.STRtree(points.to_crs(crs).to_numpy())
    (at, _), found = tree.query_nearest(
        places.to_crs(crs).to_numpy(), all_matches=False, return_distance=True
    )
    metres[at] = found
    return metres
