"""Files from outside: GeoPackage, GeoJSON, Shapefile (plain or zipped) and CSV.

Every refusal is one sentence that names the file and what to do. Rows are numbered from 1 in the
order of the file, and the number stays with the row as its index.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridsvc.errors import BadInput, CrsMismatch
from gridsvc.geo.files import native
from gridsvc.geo.files.archives import unpacked
from gridsvc.geo.files.geojson import read_geojson
from gridsvc.geo.files.legible import known_encoding, require_few_fields, require_legible
from gridsvc.geo.files.positions import require_plausible

# A district's buildings are about 30 MB of GeoJSON; parsing takes some ten times the file.
MOST_FILE_BYTES = 50_000_000
_GEOJSON = {".geojson", ".json"}
_READABLE = "GeoPackage (.gpkg), GeoJSON (.geojson), Shapefile (.shp, or zipped as .zip)"


def read_layer(
    path: Path | str,
    layer: str | None = None,
    encoding: str | None = None,
    crs_required: bool = True,
    max_bytes: int = MOST_FILE_BYTES,
) -> gpd.GeoDataFrame:
    """Read one layer, in its own reference system, with what cannot be right refused.

    Parameters
    ----------
    path : Path or str
        The file; its suffix tells the format.
    layer : str, optional
        Needed where the file holds several layers.
    encoding : str, optional
        Of the texts, where the file does not say or says it wrongly.
    crs_required : bool
        Refuse a layer without a reference system.
    max_bytes : int
        The largest file read, and the most that a zip file may unpack to.

    Returns
    -------
    GeoDataFrame
        All fields and the geometry in two dimensions, in the file's CRS (None only if not
        required), indexed by ``row`` from 1. Geometries may still be null, empty or invalid:
        `gridsvc.geo.cover.polygons.faults` lists those.

    Raises
    ------
    BadInput
        Missing, too large or unreadable file; several layers and none chosen; wrong encoding.
    BadGeometry
        Coordinates that are no finite numbers, a geometry that cannot be built.
    CrsMismatch
        No reference system, or coordinates that cannot be in it.
    """
    path = _present(Path(path), max_bytes)
    encoding = known_encoding(encoding)
    suffix = path.suffix.lower()
    if suffix == ".zip":
        frame = _read_zipped(path, layer, encoding, max_bytes)
    elif suffix in _GEOJSON:
        frame = read_geojson(path.read_bytes(), path.name, encoding)
    elif suffix in native.MAGIC:
        frame = native.read_layer(path, path.name, layer, encoding)
    else:
        raise BadInput(f"{path.name} is in no format that is read: {_READABLE}.")
    if frame.crs is not None and not (frame.crs.is_geographic or frame.crs.is_projected):
        frame = frame.set_crs(None, allow_override=True)
    if frame.crs is None and crs_required:
        remedy = "add its .prj file" if suffix in {".shp", ".zip"} else "set it and save again"
        raise CrsMismatch(f"{path.name} names no reference system: {remedy}.")
    require_legible(frame.drop(columns="geometry"), path.name)
    require_plausible(frame, path.name)
    return frame


def read_table(
    path: Path | str, encoding: str | None = None, max_bytes: int = 4 * MOST_FILE_BYTES
) -> pd.DataFrame:
    """Read a CSV file with a header, every value as text, an empty one as ``""``.

    Parameters
    ----------
    path : Path or str
        Comma-separated, quoted by RFC 4180.
    encoding : str, optional
        UTF-8, with or without a byte order mark, unless given.
    max_bytes : int
        The largest file read.

    Returns
    -------
    DataFrame
        Columns of str, indexed by ``row`` from 1, the header not counted.

    Raises
    ------
    BadInput
        Missing or too large file, wrong encoding, no header, a field name empty or given twice, a
        row with more or fewer values than the header.
    """
    path = _present(Path(path), max_bytes)
    encoding = known_encoding(encoding) or "utf-8-sig"
    try:
        with path.open(encoding=encoding, newline="") as lines:
            header = _checked_rows(csv.reader(lines, strict=True), path.name)
        frame = pd.read_csv(
            path, encoding=encoding, dtype=str, keep_default_na=False, skip_blank_lines=True
        )
    except UnicodeDecodeError as fault:
        raise BadInput(
            f"{path.name} is not {encoding.removesuffix('-sig')} text: give another --encoding "
            "(gb18030 is usual in China)."
        ) from fault
    except (csv.Error, pd.errors.ParserError) as fault:
        raise BadInput(f"{path.name} is not a CSV file that can be read: {fault}.") from fault
    frame.columns = pd.Index(header)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    require_legible(frame, path.name)
    return frame


def require_fields(frame: pd.DataFrame, *fields: str) -> None:
    """Refuse a table that lacks one of the fields, with the names it has instead."""
    for field in fields:
        if field not in frame.columns:
            present = ", ".join(str(name) for name in frame.columns if name != "geometry")
            raise BadInput(f"There is no field {field!r}; the fields are {present}.", ids=[field])


def require_unique(frame: pd.DataFrame, field: str) -> None:
    """Refuse a table in which a code is missing or given to two rows.

    Raises
    ------
    BadInput
        With the first code, its rows, and all such codes in ``ids``.
    """
    require_fields(frame, field)
    codes = frame[field]
    blank = codes.isna() | (codes.astype(str).str.strip() == "")
    if blank.any():
        rows = frame.index[blank].tolist()
        raise BadInput(f"Row {rows[0]}, field {field} is empty: every row needs a code.", ids=rows)
    twice = codes[codes.duplicated(keep=False)]
    if len(twice):
        rows = ", ".join(map(str, twice.index[twice == twice.iloc[0]][:5]))
        raise BadInput(
            f"Field {field}: {twice.iloc[0]!r} stands in rows {rows}; a code may stand once.",
            ids=twice.unique(),
        )


def _present(path: Path, max_bytes: int) -> Path:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size > max_bytes:
        raise BadInput(
            f"{path.name} has {path.stat().st_size // 1_000_000} MB, at most "
            f"{max_bytes // 1_000_000} MB are read: split it."
        )
    return path


def _read_zipped(
    path: Path, layer: str | None, encoding: str | None, max_bytes: int
) -> gpd.GeoDataFrame:
    with unpacked(path, max_bytes) as members:
        readable = {
            name: place
            for name, place in members.items()
            if place.suffix in _GEOJSON or place.suffix in native.MAGIC
        }
        if len(readable) > 1 and layer is not None:
            readable = {n: p for n, p in readable.items() if layer in (n, Path(n).stem)}
            layer = None
        if len(readable) != 1:
            names = ", ".join(readable) or "none"
            raise BadInput(f"{path.name} must hold one {_READABLE}, it holds {names}: use --layer.")
        (name, place), *_ = readable.items()
        label = f"{path.name}: {name}"
        if place.suffix in _GEOJSON:
            return read_geojson(place.read_bytes(), label, encoding)
        return native.read_layer(place, label, layer if place.suffix == ".gpkg" else None, encoding)


def _checked_rows(rows: Iterator[list[str]], name: str) -> list[str]:
    header = next(rows, [])
    require_few_fields(len(header), name)
    named = [field.strip() for field in header]
    if not any(named):
        raise BadInput(f"{name} has no header.")
    if len(named) == 1 and set(named[0]) & set(";\t|"):
        raise BadInput(f"{name} is not separated by commas: save it as comma-separated CSV.")
    for place, field in enumerate(named, start=1):
        if not field or field in named[: place - 1]:
            raise BadInput(f"{name}: column {place} has no name of its own ({field!r}).")
    row = 0
    for values in rows:
        if not values:
            continue
        row += 1
        if len(values) != len(named):
            raise BadInput(
                f"{name}: row {row} has {len(values)} values, the header has {len(named)}.",
                ids=[row],
            )
    return named
