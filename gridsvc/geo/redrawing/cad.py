"""Outlines from CAD: a DXF file holds lines and texts, from which polygons and codes are made."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import pyproj
import shapely

from gridsvc.errors import BadInput, CrsMismatch
from gridsvc.geo.files.formats import MOST_FILE_BYTES
from gridsvc.geo.files.positions import require_plausible

# What a drawing of grids has at most; noding more lines takes minutes.
MOST_ENTITIES = 20_000
_GRID_M = 0.001
# Thinner areas lie between two drawings of one border; the repair gives them to a neighbour.
_THINNEST_M = 4.0
_CODE = re.compile(r"(?<![0-9])[0-9]{15}(?![0-9])")


def read_dxf(path: Path, crs: str, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read the areas that the lines of a drawing enclose, and the codes that stand in them.

    Parameters
    ----------
    path : Path
        The DXF file, text or binary. Blocks are not read: explode them first.
    crs : str
        The projection in metres that it is drawn in, such as ``EPSG:4545``; DXF does not say.
    layer : str, optional
        Take only the lines and texts of this CAD layer.

    Returns
    -------
    GeoDataFrame
        ``code`` (the 15 digits of a text inside, else None) and Polygons in ``crs``, indexed by
        ``row`` from 1. Areas under 4 m wide are left out.

    Raises
    ------
    BadInput
        Missing, too large or unreadable; no such layer; nothing enclosed; two codes in one area.
    CrsMismatch
        The projection is unknown, not in metres, or the drawing cannot be in it.
    """
    entities = _entities(path)
    if layer is not None:
        if layer not in set(entities["Layer"]):
            names = ", ".join(sorted(set(entities["Layer"].dropna()))[:20])
            raise BadInput(f"{path.name} has no CAD layer {layer!r}; its layers are {names}.")
        entities = entities[entities["Layer"] == layer]
    shapes = shapely.force_2d(entities.geometry.to_numpy())
    dimension = shapely.get_dimensions(shapes)
    lines = np.where(dimension == 2, shapely.boundary(shapes), shapes)[dimension >= 1]
    noded = shapely.union_all(lines, grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    faces = faces[~shapely.is_empty(shapely.buffer(faces, -_THINNEST_M / 2))]
    if not len(faces):
        raise BadInput(f"{path.name}: its lines enclose nothing: draw closed outlines.")
    texts = entities[(dimension == 0) & entities["Text"].notna()]
    codes = _codes(faces, texts, path.name)
    areas = gpd.GeoDataFrame({"code": codes}, geometry=faces, crs=_metric(crs))
    areas.index = pd.RangeIndex(1, len(areas) + 1, name="row")
    require_plausible(areas, path.name)
    return areas


def _entities(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size > MOST_FILE_BYTES:
        raise BadInput(f"{path.name} is larger than {MOST_FILE_BYTES // 1_000_000} MB: split it.")
    with path.open("rb") as content:
        start = content.read(64)
    # GDAL goes by content: anything else of this name could make it open another file.
    if not re.match(rb"(\s*(0|999)\s*\n|AutoCAD Binary DXF)", start.replace(b"\r", b"")):
        raise BadInput(f"{path.name} is no DXF file.")
    try:
        # A block of blocks of blocks is small in the file and endless in memory.
        entities = pyogrio.read_dataframe(
            path, layer="entities", max_features=MOST_ENTITIES + 1, INLINE_BLOCKS="NO"
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as fault:
        raise BadInput(f"{path.name} cannot be read, it is damaged.") from fault
    if len(entities) > MOST_ENTITIES:
        raise BadInput(f"{path.name} has more than {MOST_ENTITIES:,} entities: save grids alone.")
    return entities[entities.geometry.notna()]


def _codes(faces: np.ndarray, texts: gpd.GeoDataFrame, name: str) -> list[str | None]:
    codes: list[str | None] = [None] * len(faces)
    text, face = shapely.STRtree(faces).query(texts.geometry.to_numpy(), predicate="intersects")
    for one, place in zip(text, face, strict=True):
        found = _CODE.search(str(texts["Text"].iloc[one]))
        if found is None:
            continue
        if codes[place] not in (None, found[0]):
            raise BadInput(f"{name}: {codes[place]} and {found[0]} stand in one area.")
        codes[place] = found[0]
    return codes


def _metric(crs: str) -> pyproj.CRS:
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as fault:
        raise CrsMismatch(f"{crs} names no known reference system: try EPSG:4545.") from fault
    if not known.is_projected or known.axis_info[0].unit_name != "metre":
        raise CrsMismatch(f"{crs} is not in metres, as a drawing is: try EPSG:4545.")
    return known
