"""Loading the catalogue: editions stay side by side, a retired entry says what it has become."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.services import record
from gridsvc.errors import BadInput
from gridsvc.incidents.intake.catalogue_file import URGENT_COLUMNS, EntryRow, QuestionRow, rows
from gridsvc.incidents.models import Category, CategoryCrosswalk, CategoryLimit, CategoryQuestion
from gridsvc.incidents.rules import Kind, Urgency

Key = tuple[str, Kind, str]


@dataclass
class CatalogueReport:
    """What an import did, in numbers."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    successions: int = 0
    questions: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)


def import_categories(
    session: Session, entries: Path, questions: Path | None = None
) -> CatalogueReport:
    """Load entries and their questions; entries that the file does not name stay as they are.

    An entry is known by standard, kind, code and ``valid_from``. Loading a file again changes
    nothing; giving an entry a ``valid_to`` retires it. Of a column that the file has not, an entry
    keeps what it has: a file of names must not open what is sensitive. Flushed, not committed.

    Raises
    ------
    BadInput
        A value cannot be read, an entry would be in force twice, or a successor is not there;
        the caller rolls back.
    """
    report = CatalogueReport()
    read = list(rows(entries, EntryRow))
    for number, row in read:
        _store(session, entries, number, row, report)
    session.flush()
    for number, row in read:
        _require_one_at_a_time(session, entries, number, row)
        for standard, code in row.becomes:
            _succeed(session, entries, number, row, (standard, row.kind, code), report)
    if questions is not None:
        _ask(session, questions, report)
    session.flush()
    record(session, None, "catalogue.import", entries.name, report.as_dict())
    return report


def _store(
    session: Session, path: Path, number: int, row: EntryRow, report: CatalogueReport
) -> None:
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise BadInput(f"{path.name}: row {number}: valid_to must lie after valid_from.", [number])
    values = row.model_dump(exclude={"becomes", "becomes_from", *URGENT_COLUMNS})
    key = {name: values[name] for name in ("standard", "kind", "code", "valid_from")}
    entry = session.scalar(select(Category).filter_by(**key))
    told = {name: values[name] for name in row.columns & values.keys()} if entry else values
    if _is(entry, told, "sensitive") and _is(entry, told, "public"):
        raise BadInput(f"{path.name}: row {number} is sensitive and public: one of them.", [number])
    if entry is None:
        entry = Category(**values)
        session.add(entry)
        session.flush()
        _limit(session, entry, row)
        report.added += 1
        return
    changes = {name: new for name, new in told.items() if getattr(entry, name) != new}
    for name, new in changes.items():
        setattr(entry, name, new)
    changed = _limit(session, entry, row) or bool(changes)
    report.changed += changed
    report.unchanged += not changed


def _is(entry: Category | None, told: dict[str, Any], name: str) -> bool:
    return bool(told.get(name, getattr(entry, name, False)))


def _limit(session: Session, entry: Category, row: EntryRow) -> bool:
    """Keep the limits of an entry's urgent cases, and tell whether any changed."""
    changed = False
    for urgency in (Urgency.URGENT, Urgency.IMMEDIATE):
        if f"{urgency.value}_limit_kind" not in row.columns:
            continue
        kind, count = (getattr(row, f"{urgency.value}_limit_{part}") for part in ("kind", "count"))
        kept = session.get(CategoryLimit, (entry.id, urgency))
        before = (kept.limit_kind, kept.limit_count) if kept else (None, None)
        if before == (kind, count if kind else None):
            continue
        changed = True
        if kept is not None:
            session.delete(kept)
            session.flush()
        if kind is not None:
            made = CategoryLimit(category_id=entry.id, urgency=urgency, limit_kind=kind)
            made.limit_count = count
            session.add(made)
    return changed


def _require_one_at_a_time(session: Session, path: Path, number: int, row: EntryRow) -> None:
    editions = _editions(session, (row.standard, row.kind, row.code))
    for earlier, later in zip(editions, editions[1:], strict=False):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            raise BadInput(
                f"{path.name}: row {number}: {row.standard}/{row.code} of {earlier.valid_from} is "
                f"still in force on {later.valid_from}: give it a valid_to.",
                [number],
            )


def _succeed(
    session: Session,
    path: Path,
    number: int,
    row: EntryRow,
    heir: Key,
    report: CatalogueReport,
) -> None:
    since = row.becomes_from or row.valid_to
    if since is None:
        raise BadInput(f"{path.name}: row {number}: becomes needs becomes_from or valid_to.")
    heirs = [
        one for one in _editions(session, heir) if one.valid_to is None or one.valid_to > since
    ]
    own = select(Category.id).filter_by(
        standard=row.standard, kind=row.kind, code=row.code, valid_from=row.valid_from
    )
    own_id = session.scalars(own).one()
    heirs = [one for one in heirs if one.id != own_id]
    if not heirs:
        raise BadInput(
            f"{path.name}: row {number}, field becomes: there is no {heir[0]}/{heir[2]} of kind "
            f"{heir[1].value} in force from {since} on.",
            [number],
        )
    session.execute(delete(CategoryCrosswalk).filter_by(from_id=own_id, to_id=heirs[0].id))
    session.add(CategoryCrosswalk(from_id=own_id, to_id=heirs[0].id, valid_from=since))
    session.flush()
    report.successions += 1


def _ask(session: Session, path: Path, report: CatalogueReport) -> None:
    """Replace the questions of every entry that the file names, in its newest edition."""
    cleared: set[int] = set()
    for number, row in rows(path, QuestionRow):
        editions = _editions(session, (row.standard, row.kind, row.code))
        if not editions:
            raise BadInput(
                f"{path.name}: row {number}: there is no entry {row.standard}/{row.code} of kind "
                f"{row.kind.value}.",
                [number],
            )
        if row.datatype.endswith("list") and not row.choices:
            raise BadInput(f"{path.name}: row {number}: a list needs choices.", [number])
        entry = editions[-1].id
        if entry not in cleared:
            cleared.add(entry)
            session.execute(delete(CategoryQuestion).filter_by(category_id=entry))
        session.execute(insert(CategoryQuestion).values(_question(row, entry)))
        report.questions += 1


def _question(row: QuestionRow, category_id: int) -> dict[str, Any]:
    own = ("rank", "datatype", "required", "prompt", "prompt_en")
    return {name: getattr(row, name) for name in own} | {
        "category_id": category_id,
        "code": row.question,
        "choices": [{"key": key, "name": name} for key, name in row.choices],
    }


def _editions(session: Session, key: Key) -> list[Category]:
    standard, kind, code = key
    chosen = select(Category).filter_by(standard=standard, kind=kind, code=code)
    return list(session.scalars(chosen.order_by(Category.valid_from)))
