"""What counts as working time: worked days, opening hours, and how far the calendar is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridsvc.errors import RuleViolation

OPENING_HOURS = ((time(9), time(12)), (time(14), time(17, 30)))
"""The usual hours of a street office, local time."""

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
# No holiday lasts this long; an office that closes every day would be counted on for ever.
_LONGEST_CLOSURE = timedelta(days=366)


@dataclass(frozen=True)
class Calendar:
    """The days and hours in which an office works.

    Attributes
    ----------
    exceptions : mapping of date to bool
        Days that depart from the week: public holidays (False), make-up days (True), and the
        office's own days, which win over both.
    known_until : date
        The last day for which holidays are published; later days are judged by the week alone.
    hours : tuple of (time, time)
        Opening hours of a worked day in local time, in order, not overlapping.
    """

    exceptions: Mapping[date, bool]
    known_until: date
    hours: tuple[tuple[time, time], ...] = OPENING_HOURS

    def is_worked(self, day: date) -> bool:
        """Tell whether a day is worked: the exception, or else Monday to Friday."""
        return self.exceptions.get(day, day.weekday() < _SATURDAY)

    def knows(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Tell whether the holidays of an instant's local day are published."""
        return instant.astimezone(zone).date() <= self.known_until

    def next_worked(self, day: date) -> date:
        """Return the first worked day after ``day``.

        Raises
        ------
        RuleViolation
            The office works on no day of the year that follows.
        """
        last = day + _LONGEST_CLOSURE
        while day < last:
            day += _ONE_DAY
            if self.is_worked(day):
                return day
        raise RuleViolation(
            f"No day is worked in the year before {last}: correct the office's calendar."
        )

    def closing(self, day: date, zone: ZoneInfo) -> datetime:
        """Return when work ends on a day, worked or not; aware UTC."""
        return _instant(day, self.hours[-1][1], zone)

    def worked_between(self, start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
        """Return the working time from ``start`` to ``end``; 0 when ``end`` is not later."""
        total = timedelta(0)
        if end <= start:
            return total
        for opened, closed in self._open_from(start, zone):
            if opened >= end:
                break
            total += min(closed, end) - opened
        return total

    def after(self, start: datetime, amount: timedelta, zone: ZoneInfo) -> datetime:
        """Return the first instant by which ``amount`` of working time has passed; aware UTC.

        ``start`` itself for no amount; an amount that ends with the day ends at closing, not at
        the opening of the next day.
        """
        if amount <= timedelta(0):
            return start.astimezone(UTC)
        left = amount
        for opened, closed in self._open_from(start, zone):
            if closed - opened >= left:
                return opened + left
            left -= closed - opened
        raise AssertionError("opening hours have no end")

    def _open_from(self, start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans of working time from ``start`` on, without end; aware UTC."""
        start = start.astimezone(UTC)
        day = start.astimezone(zone).date()
        if not self.is_worked(day):
            day = self.next_worked(day)
        while True:
            for opened, closed in self.hours:
                span = max(_instant(day, opened, zone), start), _instant(day, closed, zone)
                if span[0] < span[1]:
                    yield span
            day = self.next_worked(day)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    # In UTC, because Python subtracts two times of one zone without looking at its shifts.
    return datetime.combine(day, at, zone).astimezone(UTC)
