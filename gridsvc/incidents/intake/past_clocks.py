"""Clocks of cases that another system handed over still open: due from the day of the report.

Their due dates are what they would have been here, so that what is overdue shows as overdue. The
ladder of a case that was overdue already counts from the day it came in
(`rules.clock.climbs_from`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.calendars.models import CalendarDay
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.calendars.rules import Calendar
from gridsvc.incidents.clock import limit_of
from gridsvc.incidents.models import Category
from gridsvc.incidents.rules import ENDED, ClockEntryKind, LimitKind, Status
from gridsvc.incidents.rules.clock import DEFAULT_LIMIT, Due, due

COLUMNS = (
    "incident_id", "seq", "kind", "at", "limit_kind", "limit_count", "due_at", "uncertain",
    "reason",
)  # fmt: skip
#: From these on nobody has to work, so that time stands still.
_CHECKED = frozenset({Status.RESOLVED, Status.VERIFIED})
#: Due dates kept: days of ten years under a few limits; others are worked out case by case.
_KEPT = 20_000
_BY_THE_DAY = frozenset({LimitKind.WORKING_DAYS, LimitKind.WORKING_WEEK})


class PastClocks:
    """Works out due dates for one import; what many cases share is worked out once.

    Parameters
    ----------
    session : Session
        Reads categories and calendars.
    now : datetime
        Aware: when the cases are handed over.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._zone = office_zone(session)
        self._offices = tuple(session.scalars(select(CalendarDay.prefix).distinct()))
        self._due = lru_cache(_KEPT)(self._worked_out)
        self._calendar = cache(self._read)
        self._limit = cache(self._looked_up)

    def due(self, category_id: int, code: str | None, start: datetime) -> Due:
        """Return when a case of a category at a place is due that was reported then."""
        kind, count = self._limit(category_id)
        if kind in _BY_THE_DAY:
            # The hour does not matter: a day's cases share their due date.
            local = start.astimezone(self._zone)
            start = local.replace(hour=12, minute=0, second=0, microsecond=0)
        offices = frozenset(one for one in self._offices if (code or "").startswith(one))
        return self._due(kind, count, start, offices)

    def lines(
        self, number: int, status: Status, category_id: int, start: datetime, at: Due
    ) -> Iterator[tuple[Any, ...]]:
        """Give the lines of the ledger of a case that is still open."""
        kind, count = self._limit(category_id)
        began = ClockEntryKind.START.value, start, kind.value, count, at.due_at, at.uncertain
        yield (number, 1, *began, "import")
        if status in _CHECKED:
            stood = ClockEntryKind.PAUSE.value, self._now, None, None, None, False
            yield (number, 2, *stood, "import")

    @staticmethod
    def runs(status: Status) -> bool:
        """Tell whether the clock of a case in this state runs."""
        return status not in ENDED and status not in _CHECKED

    def _worked_out(
        self, kind: LimitKind, count: int | None, start: datetime, offices: frozenset[str]
    ) -> Due:
        return due(kind, count, start, self._calendar(offices), self._zone)

    def _read(self, offices: frozenset[str]) -> Calendar:
        # Prefixes of one code contain each other: the longest stands for them all.
        return calendar_for(self._session, max(offices, key=len, default=None), self._now)

    def _looked_up(self, category_id: int) -> tuple[LimitKind, int | None]:
        about = self._session.get(Category, category_id)
        return limit_of(about) if about else DEFAULT_LIMIT
