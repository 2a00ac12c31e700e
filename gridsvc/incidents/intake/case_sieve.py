"""Which cases of a file are taken in: those that agree with themselves and are not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.errors import Conflict
from gridsvc.grids.intake.report import RowNote
from gridsvc.incidents.intake.case_order import CaseOrder, CaseReport
from gridsvc.incidents.intake.case_rows import Case
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import ENDED


class CaseSieve:
    """Passes on the cases of one file that are to be loaded; the others are noted with why.

    Parameters
    ----------
    session : Session
        Read from alone.
    name : str
        Of the file, for what is said.
    order : CaseOrder
        The source, and the moment after which nothing can have been reported.
    report : CaseReport
        Gets a line for every case that is left out.
    """

    def __init__(self, session: Session, name: str, order: CaseOrder, report: CaseReport) -> None:
        self._session = session
        self._name = name
        self._order = order
        self._report = report

    def sound(self, chunk: Iterable[Case]) -> Iterator[Case]:
        """Pass cases on whose own times and status agree."""
        for case in chunk:
            reason = _fault(case, self._order.now)
            if reason is None:
                yield case
            else:
                self._report.skipped.append(RowNote(case.row, reason))

    def unknown(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases that are not there yet.

        Raises
        ------
        Conflict
            One is there with other content.
        """
        cases, new = list(cases), []
        refs = [case.source_ref for case in cases]
        query = select(Incident.source_ref, Incident.content_hash).where(
            Incident.source == self._order.source, Incident.source_ref.in_(refs)
        )
        known = {row.source_ref: row.content_hash for row in self._session.execute(query)}
        for case in cases:
            if case.source_ref not in known:
                known[case.source_ref] = case.content_hash
                new.append(case)
                continue
            if known[case.source_ref] != case.content_hash:
                raise Conflict(
                    f"{self._name}: row {case.row}, case {case.source_ref} of "
                    f"{self._order.source} is there already with other content; what was "
                    "reported is not rewritten: take the row out, or give another --source.",
                    ids=[case.source_ref],
                )
            self._report.skipped.append(RowNote(case.row, "already there"))
        return new


def _fault(case: Case, now: datetime | None) -> str | None:
    if now is not None and max(case.reported_at, case.closed_at or case.reported_at) > now:
        return "reported or closed in the future"
    if case.closed_at is not None and case.closed_at < case.reported_at:
        return "closed before it was reported"
    if case.status in ENDED and case.closed_at is None:
        return f"{case.status} without a time of closing"
    if case.status not in ENDED and case.closed_at is not None:
        return f"{case.status} with a time of closing"
    return None
