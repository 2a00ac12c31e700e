"""When a period of reports closes: the days are an office's own, and have a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from gridsvc.reports.rules.periods import (
    CLOSING_DAYS,
    QUARTER_DAY,
    Period,
    PeriodKind,
    period_of,
)

#: What an office closes; months and free days are only looked at.
CLOSED = (PeriodKind.CYCLE, PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR)
#: A request is given up after 30 s and an idle transaction after 60 s: whatever happened longer
#: ago than this is in the records, so that figures of that instant never change.
SETTLING = timedelta(minutes=2)

_LAST_MONTHS = {
    PeriodKind.QUARTER: (3, 6, 9, 12),
    PeriodKind.HALF_YEAR: (6, 12),
    PeriodKind.YEAR: (12,),
}
_DAY = timedelta(days=1)
_MOST_DAYS = 31
#: Every month has these days; a later one would not cut February and June alike.
_QUARTER_DAYS = range(1, 29)


@dataclass(frozen=True)
class ClosingRule:
    """On which days an office closes.

    Attributes
    ----------
    closing_days : tuple of int
        Days of the month that end a cycle, themselves included.
    quarter_day : int
        Quarters, half-years and years end on this day of their last month.
    inclusive : bool
        Whether that day still belongs to them.
    """

    closing_days: tuple[int, ...] = CLOSING_DAYS
    quarter_day: int = QUARTER_DAY
    inclusive: bool = True


def rule_fault(closing_days: Sequence[int], quarter_day: int) -> str | None:
    """Say what is wrong with closing days, as a code, or ``None``."""
    days = list(closing_days)
    if not days or len(set(days)) != len(days) or not all(1 <= n <= _MOST_DAYS for n in days):
        return "closing_days"
    return None if quarter_day in _QUARTER_DAYS else "quarter_day"


def closing_period(kind: PeriodKind, day: date, rule: ClosingRule) -> Period:
    """Return the period that a day lies in, as an office closes it.

    Examples
    --------
    >>> half = closing_period(PeriodKind.HALF_YEAR, date(2026, 11, 22), ClosingRule())
    >>> half.start, half.last_day
    (datetime.date(2026, 6, 26), datetime.date(2026, 12, 25))
    """
    if kind is PeriodKind.CYCLE:
        return period_of(kind, day, rule.closing_days)
    after = _DAY if rule.inclusive else timedelta()
    cuts = [
        date(year, month, rule.quarter_day) + after
        for year in range(day.year - 2, day.year + 2)
        for month in _LAST_MONTHS[kind]
    ]
    start, end = next((a, b) for a, b in pairwise(cuts) if a <= day < b)
    return Period(kind, start, end)


@dataclass(frozen=True)
class Stretch(Period):
    """A period cut at instants: one that is closed by hand ends when it is closed.

    Attributes
    ----------
    since, until : datetime
        Aware; ``until`` does not belong to it.
    """

    since: datetime
    until: datetime

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants between which it lies, whatever the zone."""
        return self.since, self.until


def stretch(period: Period, since: datetime | None, now: datetime, zone: ZoneInfo) -> Stretch:
    """Cut a period where the one before was closed, and at the latest two minutes ago."""
    first, end = period.bounds(zone)
    return Stretch(period.kind, period.start, period.end, since or first, min(end, now - SETTLING))


def may_close(period: Period, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a period can be closed by hand: on its last day, or later."""
    opened = datetime.combine(period.last_day, time(), zone)
    return now - SETTLING > opened


def is_due(period: Period, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a period closes by itself: its last day is over, and what it held is written."""
    return now - SETTLING >= period.bounds(zone)[1]
