"""Loading the services of the office from a CSV file; editions stay side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.services import record
from gridsvc.errors import BadInput
from gridsvc.grids.models import Division
from gridsvc.incidents.intake.catalogue_file import FileRow, rows
from gridsvc.public.models import PublicService
from gridsvc.service_points.rules import Tier


def _parted(text: Any) -> Any:
    return [one.strip() for one in str(text).split("|") if one.strip()]


Words = Annotated[str, Field(min_length=1, max_length=120)]
List = Annotated[list[Words], BeforeValidator(_parted), Field(max_length=12)]


class ServiceRow(FileRow):
    """A service; materials and tiers are parted by ``|``, an empty limit is no promise."""

    code: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    division: str | None = Field(None, pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")
    name: Words
    name_en: Words | None = None
    limit_days: int | None = Field(None, ge=0, le=366)
    materials: List = []
    materials_en: List = []
    fee: Words | None = None
    fee_en: Words | None = None
    tiers: Annotated[list[Tier], BeforeValidator(_parted)] = []
    rank: int = Field(100, ge=0, le=10_000)
    valid_from: date
    valid_to: date | None = None


@dataclass
class ServicesReport:
    """What an import did, in numbers."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)


def import_services(session: Session, file: Path) -> ServicesReport:
    """Load services; those that the file does not name stay as they are.

    What it has no column for stays as well. A service is known by code and ``valid_from``; giving
    it a ``valid_to`` retires it. Loading a file again changes nothing. Flushed, not committed.

    Raises
    ------
    BadInput
        A value cannot be read, a division is not there, or a service would be in force twice:
        row, field and what was expected. The caller rolls back.
    """
    report = ServicesReport()
    for number, row in rows(file, ServiceRow):
        if row.division is not None and session.get(Division, row.division) is None:
            raise BadInput(
                f"{file.name}: row {number}, field division: there is no division {row.division}.",
                [number],
            )
        if row.valid_to is not None and row.valid_to <= row.valid_from:
            text = f"{file.name}: row {number}: valid_to must lie after valid_from."
            raise BadInput(text, [number])
        if row.materials_en and len(row.materials_en) != len(row.materials):
            text = f"{file.name}: row {number}, field materials_en: name each material once."
            raise BadInput(text, [number])
        _store(session, row, report)
        session.flush()
        _require_one_at_a_time(session, file, number, row.code)
    record(session, None, "public_services.import", file.name, report.as_dict())
    return report


def _store(session: Session, row: ServiceRow, report: ServicesReport) -> None:
    values = row.model_dump(exclude={"division", "tiers"})
    values |= {"division_code": row.division, "tiers": [one.value for one in row.tiers]}
    key = {"code": row.code, "valid_from": row.valid_from}
    kept = session.scalar(select(PublicService).filter_by(**key))
    if kept is None:
        session.add(PublicService(**values))
        report.added += 1
        return
    told = row.columns | ({"division_code"} if "division" in row.columns else set())
    changes = {
        name: new for name, new in values.items() if name in told and getattr(kept, name) != new
    }
    for name, new in changes.items():
        setattr(kept, name, new)
    report.changed += bool(changes)
    report.unchanged += not changes


def _require_one_at_a_time(session: Session, file: Path, number: int, code: str) -> None:
    editions = session.scalars(
        select(PublicService).filter_by(code=code).order_by(PublicService.valid_from)
    ).all()
    for earlier, later in zip(editions, editions[1:], strict=False):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            raise BadInput(
                f"{file.name}: row {number}: {code} of {earlier.valid_from} is still in force on"
                f" {later.valid_from}: give it a valid_to.",
                [number],
            )
