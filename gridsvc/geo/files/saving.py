"""Files for others: a layer in the format that the file's ending names, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio

from gridsvc.errors import BadInput
from gridsvc.geo.files.parquet import write_parquet
from gridsvc.geo.files.spreadsheets import write_csv, write_xlsx

# dBase III: names of 10 letters, texts of 254 bytes.
_MOST_NAME = 10
_MOST_TEXT_BYTES = 254
_SHORT_NAMES = {
    "community_code": "community",
    "subdistrict_code": "subdistr",
    "parent_code": "parent",
    "source_code": "source",
    "household_count": "households",
    "dwelling_count": "dwellings",
    "household_min": "hh_min",
    "household_max": "hh_max",
    "reported_at": "reported",
    "category_name": "cat_name",
}


def save_layer(frame: gpd.GeoDataFrame, path: Path, layer: str, overwrite: bool = False) -> None:
    """Write a layer to a file.

    It is written beside its place first and moved there when it is complete; an interruption
    leaves what was there before. The parts of a Shapefile are moved one by one, the ``.shp`` last.

    Parameters
    ----------
    frame : GeoDataFrame
        Fields and one geometry, EPSG:4326. Coordinates on the lattice survive every format.
    path : Path
        ``.gpkg``, ``.geojson``, ``.shp``, ``.csv``, ``.xlsx`` or ``.parquet``.
    layer : str
        Name of the layer, or of the sheet.
    overwrite : bool
        Replace a file that is there.

    Raises
    ------
    BadInput
        Another ending, no such folder, a file that is there, a text too long for the format.
    """
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise BadInput(f"{path.name}: choose the format by the ending, one of {known}.")
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent}: make it first.")
    if path.exists() and not overwrite:
        raise BadInput(f"{path.name} is there already: choose another name or pass --overwrite.")
    with tempfile.TemporaryDirectory(prefix=".gridsvc-", dir=path.parent) as folder:
        draft = Path(folder) / f"{path.stem}{suffix}"
        _WRITERS[suffix](frame, draft, layer)
        parts = sorted(Path(folder).iterdir(), key=lambda part: part == draft)
        for part in parts:
            with part.open("rb") as content:
                os.fsync(content.fileno())
        for part in parts:
            part.replace(path.parent / (path.name if part == draft else part.name))


def _native(driver: str, **options: str) -> Callable[[gpd.GeoDataFrame, Path, str], None]:
    def write(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
        pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, **options)

    return write


def _shapefile(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    named = frame.rename(columns=_SHORT_NAMES)
    geometry = named.geometry.name
    for field in named.columns.drop(geometry):
        if len(field) > _MOST_NAME:
            raise BadInput(
                f"{path.name}: a Shapefile has no room for the field {field}: use .gpkg."
            )
        longest = max((len(str(text).encode()) for text in named[field].dropna()), default=0)
        if longest > _MOST_TEXT_BYTES:
            raise BadInput(
                f"{path.name}: a text of {longest} bytes in {field} is too long for a Shapefile, "
                f"which holds {_MOST_TEXT_BYTES}: use .gpkg."
            )
    pyogrio.write_dataframe(named, path, driver="ESRI Shapefile", encoding="UTF-8")


_WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path, str], None]] = {
    ".gpkg": _native("GPKG"),
    # Seven digits are the lattice; with six, of 303 grids not one came back as it was.
    ".geojson": _native("GeoJSON", RFC7946="YES", COORDINATE_PRECISION="7"),
    ".shp": _shapefile,
    ".csv": lambda frame, path, layer: write_csv(frame, path),
    ".xlsx": write_xlsx,
    ".parquet": lambda frame, path, layer: write_parquet(frame, path),
}
