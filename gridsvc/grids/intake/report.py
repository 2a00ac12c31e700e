"""What came of an import: partial success has a type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gridsvc.errors import BadInput

_ROWS_NAMED = 5


class RowNote(NamedTuple):
    """What happened to one row of a file, counted from 1 without the header."""

    row: int
    text: str


class Finding(NamedTuple):
    """Something for a person to judge, at a place (lon, lat, EPSG:4326) where it has one."""

    kind: str
    codes: tuple[str, ...]
    text: str
    lon: float | None = None
    lat: float | None = None
    area_m2: float | None = None
    blocking: bool = False


@dataclass
class ImportReport:
    """What an import wrote, passed over and changed.

    Attributes
    ----------
    inserted : int
        Things that were new.
    replaced : int
        Things already known that got a new version, from the import's date on.
    created : list of str
        Codes of divisions made because the rows needed them as parents.
    skipped, repaired : list of RowNote
        Rows passed over with the reason, and rows loaded with what was mended.
    findings : list of Finding
        What the loaded territory has now: gaps, overlaps, buildings in no grid.
    notes : list of str
        What was assumed or decided for all rows at once.
    """

    inserted: int = 0
    replaced: int = 0
    created: list[str] = field(default_factory=list)
    skipped: list[RowNote] = field(default_factory=list)
    repaired: list[RowNote] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "inserted": self.inserted,
            "replaced": self.replaced,
            "created": self.created,
            "skipped": [note._asdict() for note in self.skipped],
            "repaired": [note._asdict() for note in self.repaired],
            "findings": [finding._asdict() for finding in self.findings],
            "notes": self.notes,
        }


def pass_over(
    faults: Sequence[RowNote], name: str, report: ImportReport, *, skip_faulty: bool
) -> set[int]:
    """Put faulty rows on the report's list of skipped ones, or refuse the whole file.

    Returns
    -------
    set of int
        The rows that must not be loaded.

    Raises
    ------
    BadInput
        There is a faulty row and the caller did not ask to skip such rows.
    """
    if not faults:
        return set()
    rows = {fault.row for fault in faults}
    if not skip_faulty:
        named = "; ".join(f"row {row}: {text}" for row, text in faults[:_ROWS_NAMED])
        more = f"; and {len(faults) - _ROWS_NAMED} more" if len(faults) > _ROWS_NAMED else ""
        raise BadInput(
            f"{name}: {len(rows)} of its rows cannot be loaded: {named}{more}. "
            "Mend them, or pass --skip-faulty to load the others.",
            ids=sorted(rows),
        )
    report.skipped.extend(faults)
    return rows


def counted(notes: Iterable[RowNote]) -> dict[str, int]:
    """Count notes by their text up to the first colon or bracket, most frequent first."""
    counts: dict[str, int] = {}
    for note in notes:
        kind = note.text.split(":")[0].split(" (")[0]
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
