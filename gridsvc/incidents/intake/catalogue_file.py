"""The catalogue as two CSV files: entries with editions and crosswalk; their extra questions."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from gridsvc.errors import BadInput
from gridsvc.incidents.rules import Kind, LimitKind

_CODE = r"^[A-Za-z0-9_-]{1,40}$"


class FileRow(BaseModel):
    """A row of a CSV file, with the columns that the file has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    _columns: frozenset[str] = PrivateAttr(frozenset())

    @property
    def columns(self) -> frozenset[str]:
        """What the file's header names: of the rest it says nothing, not even that it is empty."""
        return self._columns


class _Row(FileRow):
    standard: str = Field(pattern=r"^[^/|]{1,60}$")
    kind: Kind
    code: str = Field(pattern=_CODE)


class EntryRow(_Row):
    """An entry of an edition; ``becomes`` lists ``standard/code``, parted by ``|``."""

    name: str = Field(min_length=1, max_length=60)
    name_en: str | None = None
    sensitive: bool = False
    public: bool = False
    limit_kind: LimitKind | None = None
    limit_count: int | None = Field(None, ge=1, le=1000)
    urgent_limit_kind: LimitKind | None = None
    urgent_limit_count: int | None = Field(None, ge=1, le=1000)
    immediate_limit_kind: LimitKind | None = None
    immediate_limit_count: int | None = Field(None, ge=1, le=1000)
    duplicate_radius_m: float = Field(100, ge=0, le=10_000)
    duplicate_days: int = Field(14, ge=0, le=365)
    photo_required: bool = False
    emergency_phone: str | None = Field(None, max_length=20)
    rank: int = Field(100, ge=0, le=10_000)
    valid_from: date
    valid_to: date | None = None
    becomes: tuple[tuple[str, str], ...] = ()
    becomes_from: date | None = None

    @field_validator("becomes", mode="before")
    @classmethod
    def _parted(cls, text: Any) -> Any:
        pairs = [tuple(one.strip().split("/")) for one in str(text).split("|") if one.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("expected standard/code, several parted by |")
        return pairs


#: Columns of an entry that say how soon its urgent cases must end.
URGENT_COLUMNS = frozenset(
    f"{urgency}_limit_{part}" for urgency in ("urgent", "immediate") for part in ("kind", "count")
)


class QuestionRow(_Row):
    """An extra question; ``choices`` are ``key=text`` parted by ``|``."""

    question: str = Field(pattern=_CODE)
    rank: int = Field(ge=1)
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = False
    prompt: str = Field(min_length=1, max_length=200)
    prompt_en: str | None = None
    choices: tuple[tuple[str, str], ...] = ()

    @field_validator("choices", mode="before")
    @classmethod
    def _parted(cls, text: Any) -> Any:
        pairs = [tuple(one.strip().split("=", 1)) for one in str(text).split("|") if one.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("expected key=text, several parted by |")
        return pairs


Row = TypeVar("Row", bound=FileRow)


def rows(path: Path, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    """Read a file's rows with their numbers; an empty value counts as not given.

    Raises
    ------
    BadInput
        The file, a row or a value cannot be read: row, field and what was expected.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, texts in enumerate(csv.DictReader(lines, strict=True), start=1):
                yield number, _row(path, number, texts, kind)
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path.name} is not UTF-8 text: save it as that.") from fault
    except csv.Error as fault:
        raise BadInput(f"{path.name} is not CSV that can be read ({fault}).") from fault


def _row(path: Path, number: int, texts: dict[str | Any, Any], kind: type[Row]) -> Row:
    if None in texts or None in texts.values():
        raise BadInput(f"{path.name}: row {number} has more or fewer values than the header.")
    given = {name.strip(): text.strip() for name, text in texts.items() if text.strip()}
    try:
        row = kind.model_validate(given)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        value = f" is {first['input']!r}" if isinstance(first["input"], str) else ""
        raise BadInput(
            f"{path.name}: row {number}, field {field}{value}:"
            f" {first['msg'].removeprefix('Value error, ')}.",
            [number],
        ) from fault
    row._columns = frozenset(name.strip() for name in texts)
    return row
