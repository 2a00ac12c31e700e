"""From the bytes of a file to rows of named fields: headings found, merged cells filled."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gridsvc.errors import BadInput
from gridsvc.staffing.sheet.words import NAMES, PERSONS, said

#: A district's sheet has 100 kB.
MOST_BYTES = 2 * 2**20
_SECONDS = 30
_HEADING_WITHIN = 10
_FIELDS = {name: field for field, names in NAMES.items() for name in names.split()}


@dataclass(frozen=True)
class RawRow:
    """A row of the file.

    Attributes
    ----------
    number : int
        As the spreadsheet counts it, from 1.
    values : dict of str to Any
        Field → text, number or ``{"date": …}``; empty cells are not there.
    merged : tuple of str
        The fields that a merged cell above or beside it gave.
    """

    number: int
    values: dict[str, Any]
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """The rows of a file, and the columns that were passed over."""

    rows: list[RawRow]
    ignored: list[str]
    persons: list[str]


def read(data: bytes, name: str) -> Table:
    """Read a file that somebody sent, in a process of its own.

    Raises
    ------
    BadInput
        It cannot be read, is too large, or has no heading; ``reason`` is a key of
        `gridsvc.staffing.sheet.words.FAULTS`.
    """
    kind = name.lower().rpartition(".")[2]
    if kind not in ("xlsx", "csv"):
        raise _refused("no_kind")
    if len(data) > MOST_BYTES:
        raise _refused("too_large")
    command = [sys.executable, "-m", "gridsvc.staffing.sheet.cells_of_file", kind]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing of the file's in the command
            command, input=data, capture_output=True, timeout=_SECONDS, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise _refused("too_large") from None
    answer = json.loads(done.stdout)
    if "unreadable" in answer:
        raise _refused(answer["unreadable"])
    return table_of(answer["rows"])


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """Find the heading among the first rows, and name the cells below it.

    A heading may take two rows: “Team” over “Code” and “Duty phone” is the team's code and phone.
    """
    best: tuple[int, int, dict[int, str]] | None = None
    for at in range(min(_HEADING_WITHIN, len(rows))):
        for depth in (1, 2):
            fields = _fields(rows, at, depth)
            if _is_heading(fields) and (best is None or len(fields) > len(best[2])):
                best = at, depth, fields
    if best is None:
        raise _refused("no_heading")
    at, depth, fields = best
    heads = rows[at : at + depth]
    found = [_row(row, fields) for row in rows[at + depth :]]
    found = [row for row in found if row.values]
    if not found:
        raise _refused("no_rows")
    left = _unused(heads, fields)
    persons = [name for name in left if plain(name) in PERSONS]
    return Table(found, [name for name in left if name not in persons], persons)


def plain(text: Any) -> str:
    """Return a heading without case, spaces and signs, full-width letters made narrow."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", str(text or "")).lower())


def _fields(rows: Sequence[dict[str, Any]], at: int, depth: int) -> dict[int, str]:
    lower = rows[at + depth - 1]["cells"] if at + depth <= len(rows) else []
    upper = rows[at]["cells"]
    found: dict[int, str] = {}
    for column, cell in enumerate(lower):
        names = [plain(cell)]
        if depth == 2 and column < len(upper):
            above = plain(upper[column])
            names = [above + names[0], names[0], above]
        field = next((_FIELDS[name] for name in names if name in _FIELDS), None)
        if field is not None and field not in found.values():
            found[column] = field
    return found


def _unused(heads: Sequence[dict[str, Any]], fields: dict[int, str]) -> list[str]:
    """Return what columns are called that are not read, by the lowest row that names them."""
    names: dict[int, str] = {}
    for row in heads:
        for column, cell in enumerate(row["cells"]):
            if column not in fields and plain(cell):
                names[column] = str(cell).strip()
    return [names[column] for column in sorted(names)]


def _is_heading(fields: dict[int, str]) -> bool:
    named = set(fields.values())
    return "grid" in named and bool(named & {"team", "branch"})


def _row(row: dict[str, Any], fields: dict[int, str]) -> RawRow:
    cells = row["cells"]
    values = {
        field: cells[column]
        for column, field in fields.items()
        if column < len(cells) and cells[column] is not None and str(cells[column]).strip()
    }
    merged = tuple(fields[c] for c in row["merged"] if c in fields and fields[c] in values)
    return RawRow(row["number"], values, merged)


def _refused(reason: str) -> BadInput:
    refusal = BadInput(said(reason, {}))
    refusal.reason = reason
    return refusal
