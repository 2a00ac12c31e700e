"""Taking in cases from another system's file: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.errors import BadInput, NotFound
from gridsvc.geo.datum import Datum, to_wgs84
from gridsvc.geo.files.legible import require_legible
from gridsvc.grids.models import Division, DivisionLevel
from gridsvc.incidents.catalogue import Catalogue
from gridsvc.incidents.intake import past_clocks
from gridsvc.incidents.intake.case_order import CaseOrder, CaseReport
from gridsvc.incidents.intake.case_rows import Case, CaseFile
from gridsvc.incidents.intake.case_sieve import CaseSieve
from gridsvc.incidents.intake.history_places import HistoryPlaces, Place
from gridsvc.incidents.intake.past_clocks import PastClocks
from gridsvc.incidents.rules import ENDED, Level, Provenance, Status
from gridsvc.incidents.rules.clock import Due
from gridsvc.incidents.rules.free_text import screen

# A million rows stay well under 600 MB, and a chunk is long enough for the index to pay.
_CHUNK = 20_000
_SHIFTED = (Datum.GCJ02, Datum.BD09)

_INCIDENT = (
    "id", "kind", "category_id", "status", "level", "description", "geom", "datum",
    "original_lon", "original_lat", "accuracy_m", "provenance", "reported_at", "closed_at",
    "grid_code", "grid_boundary_id", "division_code", "team_id", "branch_id", "content_hash",
    "source", "source_ref", "received_at", "due_at", "sweep_at",
)  # fmt: skip
_GRID, _DIVISION = _INCIDENT.index("grid_code"), _INCIDENT.index("division_code")
_EVENT = ("incident_id", "seq", "at", "action", "from_status", "to_status", "detail")


def import_cases(
    session: Session,
    file: CaseFile,
    order: CaseOrder,
    step: Callable[[int], None] = lambda _: None,
) -> CaseReport:
    """Load cases with the grid, team and branch of the day they were reported on.

    Calling it twice is safe: a case of the same source and number is skipped as already there.

    Parameters
    ----------
    session : Session
        Flushed, not committed.
    file : CaseFile
        Read in one pass.
    order : CaseOrder
        Source, catalogue, datum.
    step : callable
        Told the number of rows read so far.

    Returns
    -------
    CaseReport

    Raises
    ------
    BadInput
        A row cannot be read, or its category is unknown; the caller rolls back.
    NotFound
        The default division does not exist.
    Conflict
        A case that is there already came with other content.
    """
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
    if order.division_code and session.get(Division, order.division_code) is None:
        raise NotFound(f"There is no division {order.division_code}.", ids=[order.division_code])
    writer = _Writer(session, file, order)
    cases = file.cases()
    while chunk := list(islice(cases, _CHUNK)):
        texts = pd.DataFrame(
            [(case.category, case.description) for case in chunk],
            columns=["category", "description"],
            index=[case.row for case in chunk],
        )
        require_legible(texts, file.path.name)
        writer.write(chunk)
        step(chunk[-1].row)
    return writer.report


class _Writer:
    """Writes chunk after chunk of one file."""

    def __init__(self, session: Session, file: CaseFile, order: CaseOrder) -> None:
        self.report = CaseReport()
        self._session = session
        self._file = file
        self._order = order
        self._sieve = CaseSieve(session, file.path.name, order, self.report)
        self._catalogue = Catalogue(session, order.standard)
        self._places = HistoryPlaces(session)
        self._now = datetime.now(UTC)
        self._clocks = PastClocks(session, self._now)
        self._levels = {
            level.digits: Level(level.code)
            for level in session.scalars(select(DivisionLevel))
            if level.code in set(Level)
        }

    def write(self, chunk: list[Case]) -> None:
        cases = self._sieve.unknown(self._sieve.sound(chunk))
        if not cases:
            return
        given = np.array([(case.lon, case.lat) for case in cases], dtype=float)
        lon, lat = to_wgs84(given[:, 0], given[:, 1], self._order.datum)
        days = [case.reported_at.astimezone(self._file.zone).date() for case in cases]
        places = self._places.place(lon, lat, days)
        points = shapely.set_srid(shapely.points(lon, lat), 4326)
        shapes = shapely.to_wkb(points, hex=True, include_srid=True)
        ids = self._session.scalars(text(_NEXT_IDS), {"count": len(cases)}).all()
        rows = [
            self._row(number, case, shape, place)
            for number, case, shape, place in zip(ids, cases, shapes, places, strict=True)
        ]
        copy_rows(self._session, "incident", _INCIDENT, rows)
        both = list(zip(ids, cases, strict=True))
        events = (e for n, case in both for e in _events(n, case, self._now))
        copy_rows(self._session, "incident_event", _EVENT, events)
        told = zip(rows, cases, strict=True)
        lines = (line for row, case in told for line in self._lines(row, case))
        copy_rows(self._session, "clock_entry", past_clocks.COLUMNS, lines)
        self.report.inserted += len(cases)

    def _row(self, number: int, case: Case, shape: str, place: Place) -> tuple[Any, ...]:
        has_place = case.lon is not None
        division = place.division_code or self._order.division_code
        if not has_place:
            self.report.without_place += 1
        elif place.grid_code is None:
            self.report.outside_every_grid += 1
        shifted = has_place and self._order.datum in _SHIFTED
        category = self._category(case)
        at = self._due(case, category, place.grid_code or division)
        runs = at is not None and self._clocks.runs(case.status)
        self._count(case, at)
        return (
            number,
            case.kind.value,
            category,
            case.status.value,
            (case.level or self._level(place, division)).value,
            case.description,
            shape if has_place else None,
            self._order.datum.value,
            case.lon if shifted else None,
            case.lat if shifted else None,
            case.accuracy_m,
            (Provenance.IMPORT if has_place else Provenance.NONE).value,
            case.reported_at,
            case.closed_at,
            place.grid_code,
            place.grid_boundary_id,
            division,
            place.team_id,
            place.branch_id,
            case.content_hash,
            self._order.source,
            case.source_ref,
            self._now,
            at.due_at if at is not None and runs else None,
            self._now if runs else None,
        )

    def _lines(self, row: tuple[Any, ...], case: Case) -> Iterator[tuple[Any, ...]]:
        number, category = row[0], row[2]
        at = self._due(case, category, row[_GRID] or row[_DIVISION])
        if at is None:
            return iter(())
        return self._clocks.lines(number, case.status, category, case.reported_at, at)

    def _due(self, case: Case, category: int, code: str | None) -> Due | None:
        """Return when a case is due that is still open: most of a file have ended."""
        ended = case.status in ENDED
        return None if ended else self._clocks.due(category, code, case.reported_at)

    def _count(self, case: Case, at: Due | None) -> None:
        self.report.personal_numbers += bool(case.description and screen(case.description))
        if at is not None:
            self.report.clocks += 1
            self.report.overdue += self._clocks.runs(case.status) and at.due_at < self._now

    def _level(self, place: Place, division: str | None) -> Level:
        """Let the smallest level answer that has somebody: a grid, or the division's supervisor."""
        if place.grid_code is not None:
            return Level.GRID
        return self._levels.get(len(division or ""), Level.DISTRICT)

    def _category(self, case: Case) -> int:
        found = self._catalogue.find(case.kind, case.category)
        if found is not None:
            return found
        if not self._order.new_categories:
            names = ", ".join(self._catalogue.names(case.kind)[:12]) or "none yet"
            raise BadInput(
                f"{self._file.path.name}: row {case.row}, field category is {case.category!r}: "
                f"expected one of {self._order.standard} for {case.kind} ({names}), "
                "or pass --new-categories.",
                ids=[case.row],
            )
        self.report.notes.append(f"new category: {case.category}")
        return self._catalogue.add(case.kind, case.category)


_NEXT_IDS = """
    select nextval(pg_get_serial_sequence('gridsvc.incident', 'id'))
    from generate_series(1, :count)
"""


def _events(number: int, case: Case, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Write the history that the file tells: reported, then its state at the import or its end."""
    reported = Status.REPORTED.value
    yield number, 1, case.reported_at, "report", None, reported, "{}"
    if case.closed_at is not None:
        yield number, 2, case.closed_at, "close", reported, case.status.value, "{}"
    elif case.status is not Status.REPORTED:
        yield number, 2, now, "import", reported, case.status.value, "{}"
