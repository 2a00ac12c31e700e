"""Layers that GDAL reads: GeoPackage and Shapefile, looked at before it is let near them."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio.errors

from gridsvc.errors import BadInput

# GDAL goes by content: without this a .gpkg that is a VRT inside could name any file or address.
MAGIC = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a"}
"""How a file of each kind begins."""


_FAULTS = (
    pyogrio.errors.CRSError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    RuntimeError,
)


def read_layer(path: Path, name: str, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    """Read one layer of a GeoPackage or Shapefile.

    Parameters
    ----------
    path : Path
        Its suffix is one of `MAGIC`.
    name : str
        What the reader knows the file by.
    layer : str, optional
        Needed where the file holds several layers.
    encoding : str, optional
        Of the texts.

    Returns
    -------
    GeoDataFrame
        All fields and ``geometry`` in the file's CRS, indexed by ``row`` from 1.

    Raises
    ------
    BadInput
        It is not what its name says, damaged, cut short, or a view; several layers, none chosen.
    """
    suffix = path.suffix.lower()
    with path.open("rb") as content:
        if not content.read(16).startswith(MAGIC[suffix]):
            raise BadInput(f"{name} is not the {suffix} file that its name says.")
    if suffix == ".shp":
        _require_whole(path, name)
    try:
        with warnings.catch_warnings():
            # GDAL warns of what it passes over; what matters of it is checked afterwards.
            warnings.simplefilter("ignore", RuntimeWarning)
            chosen = _chosen_layer(path, name, layer)
            if suffix == ".gpkg":
                _require_table(path, name, chosen)
            frame = pyogrio.read_dataframe(
                path, layer=chosen, encoding=encoding, force_2d=True, on_invalid="ignore"
            )
    except UnicodeDecodeError as fault:
        raise BadInput(
            f"{name}: the texts are not {fault.encoding}: give another --encoding "
            "(gb18030 is usual in China)."
        ) from fault
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, *_FAULTS) as fault:
        raise BadInput(f"{name} cannot be read, it is damaged or of an unknown kind.") from fault
    if "geometry" not in frame:
        raise BadInput(f"{name} has no geometry.")
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame


def _chosen_layer(path: Path, name: str, layer: str | None) -> str:
    spatial = [str(one) for one, kind in pyogrio.list_layers(path) if kind is not None]
    names = ", ".join(spatial)
    if not spatial:
        raise BadInput(f"{name} has no layer with shapes.")
    if layer is None and len(spatial) > 1:
        raise BadInput(f"{name} holds several layers, choose one with --layer: {names}.")
    if layer is not None and layer not in spatial:
        raise BadInput(f"{name} has no layer {layer!r}; its layers are {names}.")
    return layer or spatial[0]


def _require_table(path: Path, name: str, layer: str) -> None:
    """Refuse a layer that is a view: a query of a few bytes can give rows without end."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as content:
            # By the schema alone, which runs nothing; names are compared as SQLite compares them.
            views = content.execute(
                "select 1 from sqlite_master where type <> 'table' and lower(name) = lower(?)",
                [layer],
            ).fetchall()
    except sqlite3.Error as fault:
        raise BadInput(f"{name} cannot be read, it is damaged or of an unknown kind.") from fault
    if views:
        raise BadInput(f"{name}: the layer {layer!r} is a view: save it as a layer of its own.")


def _require_whole(path: Path, name: str) -> None:
    """Refuse a Shapefile with a part missing, or cut short: GDAL gives null shapes for the rest."""
    beside = {one.suffix.lower() for one in path.parent.iterdir() if one.stem == path.stem}
    for suffix, holds in ((".shx", "index of the shapes"), (".dbf", "fields")):
        if suffix not in beside:
            raise BadInput(f"{name}: the {suffix} file ({holds}) is missing, put it beside.")
    with path.open("rb") as content:
        # Bytes 24-27 hold the length in words of 16 bits (ESRI Shapefile description, 1998).
        declared_bytes = 2 * int.from_bytes(content.read(28)[24:], "big")
    if path.stat().st_size < declared_bytes:
        raise BadInput(f"{name} is cut short: copy it again.")
