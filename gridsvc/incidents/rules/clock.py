"""When a case is due, how much of its time is used, and what a pause or more time changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gridsvc.calendars.rules import Calendar
from gridsvc.incidents.rules import LimitKind, Urgency

DEFAULT_LIMIT = (LimitKind.WORKING_DAYS, 5)
"""Where a category sets none."""

URGENT_LIMITS: Mapping[Urgency, tuple[LimitKind, int | None]] = {
    Urgency.URGENT: (LimitKind.SAME_DAY, None),
    Urgency.IMMEDIATE: (LimitKind.IMMEDIATE, 2),
}
"""Of cases that somebody made more urgent, where the category has no limit of its own for them."""

DAYS_A_WEEK = 5
"""A working week is five worked days, in whatever calendar week they fall."""

Pause = tuple[datetime, datetime]


@dataclass(frozen=True)
class Due:
    """When a case is due; ``uncertain`` where holidays so far ahead are not published yet."""

    due_at: datetime
    uncertain: bool


def due(
    limit_kind: LimitKind,
    limit_count: int | None,
    start: datetime,
    calendar: Calendar,
    zone: ZoneInfo,
) -> Due:
    """Work out when a limit that starts now ends.

    * immediate: ``limit_count`` hours of any day, by night too; one where no count is given.
    * same day: the end of work today, or of the next worked day when work has ended.
    * working hours: so many hours of opening time.
    * working days: the end of work on the n-th worked day after the day of the report, which
      is not counted itself (Civil Code of the PRC, articles 201 and 203).
    * working week: five working days for each.

    Parameters
    ----------
    limit_kind : LimitKind
        How it is counted.
    limit_count : int or None
        Of what; 1 when not given.
    start : datetime
        Aware.
    calendar : Calendar
        Of the place.
    zone : ZoneInfo
        The office's.
    """
    count = limit_count or 1
    day = start.astimezone(zone).date()
    match limit_kind:
        case LimitKind.IMMEDIATE:
            return Due(start.astimezone(UTC) + timedelta(hours=count), False)
        case LimitKind.WORKING_HOURS:
            at = calendar.after(start, timedelta(hours=count), zone)
        case LimitKind.SAME_DAY:
            open_today = calendar.is_worked(day) and start < calendar.closing(day, zone)
            at = calendar.closing(day if open_today else calendar.next_worked(day), zone)
        case LimitKind.WORKING_DAYS | LimitKind.WORKING_WEEK:
            days = count * DAYS_A_WEEK if limit_kind is LimitKind.WORKING_WEEK else count
            for _ in range(days):
                day = calendar.next_worked(day)
            at = calendar.closing(day, zone)
    return Due(at, not calendar.knows(at, zone))


def extended(due_at: datetime, working_days: int, calendar: Calendar, zone: ZoneInfo) -> Due:
    """Give more time, counted from when the case was due, not from when more was asked for."""
    return due(LimitKind.WORKING_DAYS, working_days, due_at, calendar, zone)


class Measure(Protocol):
    """A way to measure time: by opening hours, or by the clock on the wall."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much time passes; never negative."""
        ...

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return when so much time has passed."""
        ...


class Elapsed:
    """Every hour counts, by night and on holidays: what an immediate limit is measured by."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the time from start to end, 0 when the end is not later."""
        return max(end - start, timedelta(0))

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the start moved by the amount."""
        return start + amount


@dataclass(frozen=True)
class WorkingTime:
    """Only opening hours count, so that no half of a limit is used up by a weekend."""

    calendar: Calendar
    zone: ZoneInfo

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the opening time from start to end."""
        return self.calendar.worked_between(start, end, self.zone)

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return when so much opening time has passed."""
        return self.calendar.after(start, amount, self.zone)


def measure(limit_kind: LimitKind | None, calendar: Calendar, zone: ZoneInfo) -> Measure:
    """Return what a limit is measured by."""
    return Elapsed() if limit_kind is LimitKind.IMMEDIATE else WorkingTime(calendar, zone)


def resumed(due_at: datetime, pause: Pause, by: Measure) -> datetime:
    """Return when a case is due after a pause: what was left before it is left after it.

    A case that was overdue when it was paused stays due when it was.
    """
    paused_at, resumed_at = pause
    if due_at <= paused_at:
        return due_at
    return by.after(resumed_at, by.between(paused_at, due_at))


def share_used(
    started_at: datetime,
    due_at: datetime,
    pauses: Iterable[Pause],
    now: datetime,
    by: Measure | None = None,
) -> float:
    """Return the share of the limit that is used: 1.0 when due, more when overdue.

    Parameters
    ----------
    started_at, due_at, now : datetime
        Aware; ``due_at`` is the moment that already contains the pauses.
    pauses : iterable of (datetime, datetime)
        From and until, ended, before ``now``.
    by : Measure, optional
        What time is measured by; elapsed time when not given.
    """
    by, pauses = by or Elapsed(), tuple(pauses)
    limit = _limit(started_at, due_at, pauses, by)
    used = by.between(started_at, now) - _total(pauses, by)
    if limit <= timedelta(0):
        return 1.0 if now >= due_at else 0.0
    return max(used / limit, 0.0)


def reached_at(
    started_at: datetime,
    due_at: datetime,
    pauses: Iterable[Pause],
    percent: int,
    by: Measure,
    since: datetime | None = None,
) -> datetime:
    """Return when a share of the limit is used up, if nothing pauses the clock before.

    With ``since``, when so much of a limit as long as this one is used up that begins then.
    """
    pauses = tuple(pauses)
    limit = max(_limit(started_at, due_at, pauses, by), timedelta(0))
    counted = [one for one in pauses if since is None or one[0] >= since]
    return by.after(since or started_at, limit * percent / 100 + _total(counted, by))


def climbs_from(started_at: datetime, due_at: datetime, came_at: datetime) -> datetime:
    """Return from when the ladder counts: the start, or for an old case the day that it came in.

    A case that was overdue already when another system handed it over keeps its due date, so that
    lists and rates tell the truth. Its people hear of it at the same shares of the same limit as
    if it had been reported on that day: nobody could act on a rung before, and a thousand old
    cases must not reach the district in one night.
    """
    return came_at if due_at <= came_at else started_at


def _limit(
    started_at: datetime, due_at: datetime, pauses: Iterable[Pause], by: Measure
) -> timedelta:
    """Return the time that was given: a pause of what was overdue already has moved no due time."""
    moving = [pause for pause in pauses if pause[0] < due_at]
    return by.between(started_at, due_at) - _total(moving, by)


def _total(pauses: Iterable[Pause], by: Measure) -> timedelta:
    return sum((by.between(*one) for one in pauses), timedelta(0))
