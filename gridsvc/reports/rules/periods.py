"""The stretches of time that the office reports on: months, quarters, years, and its cycles."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

#: Days on which a cycle closes, the day itself included (domain: the 14th and the 28th).
CLOSING_DAYS = (14, 28)
#: Quarterly reports are due by this day of March, June, September and December (domain).
QUARTER_DAY = 25

_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


class PeriodKind(enum.StrEnum):
    """How long a period is; a cycle runs from one closing day to the next."""

    CYCLE = "cycle"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    DAYS = "days"


@dataclass(frozen=True)
class Period:
    """Days from ``start`` on, ``end`` not included."""

    kind: PeriodKind
    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - _DAY

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return its first instant and the first one after it, at the office's midnight."""
        return (
            datetime.combine(self.start, time(), zone),
            datetime.combine(self.end, time(), zone),
        )


def period_of(kind: PeriodKind, day: date, closing_days: Sequence[int] = CLOSING_DAYS) -> Period:
    """Return the period of a kind that a day lies in.

    Parameters
    ----------
    kind : PeriodKind
        Any but ``days``, which has no calendar.
    day : date
        Any day of it.
    closing_days : sequence of int
        Days of the month on which a cycle ends; one that a month does not have falls on its last.

    Examples
    --------
    >>> period_of(PeriodKind.QUARTER, date(2026, 11, 22)).start
    datetime.date(2026, 10, 1)
    >>> cycle = period_of(PeriodKind.CYCLE, date(2026, 3, 1))
    >>> cycle.start, cycle.last_day
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 14))
    """
    if kind is PeriodKind.CYCLE:
        return _cycle(day, closing_days)
    months = _MONTHS[kind.value]
    first = (day.month - 1) // months * months
    return Period(kind, date(day.year, first + 1, 1), _first_of(day.year, first + months))


def reporting_quarter(day: date, last_day: int = QUARTER_DAY, *, inclusive: bool = True) -> Period:
    """Return the quarter as it is reported: up to the 25th of its last month, with it or without.

    Examples
    --------
    >>> quarter = reporting_quarter(date(2026, 11, 22))
    >>> quarter.start, quarter.last_day
    (datetime.date(2026, 9, 26), datetime.date(2026, 12, 25))
    >>> reporting_quarter(date(2026, 12, 25), inclusive=False).start
    datetime.date(2026, 12, 25)
    """
    cuts = [
        date(year, month, last_day) + (_DAY if inclusive else timedelta())
        for year in (day.year - 1, day.year, day.year + 1)
        for month in (3, 6, 9, 12)
    ]
    start, end = next((a, b) for a, b in pairwise(cuts) if a <= day < b)
    return Period(PeriodKind.QUARTER, start, end)


def before(period: Period, closing_days: Sequence[int] = CLOSING_DAYS) -> Period:
    """Return the period of the same kind that ends where this one begins."""
    if period.kind is PeriodKind.DAYS:
        return Period(period.kind, period.start - timedelta(days=period.days), period.start)
    return period_of(period.kind, period.start - _DAY, closing_days)


def _cycle(day: date, closing_days: Sequence[int]) -> Period:
    ends = sorted(
        {
            _closing(day.year, day.month + shift, number)
            for shift in (-1, 0, 1)
            for number in closing_days
        }
    )
    start, end = next((a, b) for a, b in pairwise(ends) if a < day <= b)
    return Period(PeriodKind.CYCLE, start + _DAY, end + _DAY)


def _closing(year: int, month: int, number: int) -> date:
    last = _first_of(year, month) - _DAY
    return last.replace(day=min(number, last.day))


def _first_of(year: int, months: int) -> date:
    """Return the first day after so many months of a year."""
    return date(year + months // 12, months % 12 + 1, 1)
