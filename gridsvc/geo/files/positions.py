"""Coordinates that cannot be where their reference system puts them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadGeometry, CrsMismatch
from gridsvc.geo.crs import STORAGE

# Areas of use are published to two decimals and drawn generously; islands and rims still stray.
_TOLERANCE_DEG = 1.0


def require_plausible(frame: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a layer with coordinates that its reference system does not allow.

    Parameters
    ----------
    frame : GeoDataFrame
        Any geometry type; the index numbers the rows. Null and empty shapes are passed over, and
        without a CRS only infinite coordinates are looked for.
    name : str
        The file, for the message.

    Raises
    ------
    BadGeometry
        NaN or infinite coordinates.
    CrsMismatch
        Degrees that are no degrees, swapped axes, metres that are degrees, or a place more than
        1 degree outside the area where the CRS may be used.
    """
    positions, place = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    infinite = ~np.isfinite(positions).all(axis=1)
    if infinite.any():
        rows = _rows(frame, place[infinite])
        raise BadGeometry(f"{name}: {_named(rows)} holds coordinates that are no numbers.", rows)
    if frame.crs is None or not len(positions):
        return
    if hint := _misfit(positions, frame.crs):
        raise CrsMismatch(f"{name}: {hint}")
    astray = _astray(positions, frame.crs)
    if astray.any():
        x, y = positions[astray][0]
        rows = _rows(frame, place[astray])
        raise CrsMismatch(
            f"{name}: {_named(rows)} lies outside the area of {frame.crs.name}, at "
            f"{x:.7g}, {y:.7g}{_swap_hint(positions, frame.crs)}: is the reference system right?",
            rows,
        )


def _misfit(positions: NDArray[np.float64], crs: pyproj.CRS) -> str | None:
    """Tell which unit or order of axes the whole layer seems to be in instead."""
    x, y = np.abs(positions).max(axis=0)
    if crs.is_geographic and max(x, y) > 360:
        return (
            f"coordinates up to {max(x, y):.6g} cannot be the degrees of {crs.name}; they look "
            "like metres: give the layer its projected reference system."
        )
    if crs.is_geographic and y > 90 and x <= 90:
        return f"latitudes reach {y:.6g}; lon and lat look swapped: write x = lon, y = lat."
    if crs.is_geographic and (x > 180 or y > 90):
        return f"lon up to {x:.6g} and lat up to {y:.6g} are not on the globe."
    if crs.is_projected and x <= 180 and y <= 90:
        return (
            f"coordinates within {x:.6g}, {y:.6g} are too small for the metres of {crs.name}; "
            "they look like degrees: give the layer EPSG:4326 or EPSG:4490."
        )
    return None


def _astray(positions: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.bool_]:
    area = crs.area_of_use
    # An area across the 180th meridian has west > east.
    if area is None or area.west > area.east:
        return np.zeros(len(positions), dtype=bool)
    to_lonlat = pyproj.Transformer.from_crs(crs, STORAGE, always_xy=True)
    lon, lat = to_lonlat.transform(positions[:, 0], positions[:, 1])
    near = _TOLERANCE_DEG
    return ~(
        (lon >= area.west - near)
        & (lon <= area.east + near)
        & (lat >= area.south - near)
        & (lat <= area.north + near)
    )


def _swap_hint(positions: NDArray[np.float64], crs: pyproj.CRS) -> str:
    return "" if _astray(positions[:, ::-1], crs).any() else ", and inside it with x and y swapped"


def _rows(frame: gpd.GeoDataFrame, places: NDArray[np.intp]) -> list[int]:
    return frame.index[np.unique(places)].tolist()


def _named(rows: list[int]) -> str:
    return f"row {rows[0]}" + (f" (and {len(rows) - 1} more)" if len(rows) > 1 else "")
