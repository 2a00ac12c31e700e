"""Tables as a workbook: typed dates, a frozen heading, filters, and no text that calculates."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import xlsxwriter

#: What Excel opens; a name longer than that it calls damaged.
LONGEST_NAME = 31
_WIDEST, _NARROWEST = 48, 8


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
        At most 31 characters, none of which Excel keeps for itself: a word of ours.
    rows : DataFrame
        In order; columns that ``headings`` does not name are left out.
    headings : dict of str to str
        Column → its heading, in order.
    notes : sequence of str
        Lines above the heading: what, when, as of.
    total : dict of str to number
        A last line of sums, by column.
    """

    name: str
    rows: pd.DataFrame
    headings: dict[str, str]
    notes: Sequence[str] = ()
    total: dict[str, float] | None = None


def workbook(sheets: Sequence[Sheet], zone: ZoneInfo, made_at: datetime) -> bytes:
    """Write sheets into an xlsx file.

    Text is written as text whatever it begins with, so that nothing typed by somebody runs as a
    formula; times are the office's, whole days are dates. The same sheets give the same bytes.

    Parameters
    ----------
    zone : ZoneInfo
        In which times are written; Excel knows none.
    made_at : datetime
        Written as the file's date of making, aware.
    """
    packed = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(packed, options)
    book.set_properties({"created": made_at.astimezone(zone).replace(tzinfo=None)})
    forms = {
        "note": book.add_format({"font_color": "#5b6770"}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "total": book.add_format({"bold": True, "top": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name[:LONGEST_NAME]), sheet, forms, zone)
    book.close()
    return packed.getvalue()


def _write(page: Any, sheet: Sheet, forms: dict[str, Any], zone: ZoneInfo) -> None:
    for at, note in enumerate(sheet.notes):
        page.write_string(at, 0, note, forms["note"])
    top = len(sheet.notes)
    columns = list(sheet.headings)
    for at, name in enumerate(columns):
        page.write_string(top, at, str(sheet.headings[name]), forms["head"])
    rows = sheet.rows[[name for name in columns if name in sheet.rows]]
    for down, row in enumerate(rows.itertuples(index=False), start=top + 1):
        for at, value in enumerate(row):
            _cell(page, (down, at), value, forms, zone)
    last = top + len(rows)
    if sheet.total is not None:
        for at, name in enumerate(columns):
            if name in sheet.total:
                page.write_number(last + 1, at, sheet.total[name], forms["total"])
    page.freeze_panes(top + 1, 1)
    page.autofilter(top, 0, max(last, top + 1), len(columns) - 1)
    for at, name in enumerate(columns):
        page.set_column(at, at, _width(str(sheet.headings[name]), rows.iloc[:200, at]))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)


def _cell(
    page: Any, place: tuple[int, int], value: Any, forms: dict[str, Any], zone: ZoneInfo
) -> None:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return
    if value is pd.NA:
        return
    if isinstance(value, datetime):
        local = pd.Timestamp(value).tz_convert(zone).tz_localize(None).to_pydatetime()
        page.write_datetime(*place, local, forms["time"])
    elif isinstance(value, date):
        page.write_datetime(*place, datetime(value.year, value.month, value.day), forms["date"])
    elif isinstance(value, (bool, str)):
        page.write_string(*place, str(value))
    else:
        page.write_number(*place, float(value))


def _width(heading: str, column: pd.Series) -> float:
    # A Chinese character is as wide as two figures.
    said = [heading, *(str(one)[:16] if isinstance(one, date) else str(one) for one in column)]
    widest = max(sum(2 if ord(sign) > 0x2E80 else 1 for sign in one) for one in said)
    return min(max(widest + 2, _NARROWEST), _WIDEST)
