"""Datums in use in China: GCJ-02 and BD-09 lie 100 to 1,300 m off, as wide as a grid.

The GCJ-02 shift is the published open reconstruction of the state's transformation (Krasovsky
1940 ellipsoid and two trigonometric polynomials about 105 E, 35 N); BD-09 is Baidu's further
shift of GCJ-02. Neither is defined outside China: positions outside the box
72.004-137.8347 E, 0.8293-55.8271 N pass unchanged in both directions. The box is coarse and
takes in parts of the neighbours; within about 1 km of its edge a round trip may be off by one
shift. CGCS2000 differs from WGS 84 by centimetres and is taken as equal.
"""

from __future__ import annotations

from enum import StrEnum

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE, to_storage

Floats = NDArray[np.float64]

_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_BAIDU_WAVE = np.pi * 3000 / 180
_BOX = (72.004, 0.8293, 137.8347, 55.8271)

# Fixed-point steps shrink at least 40-fold each, so 8 reach the limits of a double.
_MOST_STEPS = 30
_CLOSE_ENOUGH_DEG = 1e-11


class Datum(StrEnum):
    """What the coordinates of a report or a file are measured from."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum | str) -> tuple[Floats, Floats]:
    """Shift WGS 84 positions to another datum.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees; scalars, lists or arrays of one shape. NaN stays NaN.
    datum : Datum or str
        The datum wanted.

    Returns
    -------
    tuple of ndarray
        lon and lat in degrees, the shape of the input.

    Raises
    ------
    BadInput
        No such datum.
    """
    lon, lat = _degrees(lon, lat)
    shifted = _SHIFTS.get(_known(datum))
    if shifted is None:
        return lon.copy(), lat.copy()
    inside = _in_box(lon, lat)
    new_lon, new_lat = shifted(lon, lat)
    return np.where(inside, new_lon, lon), np.where(inside, new_lat, lat)


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum | str) -> tuple[Floats, Floats]:
    """Shift positions of a datum back to WGS 84; arguments as in `from_wgs84`.

    The inverse has no closed form: it is iterated until going forward again meets the given
    position within 1e-11 degrees (a micrometre).

    Raises
    ------
    BadInput
        No such datum.
    """
    given_lon, given_lat = _degrees(lon, lat)
    shifted = _SHIFTS.get(_known(datum))
    lon, lat = given_lon.copy(), given_lat.copy()
    if shifted is None:
        return lon, lat
    inside = _in_box(given_lon, given_lat)
    for _ in range(_MOST_STEPS):
        there_lon, there_lat = shifted(lon, lat)
        step_lon = np.where(inside, there_lon - given_lon, 0.0)
        step_lat = np.where(inside, there_lat - given_lat, 0.0)
        lon, lat = lon - step_lon, lat - step_lat
        if max(np.abs(step_lon).max(initial=0), np.abs(step_lat).max(initial=0)) < (
            _CLOSE_ENOUGH_DEG
        ):
            break
    return lon, lat


def shift(frame: gpd.GeoDataFrame, datum: Datum | str) -> gpd.GeoDataFrame:
    """Bring the geometries of a frame from ``datum`` to WGS 84.

    Parameters
    ----------
    frame : GeoDataFrame
        Any geometry type. GCJ-02 and BD-09 are shifts of lon and lat, so a projected frame is
        brought to EPSG:4326 first.
    datum : Datum or str
        What the frame's coordinates are measured from.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, same index and columns; null and empty geometries stay as they are.

    Raises
    ------
    BadInput
        No such datum.
    CrsMismatch
        The frame has no CRS.
    """
    if _SHIFTS.get(_known(datum)) is None:
        return to_storage(frame)
    stored = to_storage(frame)

    def unshift(positions: Floats) -> Floats:
        return np.column_stack(to_wgs84(positions[:, 0], positions[:, 1], datum))

    moved = shapely.transform(stored.geometry.to_numpy(), unshift)
    return stored.set_geometry(gpd.GeoSeries(moved, index=stored.index, crs=STORAGE))


def _known(datum: Datum | str) -> Datum:
    try:
        return Datum(datum)
    except ValueError:
        names = ", ".join(Datum)
        raise BadInput(f"There is no datum {datum!r}: give one of {names}.") from None


def _degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)


def _in_box(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    both = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + both
    north_m += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north_m += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + both
    east_m += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east_m += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3

    latitude = np.radians(lat)
    w2 = 1 - _KRASOVSKY_E2 * np.sin(latitude) ** 2
    prime_vertical_m = _KRASOVSKY_A_M / np.sqrt(w2)
    meridian_m = _KRASOVSKY_A_M * (1 - _KRASOVSKY_E2) / (w2 * np.sqrt(w2))
    return (
        lon + np.degrees(east_m / (prime_vertical_m * np.cos(latitude))),
        lat + np.degrees(north_m / meridian_m),
    )


def _bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = _gcj02(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(_BAIDU_WAVE * y)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(_BAIDU_WAVE * x)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


_SHIFTS = {Datum.GCJ02: _gcj02, Datum.BD09: _bd09}
