"""Reference systems: one for storage, a metric one chosen for every measurement."""

from __future__ import annotations

import math
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import pyproj

from gridsvc.errors import CrsMismatch

Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)

STORAGE = pyproj.CRS.from_epsg(4326)

# EPSG:4534 has its central meridian at 75 E, EPSG:4554 at 135 E, one code every 3 degrees.
_CGCS2000_ZONE_75E = 4534
_CHINA_LON = (73.5, 136.5)
_CHINA_LAT = (3.0, 54.0)

# 3 degrees from the central meridian areas in a Gauss-Kruger zone are 0.2 % too large.
_WIDEST_ZONE_DEG = 6.0


def metric_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Choose the reference system, in metres, in which a frame is measured.

    The centre of the frame's bounds decides: inside the box of China the CGCS2000 3-degree
    Gauss-Kruger zone by central meridian (EPSG:4534-4554; lengths true within 0.02 % at the
    edge of a zone), elsewhere the WGS 84 UTM zone (within 0.1 %). A frame wider than 6 degrees
    has no such zone and gets a Lambert azimuthal equal-area projection about its centre: areas
    stay exact, lengths do not.

    Parameters
    ----------
    frame : GeoDataFrame or GeoSeries
        Any geometry type, any known CRS. An empty frame gets the zone of lon 0, lat 0.

    Returns
    -------
    pyproj.CRS
        A projected CRS whose unit is the metre.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    west, south, east, north = to_storage(frame.geometry).total_bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        west = south = east = north = 0.0
    lon, lat = (west + east) / 2, (south + north) / 2
    if east - west > _WIDEST_ZONE_DEG:
        return pyproj.CRS.from_proj4(f"+proj=laea +lat_0={lat} +lon_0={lon} +units=m")
    if _CHINA_LON[0] <= lon <= _CHINA_LON[1] and _CHINA_LAT[0] <= lat <= _CHINA_LAT[1]:
        return pyproj.CRS.from_epsg(_CGCS2000_ZONE_75E + round((lon - 75) / 3))
    zone = min(max(int((lon + 180) // 6) + 1, 1), 60)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def require_metric(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Let a frame pass only if its coordinates are true metres.

    Web Mercator and its relatives are refused although their unit is called metre: at 28 degrees
    north they are 13 % too long.

    Raises
    ------
    CrsMismatch
        No CRS, degrees, feet, or a Mercator of the whole world.
    """
    crs = known_crs(frame)
    unit = crs.axis_info[0].unit_name if crs.axis_info else "unknown"
    if not crs.is_projected or unit != "metre":
        raise CrsMismatch(
            f"The coordinates are in {crs.name} (unit: {unit}), lengths and areas need metres: "
            "reproject with gridsvc.geo.crs.to_metric first."
        )
    operation = crs.coordinate_operation
    method = operation.method_name if operation else ""
    if "Mercator" in method and "Transverse" not in method:
        raise CrsMismatch(
            f"{crs.name} stretches lengths with latitude: "
            "reproject with gridsvc.geo.crs.to_metric first."
        )


def known_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Give the frame's CRS, or raise `CrsMismatch` where it has none."""
    if frame.crs is None:
        raise CrsMismatch("The layer names no reference system: set one, for example EPSG:4490.")
    return frame.crs


def to_storage(frame: Frame) -> Frame:
    """Bring a frame to EPSG:4326, x = lon and y = lat whatever the authority's axis order.

    CGCS2000 (EPSG:4490) is taken as WGS 84: they agree to well under a metre.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    return frame if known_crs(frame) == STORAGE else frame.to_crs(STORAGE)


def to_metric(frame: Frame, crs: pyproj.CRS | None = None) -> Frame:
    """Bring a frame to metres: to ``crs``, or to the one that `metric_crs` chooses.

    Raises
    ------
    CrsMismatch
        The frame has no CRS.
    """
    known_crs(frame)
    return frame.to_crs(crs or metric_crs(frame))


def area_m2(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Measure areas in square metres, on the frame's index, in the frame's metric CRS.

    Null and empty geometries count NaN and 0; lines and points 0.
    """
    return to_metric(frame.geometry).area.rename("area_m2")


def length_m(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Measure lengths (perimeters of polygons) in metres, on the frame's index."""
    return to_metric(frame.geometry).length.rename("length_m")
