"""GeoJSON read strictly (RFC 7946): GDAL would pass over what is wrong, we name its row."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

import geopandas as gpd
import pyproj
import shapely
import shapely.geometry

from gridsvc.errors import BadGeometry, BadInput, CrsMismatch
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.files.legible import known_encoding, require_few_fields


def read_geojson(content: bytes, name: str, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Read a FeatureCollection.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        The file's name, for messages.
    encoding : str, optional
        UTF-8, as the standard has it, unless given.

    Returns
    -------
    GeoDataFrame
        Properties and geometry (null allowed, heights dropped), indexed by ``row`` from 1.
        EPSG:4326, unless an old-style ``crs`` member names another; no CRS where that is null.

    Raises
    ------
    BadInput
        Not text in the encoding, not JSON, nested too deep, NaN or Infinity, a key given twice,
        not a FeatureCollection.
    BadGeometry
        A geometry that cannot be built, with its row.
    CrsMismatch
        A ``crs`` member that names no known system.
    """
    document = _parsed(_decoded(content, name, encoding), name)
    whole = document if isinstance(document, dict) else {}
    features = whole.get("features")
    if whole.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise BadInput(f"{name} is not a GeoJSON FeatureCollection.")
    shapes, records = [], []
    fields: set[str] = set()
    for row, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise BadInput(f"{name}: row {row} is not a GeoJSON Feature.")
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            raise BadInput(f"{name}: row {row}, properties must be an object.")
        fields.update(properties)
        require_few_fields(len(fields), name)
        records.append({key: value for key, value in properties.items() if key != "geometry"})
        shapes.append(_shape(feature.get("geometry"), name, row))
    frame = gpd.GeoDataFrame(records, geometry=shapes, crs=_crs(whole, name))
    frame.index += 1
    return frame.rename_axis("row")


def _decoded(content: bytes, name: str, encoding: str | None) -> str:
    try:
        return content.decode(known_encoding(encoding) or "utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadInput(
            f"{name} is not {encoding or 'UTF-8'} text (byte {fault.start}): "
            "save it as UTF-8 or give --encoding."
        ) from fault


def _parsed(text: str, name: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise BadInput(f"{name} holds {constant}, which is not JSON.")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
            raise BadInput(f"{name} gives the key {twice!r} twice in one object.")
        return members

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except RecursionError:
        raise BadInput(f"{name} is nested too deep to be GeoJSON.") from None
    except ValueError as fault:
        raise BadInput(f"{name} is not JSON: {fault}.") from fault


def _shape(geometry: Any, name: str, row: int) -> shapely.Geometry | None:
    if geometry is None:
        return None
    try:
        return shapely.force_2d(shapely.geometry.shape(geometry))
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        shapely.errors.ShapelyError,
    ) as fault:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        raise BadGeometry(
            f"{name}: row {row}, the coordinates make no {kind or 'geometry'}: rings need four "
            "positions or more, positions are lon, lat.",
            ids=[row],
        ) from fault


def _crs(document: dict[str, Any], name: str) -> pyproj.CRS | None:
    if "crs" not in document:
        return STORAGE
    named = document["crs"]
    if named is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(str(named["properties"]["name"]))
    except (LookupError, TypeError, UnicodeError, pyproj.exceptions.CRSError) as fault:
        raise CrsMismatch(f"{name}: the crs member names no known reference system.") from fault
    # CRS84 is WGS 84 with the axes in the order that we use anyway.
    return STORAGE if crs.to_epsg() is None and crs.name.endswith("(CRS84)") else crs
