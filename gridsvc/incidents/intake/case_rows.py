"""Cases as rows of a CSV file: every value read as what its field claims, or refused by name."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from gridsvc.errors import BadInput
from gridsvc.incidents.rules import Kind, Level, Status

FIELDS = (
    "reported_at", "closed_at", "status", "category", "kind", "lon", "lat", "description",
    "source_ref", "level", "accuracy_m",
)  # fmt: skip
_NEEDED = ("reported_at", "category")
# What other systems call a case that nobody has taken yet.
_STATUS_WORDS = {"open": Status.REPORTED, "new": Status.REPORTED}

Choice = TypeVar("Choice", Kind, Level, Status)


class Case(NamedTuple):
    """One case as the file has it; times are UTC, the position is in the file's datum."""

    row: int
    reported_at: datetime
    closed_at: datetime | None
    status: Status
    category: str
    kind: Kind
    lon: float | None
    lat: float | None
    description: str | None
    source_ref: str
    level: Level | None
    accuracy_m: float | None
    content_hash: str


@dataclass(frozen=True)
class CaseFile:
    """A file of cases and how to read it.

    Attributes
    ----------
    path : Path
        Comma-separated with a header; line breaks within quotes are part of the value.
    columns : mapping of str to str
        Column → field of `FIELDS`; columns called like a field need no entry.
    zone : ZoneInfo
        Of times that name no zone.
    encoding : str or None
        UTF-8, with or without a byte order mark, unless given.
    """

    path: Path
    columns: Mapping[str, str]
    zone: ZoneInfo
    encoding: str | None = None

    def cases(self) -> Iterator[Case]:
        """Read the cases one after the other; the file is never held as a whole.

        Raises
        ------
        BadInput
            The file, a row or a value cannot be read: row, field and what was expected.
        """
        if not self.path.is_file():
            raise BadInput(f"There is no file {self.path}.")
        encoding = self.encoding or "utf-8-sig"
        row = 0
        try:
            with self.path.open(encoding=encoding, newline="") as lines:
                rows = csv.reader(self._without_nul(lines), strict=True)
                header = [name.strip() for name in next(rows, [])]
                places = self._places(header)
                for values in rows:
                    if not values:
                        continue
                    row += 1
                    if len(values) != len(header):
                        self._refuse(
                            f"row {row} has {len(values)} values, the header has {len(header)}", row
                        )
                    texts = {field: values[place].strip() for field, place in places.items()}
                    yield self._case(row, texts)
        except UnicodeDecodeError as fault:
            self._refuse(
                f"below row {row} it is not {encoding.removesuffix('-sig')} text: give another "
                "--encoding (gb18030 is usual in China)",
                row,
                fault,
            )
        except LookupError as fault:
            raise BadInput(f"There is no encoding {encoding!r}.") from fault
        except csv.Error as fault:
            self._refuse(f"after row {row} it is not CSV that can be read ({fault})", row, fault)

    def _without_nul(self, lines: Iterable[str]) -> Iterator[str]:
        for number, line in enumerate(lines, start=1):
            if "\0" in line:
                self._refuse(f"line {number} holds a NUL character: it is no text file", number)
            yield line

    def _places(self, header: list[str]) -> dict[str, int]:
        if not any(header):
            self._refuse("it has no header")
        if len(set(header)) < len(header) or not all(header):
            self._refuse("every column needs a name of its own in the header")
        fields = {name: name for name in header if name in FIELDS}
        for column, field in self.columns.items():
            if field not in FIELDS:
                self._refuse(f"{field!r} in --map is no field; those are {', '.join(FIELDS)}")
            if column not in header:
                self._refuse(f"there is no column {column!r}; those are {', '.join(header)}")
            fields = {c: f for c, f in fields.items() if f != field and c != column}
            fields[column] = field
        for needed in _NEEDED:
            if needed not in fields.values():
                self._refuse(
                    f"no column gives {needed}: pass --map COLUMN={needed}, "
                    f"the columns are {', '.join(header)}"
                )
        return {field: header.index(column) for column, field in fields.items()}

    def _case(self, row: int, texts: dict[str, str]) -> Case:
        reported_at = self._time(row, "reported_at", texts)
        closed_at = self._time(row, "closed_at", texts)
        if reported_at is None or not texts["category"]:
            empty = "category" if reported_at else "reported_at"
            self._refuse(f"row {row}, field {empty} is empty: every case needs one", row)
        ended = Status.CLOSED if closed_at else Status.REPORTED
        position = self._position(row, texts)
        content = (
            reported_at,
            closed_at,
            self._choice(row, "status", texts, Status) or ended,
            texts["category"],
            self._choice(row, "kind", texts, Kind) or Kind.INCIDENT,
            *position,
            texts.get("description") or None,
        )
        rest = (
            self._choice(row, "level", texts, Level),
            self._number(row, "accuracy_m", texts, 0, math.inf),
        )
        digest = hashlib.sha256(repr((content, rest)).encode()).hexdigest()
        return Case(row, *content, texts.get("source_ref") or digest, *rest, digest)

    def _position(self, row: int, texts: dict[str, str]) -> tuple[float | None, float | None]:
        lon = self._number(row, "lon", texts, -180, 180)
        lat = self._number(row, "lat", texts, -90, 90)
        if (lon is None) != (lat is None):
            empty = "lon" if lon is None else "lat"
            self._refuse(
                f"row {row}, field {empty} is empty: expected both lon and lat or none", row
            )
        return lon, lat

    def _time(self, row: int, field: str, texts: dict[str, str]) -> datetime | None:
        text = texts.get(field)
        if not text:
            return None
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            expected = "a time such as 2026-03-09 16:30 or 2026-03-09T16:30:00+08:00"
            self._refuse(f"row {row}, field {field} is {text!r}: expected {expected}", row)
        return (time if time.tzinfo else time.replace(tzinfo=self.zone)).astimezone(UTC)

    def _number(
        self, row: int, field: str, texts: dict[str, str], low: float, high: float
    ) -> float | None:
        text = texts.get(field)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (low <= number <= high and math.isfinite(number)):
            bounds = f"from {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
            self._refuse(f"row {row}, field {field} is {text!r}: expected a number {bounds}", row)
        return number

    def _choice(
        self, row: int, field: str, texts: dict[str, str], choices: type[Choice]
    ) -> Choice | None:
        text = texts.get(field)
        if not text:
            return None
        word = text.casefold()
        if choices is Status and word in _STATUS_WORDS:
            word = _STATUS_WORDS[word]
        try:
            return choices(word)
        except ValueError:
            expected = ", ".join(choices)
            self._refuse(f"row {row}, field {field} is {text!r}: expected one of {expected}", row)

    def _refuse(
        self, what: str, row: int | None = None, cause: Exception | None = None
    ) -> NoReturn:
        raise BadInput(f"{self.path.name}: {what}.", ids=[] if row is None else [row]) from cause
