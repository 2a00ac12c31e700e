"""Which grid is a point in, and how far is it from that grid's edge."""

from __future__ import annotations

from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE, known_crs, metric_crs

# The product of two differences of under 10 degrees rounds by less than 1e-14.
_ROUNDING_DEG = 1e-12


class Locator:
    """An index over one version of the grids.

    A point on an edge or a corner that several grids share belongs to the lowest code, the same
    as ``ST_Covers(geom, point) ORDER BY code LIMIT 1`` in PostGIS, whose rounding is followed:
    it computes the side of an edge in doubles and takes 0 for *on* the edge.

    Parameters
    ----------
    grids : GeoDataFrame
        A ``code`` column and valid polygons in EPSG:4326. Null and empty shapes hold no point.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    BadInput
        The frame is in another CRS than EPSG:4326, or has no ``code`` column.
    """

    def __init__(self, grids: gpd.GeoDataFrame) -> None:
        if known_crs(grids) != STORAGE:
            raise BadInput(f"Grids are located in EPSG:4326, not in {grids.crs.name}.")
        if "code" not in grids:
            raise BadInput("Grids to be located in need a column named code.")
        ordered = grids.assign(code=grids["code"].astype(str)).sort_values("code")
        # The last place, None, is where a point outside every grid is sent.
        self._codes = np.array([*ordered["code"], None], dtype=object)
        self._shapes = ordered.geometry.to_numpy()
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def codes(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
        """Give the grid code of every point, or None outside all grids.

        Parameters
        ----------
        lon, lat : array_like of float
            Degrees, EPSG:4326, one length. NaN is outside.

        Returns
        -------
        ndarray of object
            One code or None a point, in the order of the points.
        """
        return self._codes[self._places(*_flat(lon, lat))]

    def edge_m(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Measure from every point to the edge of the grid that holds it, in metres.

        Holes count as edge. A point outside all grids gets NaN.
        """
        lon, lat = _flat(lon, lat)
        places = self._places(lon, lat)
        held = places < len(self._shapes)
        metres = np.full(len(lon), np.nan)
        points = gpd.GeoSeries(gpd.points_from_xy(lon[held], lat[held]), crs=STORAGE)
        metres[held] = shapely.distance(
            points.to_crs(self._edges.crs).to_numpy(), self._edges.to_numpy()[places[held]]
        )
        return metres

    @cached_property
    def _edges(self) -> gpd.GeoSeries:
        shapes = gpd.GeoSeries(self._shapes, crs=STORAGE)
        return shapes.to_crs(metric_crs(shapes)).boundary

    def _places(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.intp]:
        """Give the place of each point's grid in code order; past the last one for outside."""
        places = np.full(len(lon), len(self._shapes), dtype=np.intp)
        known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        point, shape = self._tree.query(shapely.points(lon[known], lat[known]))
        # Prepared polygons are only used on the left-hand side, hence not the tree's predicate.
        covers = shapely.intersects_xy(self._shapes[shape], lon[known[point]], lat[known[point]])
        np.minimum.at(places, known[point[covers]], shape[covers])
        lower = ~covers & (shape < places[known[point]])
        point, shape = known[point[lower]], shape[lower]
        near = shapely.dwithin(
            self._shapes[shape], shapely.points(lon[point], lat[point]), _ROUNDING_DEG
        )
        for one, candidate in zip(point[near], shape[near], strict=True):
            if _rounds_onto_edge(self._shapes[candidate], lon[one], lat[one]):
                places[one] = min(places[one], candidate)
        return places


def _flat(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    if lon.shape != lat.shape or lon.ndim != 1:
        raise BadInput(f"{lon.size} longitudes do not go with {lat.size} latitudes.")
    return lon, lat


def _rounds_onto_edge(shape: shapely.Geometry, x: float, y: float) -> bool:
    """Tell whether PostGIS (`point_in_ring` in lwgeom_functions_analytic.c) finds it on an edge."""
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = shapely.get_coordinates(ring)
        (x1, y1), (x2, y2) = corners[:-1].T, corners[1:].T
        on_line = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1) == 0
        in_box = (np.minimum(x1, x2) <= x) & (x <= np.maximum(x1, x2))
        in_box &= (np.minimum(y1, y2) <= y) & (y <= np.maximum(y1, y2))
        if (on_line & in_box).any():
            return True
    return False
