"""A child process: an xlsx or csv file on standard input, its cells as JSON on standard output.

Apart, with limits on memory and time, because a small file can be made to unpack into gigabytes.
Run as ``python -m gridsvc.staffing.sheet.cells_of_file xlsx``.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_ROWS, MOST_COLUMNS = 3000, 60
#: A sheet of 3,000 rows unpacks to about 2 MB; openpyxl takes some 50 times that.
MOST_UNPACKED = 16 * 2**20
_MEMORY, _SECONDS = 2 * 2**30, 20


class Unreadable(Exception):
    """The file is not what it claims to be, or too large; its text is the reason's code."""


def cells_of_xlsx(data: bytes) -> list[dict[str, Any]]:
    """Return the rows of the first sheet: ``number``, ``cells``, and which came by merging.

    A merged cell's value stands in every cell that it covers. Formulas give their last result.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("too_large")
        sheet = load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise Unreadable("no_workbook") from error
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise Unreadable("too_many_rows")
    rows = [[_plain(cell.value) for cell in row] for row in sheet.iter_rows()]
    merged: dict[int, set[int]] = {}
    for span in sheet.merged_cells.ranges:
        value = rows[span.min_row - 1][span.min_col - 1]
        for row in range(span.min_row - 1, min(span.max_row, len(rows))):
            for column in range(span.min_col - 1, min(span.max_col, len(rows[row]))):
                if (row, column) != (span.min_row - 1, span.min_col - 1):
                    rows[row][column] = value
                    merged.setdefault(row, set()).add(column)
    return [
        {"number": n + 1, "cells": cells, "merged": sorted(merged.get(n, ()))}
        for n, cells in enumerate(rows)
    ]


def cells_of_csv(data: bytes) -> list[dict[str, Any]]:
    """Return the rows of a csv file in UTF-8 or GB18030, parted by comma, semicolon or tab."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unreadable("no_text")
    if "\0" in text:
        raise Unreadable("no_text")
    head = text[:4000]
    parted = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=parted))
    except csv.Error as error:
        raise Unreadable("no_text") from error
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise Unreadable("too_many_rows")
    return [
        {"number": n, "cells": [cell or None for cell in row], "merged": []}
        for n, row in enumerate(rows, start=1)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value if value is None or isinstance(value, int | float | str) else str(value)


def main(kind: str) -> None:
    """Read standard input as ``xlsx`` or ``csv``."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    data = sys.stdin.buffer.read()
    try:
        read = cells_of_xlsx if kind == "xlsx" else cells_of_csv
        answer: dict[str, Any] = {"rows": read(data)}
    except Unreadable as reason:
        answer = {"unreadable": str(reason)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
