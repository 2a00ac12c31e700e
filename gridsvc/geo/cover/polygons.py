"""What is wrong with one polygon, and the small repairs that change no border anyone drew."""

from __future__ import annotations

import re
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import BadGeometry, CrsMismatch
from gridsvc.geo.crs import STORAGE, area_m2, known_crs

# Validity of 4,000 vertices takes 10 ms, but mending as few as 500 took 106 s once.
MOST_VERTICES = 5_000
# What an overlay leaves behind is well under this, what a person draws well over.
SLIVER_M2 = 1.0

_REASON = re.compile(r"(?P<why>[^\[]*)\[(?P<lon>\S+) (?P<lat>\S+)\]")


class Fault(StrEnum):
    """What may be wrong with a polygon; `HOLE` is worth knowing, the others forbid storing it."""

    NULL = "null"
    EMPTY = "empty"
    NOT_POLYGONAL = "not_polygonal"
    NOT_FINITE = "not_finite"
    OUT_OF_BOUNDS = "out_of_bounds"
    TOO_MANY_VERTICES = "too_many_vertices"
    MULTIPART = "multipart"
    INVALID = "invalid"
    HOLE = "hole"


def faults(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """List everything that is wrong with the polygons of a frame.

    Shapes are tested for validity only after the cheap tests pass, so that no shape from outside
    costs more than `MOST_VERTICES` can.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326. A ``code`` column is quoted if present; an index named ``row`` numbers the
        rows, otherwise they are counted from 1.

    Returns
    -------
    DataFrame
        One line a fault, in the order of the frame: ``row`` (int), ``code`` (str or None),
        ``fault`` (`Fault`), ``lon`` and ``lat`` (float, degrees: where to look, NaN if nowhere)
        and ``detail`` (str). Empty when nothing is wrong.

    Raises
    ------
    CrsMismatch
        The frame is not in EPSG:4326.
    """
    if known_crs(frame) != STORAGE:
        raise CrsMismatch(f"Polygons are judged in EPSG:4326, not in {frame.crs.name}.")
    rows = frame.index if frame.index.name == "row" else range(1, len(frame) + 1)
    codes = frame["code"] if "code" in frame else [None] * len(frame)
    found = [
        (row, code, fault, *place, detail)
        for row, code, shape in zip(rows, codes, frame.geometry, strict=True)
        for fault, place, detail in _faults_of(shape)
    ]
    return pd.DataFrame(found, columns=["row", "code", "fault", "lon", "lat", "detail"])


def single_part(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn MultiPolygons into Polygons where nothing of size is lost.

    One part becomes a Polygon; of several, all but the largest are dropped if each is under
    `SLIVER_M2`. What has two real parts stays as it is, for `faults` to list.

    Parameters
    ----------
    frame : GeoDataFrame
        Any CRS; other geometries, null and empty ones included, pass unchanged.

    Returns
    -------
    GeoDataFrame
        Same index and columns, with ``dropped_m2`` (float): the area lost, 0 where none was.
    """
    shapes = frame.geometry.to_numpy().copy()
    dropped_m2 = np.zeros(len(frame))
    multipart = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    for place in np.flatnonzero(multipart & ~shapely.is_empty(shapes)):
        parts = shapely.get_parts(shapes[place])
        areas = area_m2(gpd.GeoSeries(parts, crs=frame.crs)).to_numpy()
        largest = areas.argmax()
        others = np.delete(areas, largest)
        if (others < SLIVER_M2).all():
            shapes[place], dropped_m2[place] = parts[largest], others.sum()
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)).assign(
        dropped_m2=dropped_m2
    )


def mended(shape: shapely.Geometry) -> shapely.Geometry:
    """Make one polygon valid, keeping what its rings enclose (``make_valid``, by structure).

    It may come back as a MultiPolygon; a valid shape comes back as it is. Not for the path of a
    request: ask for it at import, where a person looks at the result.

    Raises
    ------
    BadGeometry
        More than `MOST_VERTICES` vertices: mending may take minutes.
    """
    if (vertices := shapely.get_num_coordinates(shape)) > MOST_VERTICES:
        raise BadGeometry(
            f"A polygon of {vertices} vertices is not mended, at most {MOST_VERTICES}: "
            "simplify it first."
        )
    if shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


_Found = tuple[Fault, tuple[float, float], str]
_NOWHERE = (float("nan"), float("nan"))


def _faults_of(shape: shapely.Geometry | None) -> list[_Found]:
    hindrance = _hindrance(shape)
    if hindrance or shape is None:
        return [hindrance] if hindrance else []
    found: list[_Found] = []
    parts = shapely.get_num_geometries(shape)
    if parts > 1:
        found.append((Fault.MULTIPART, _corner(shapely.get_geometry(shape, 1)), f"{parts} parts"))
    if not shapely.is_valid(shape):
        reason = _REASON.match(shapely.is_valid_reason(shape))
        place = (float(reason["lon"]), float(reason["lat"])) if reason else _NOWHERE
        found.append((Fault.INVALID, place, reason["why"] if reason else "invalid"))
    holes = [hole for part in shapely.get_parts(shape) for hole in part.interiors]
    if holes:
        found.append((Fault.HOLE, _corner(holes[0]), f"{len(holes)} holes"))
    return found


def _hindrance(shape: shapely.Geometry | None) -> _Found | None:
    """Find what makes it impossible, or too dear, to look any closer."""
    if shape is None:
        return Fault.NULL, _NOWHERE, "there is no shape"
    positions = shapely.get_coordinates(shape)
    if shape.is_empty:
        return Fault.EMPTY, _NOWHERE, f"an empty {shape.geom_type}"
    if shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return Fault.NOT_POLYGONAL, _corner(shape), f"a {shape.geom_type}"
    if not np.isfinite(positions).all():
        return Fault.NOT_FINITE, _NOWHERE, "a coordinate is not a finite number"
    outside = (np.abs(positions) > (180, 90)).any(axis=1)
    if outside.any():
        lon, lat = positions[outside][0]
        return Fault.OUT_OF_BOUNDS, (lon, lat), f"{lon:.6g}, {lat:.6g} is not on the globe"
    if len(positions) > MOST_VERTICES:
        return (
            Fault.TOO_MANY_VERTICES,
            _corner(shape),
            f"{len(positions)} vertices, at most {MOST_VERTICES}",
        )
    return None


def _corner(shape: shapely.Geometry) -> tuple[float, float]:
    lon, lat = shapely.get_coordinates(shape)[0]
    return float(lon), float(lat)
