"""Tables for spreadsheets, in which no text can come alive as a formula."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE

# What a spreadsheet may take for the beginning of a formula (OWASP ASVS 5.0, 1.2.10), full-width
# signs as they come from Chinese keyboards included; behind any number of apostrophes.
_ALIVE = re.compile("'*[=+\\-@\t\r\n\0＝＋－＠]")  # noqa: RUF001
_MOST_SHEET_ROWS = 1_048_576
_WIDEST_COLUMN = 40


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    `restored` gives back exactly what was there.

    Examples
    --------
    >>> harmless("=1+1"), harmless("'=1+1"), harmless("A-3")
    ("'=1+1", "''=1+1", 'A-3')
    """
    return f"'{text}" if _ALIVE.match(text) else text


def restored(text: str) -> str:
    """Undo `harmless`: take away the apostrophe that it put before a text.

    Examples
    --------
    >>> restored("'=1+1"), restored("'t Hof")
    ('=1+1', "'t Hof")
    """
    return text[1:] if text.startswith("'") and _ALIVE.match(text) else text


def write_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a CSV that Excel reads as UTF-8: fields, ``lon`` and ``lat``, the shape as WKT.

    Numbers stay numbers; texts pass through `harmless`. ``lon`` and ``lat`` are a point inside.
    """
    table = _placed(frame)
    shapes = frame.geometry.to_numpy()
    table["wkt"] = shapely.to_wkt(shapes, rounding_precision=7, trim=True)
    for field in table.columns[[not _is_number(table[name]) for name in table]]:
        table[field] = [None if pd.isna(one) else harmless(str(one)) for one in table[field]]
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_xlsx(frame: gpd.GeoDataFrame, path: Path, title: str) -> None:
    """Write one sheet: a heading that stays in sight, texts as texts, numbers as numbers.

    A shape does not fit into a cell; ``lon`` and ``lat`` are a point inside.

    Raises
    ------
    BadInput
        More rows than a sheet holds.
    """
    # Half the exports are CSV or for a map; this costs them nothing.
    import xlsxwriter

    table = _placed(frame)
    if len(table) >= _MOST_SHEET_ROWS:
        raise BadInput(f"{path.name}: a sheet holds {_MOST_SHEET_ROWS:,} rows: export a .csv.")
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title)
        heading = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(table):
            sheet.write_string(0, column, name, heading)
            number = _is_number(table[name])
            widest = len(name)
            for row, value in enumerate(table[name], start=1):
                if pd.isna(value):
                    continue
                if number:
                    sheet.write_number(row, column, float(value))
                else:
                    sheet.write_string(row, column, str(value))
                widest = max(widest, len(str(value)))
            sheet.set_column(column, column, min(widest + 2, _WIDEST_COLUMN))
        if len(table.columns):
            sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _placed(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    points = shapely.point_on_surface(frame.geometry.to_crs(STORAGE).to_numpy())
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return table.assign(lon=shapely.get_x(points).round(7), lat=shapely.get_y(points).round(7))


def _is_number(column: pd.Series) -> bool:
    kind = pd.api.types
    return bool(kind.is_numeric_dtype(column.dtype) and not kind.is_bool_dtype(column.dtype))
