"""From a file's fields to rows of one form, whatever the fields are called."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE, to_storage
from gridsvc.geo.datum import shift
from gridsvc.geo.files.formats import read_layer, read_table
from gridsvc.grids.intake.report import RowNote

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEXTS = ("code", "name", "name_en", "parent")
_NUMBERS = ("households", "dwellings")


@dataclass(frozen=True)
class Fields:
    """Which field of a file says what; ``None`` where the file does not say it."""

    code: str | None = None
    name: str | None = None
    name_en: str | None = None
    parent: str | None = None
    households: str | None = None
    dwellings: str | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a file and what is wrong with some of them.

    Attributes
    ----------
    name : str
        The file's name, for messages.
    frame : GeoDataFrame
        Indexed by ``row`` from 1: ``code``, ``name``, ``name_en``, ``parent`` (str or None),
        ``households``, ``dwellings`` (Int64) and the geometry (EPSG:4326; null in a CSV).
    faults : list of RowNote
        Numbers and texts that cannot be what their field claims; the shapes are not looked at.
    has_shapes : bool
        False for a CSV, whose divisions get no outline.
    """

    name: str
    frame: gpd.GeoDataFrame
    faults: list[RowNote]
    has_shapes: bool


def read_rows(
    path: Path | str,
    fields: Fields,
    *,
    datum: str,
    layer: str | None = None,
    encoding: str | None = None,
) -> Rows:
    """Read a file of boundaries, buildings or, as CSV, divisions without outline.

    Parameters
    ----------
    path : Path or str
        GeoPackage, GeoJSON, Shapefile (plain or zipped) or CSV.
    fields : Fields
        Which field says what.
    datum : str
        What the coordinates are measured from; GCJ-02 and BD-09 are shifted back.
    layer, encoding : str, optional
        As for `gridsvc.geo.files.formats.read_layer`.

    Raises
    ------
    BadInput, BadGeometry, CrsMismatch
        The file as a whole cannot be used, or lacks a field: one sentence says why.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        table = read_table(path, encoding)
        shapes = gpd.GeoSeries([None] * len(table), index=table.index, crs=STORAGE)
        raw = gpd.GeoDataFrame(table, geometry=shapes)
    else:
        raw = shift(to_storage(read_layer(path, layer, encoding)), datum)
    wanted = [name for name in vars(fields).values() if name is not None]
    for field in wanted:
        if field not in raw.columns:
            present = ", ".join(str(one) for one in raw.columns if one != "geometry")
            raise BadInput(
                f"{path.name} has no field {field!r}; its fields are {present}.", ids=[field]
            )
    faults: list[RowNote] = []
    columns: dict[str, pd.Series] = {}
    for field in _TEXTS:
        columns[field] = _texts(raw, getattr(fields, field), faults)
    for field in _NUMBERS:
        columns[field] = _numbers(raw, getattr(fields, field), faults)
    frame = gpd.GeoDataFrame(columns, geometry=raw.geometry, crs=STORAGE)
    return Rows(path.name, frame, faults, has_shapes=path.suffix.lower() != ".csv")


def _texts(raw: pd.DataFrame, field: str | None, faults: list[RowNote]) -> pd.Series:
    if field is None:
        return pd.Series([None] * len(raw), index=raw.index, dtype=object)
    values = [_text(value) for value in raw[field]]
    for row, value in zip(raw.index, values, strict=True):
        if value and _CONTROL.search(value):
            faults.append(RowNote(row, f"field {field} holds a control character: {value!r}"))
    return pd.Series(values, index=raw.index, dtype=object)


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return None
    # A whole number kept as 330702.0 is a code that passed through a spreadsheet.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _numbers(raw: pd.DataFrame, field: str | None, faults: list[RowNote]) -> pd.Series:
    if field is None:
        return pd.Series(pd.NA, index=raw.index, dtype="Int64")
    numbers: list[int | None] = []
    for row, value in raw[field].items():
        text = _text(value)
        try:
            number = None if text is None else _count(text)
        except ValueError:
            number = None
            expected = "a whole number from 0 to 2147483647"
            faults.append(RowNote(int(row), f"field {field} is {text!r}: expected {expected}"))
        numbers.append(number)
    return pd.Series(numbers, index=raw.index, dtype="Int64")


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}(\.0+)?", text) or float(text) > 2**31 - 1:
        raise ValueError(text)
    return int(float(text))
