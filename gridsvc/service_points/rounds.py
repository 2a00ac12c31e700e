"""The rounds of agents in one week: which agent point is met where and when, never who walks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import calendar_for
from gridsvc.service_points.models import ServicePoint
from gridsvc.service_points.queries import Found, Stop, points_on, stops
from gridsvc.service_points.rules import Tier

_COMMUNITY_DIGITS = 12


@dataclass(frozen=True)
class Meeting:
    """A stop of an agent's round on a day; ``falls_out`` when the office has a day off."""

    found: Found
    stop: Stop
    day: date
    falls_out: bool

    @property
    def point(self) -> ServicePoint:
        """The agent point whose round it is."""
        return self.found.point


@dataclass(frozen=True)
class AgentWeek:
    """An agent point, and on how many days of a week its agent is met."""

    found: Found
    days: int


def week_of(session: Session, scope: Scope, monday: date, now: datetime) -> list[Meeting]:
    """Return the meetings with agents in a week, by day and time.

    A plan, not a record: nobody's whereabouts are kept. Points count under the grids of each day.
    """
    days = [monday + timedelta(days=n) for n in range(7)]
    off = closed_days(session, now)
    told: list[Meeting] = []
    found = {day: points_on(session, scope, day, tier=Tier.AGENT) for day in (days[0], days[-1])}
    agents = {one.point.id: one for several in found.values() for one in several}
    known = stops(session, list(agents))
    for one in agents.values():
        first, last = one.point.valid_from, one.point.valid_to
        for stop in known.get(one.point.id, []):
            day = days[stop.hour.weekday]
            if first <= day and (last is None or day < last):
                told.append(Meeting(one, stop, day, off(one.grid_code, day)))
    return sorted(told, key=lambda m: (m.day, m.stop.hour.opens, m.point.code, m.stop.hour.id))


def agent_weeks(
    session: Session, scope: Scope, monday: date, meetings: list[Meeting]
) -> list[AgentWeek]:
    """Count the days on which each agent of a scope is met in a week, in order of code."""
    days: dict[int, set[date]] = {}
    for one in meetings:
        if not one.falls_out:
            days.setdefault(one.point.id, set()).add(one.day)
    agents = points_on(session, scope, monday, tier=Tier.AGENT)
    return [AgentWeek(one, len(days.get(one.point.id, ()))) for one in agents]


def closed_days(session: Session, now: datetime) -> Callable[[str, date], bool]:
    """Return a question: is a day off at a grid, by the holidays and by its office's own days?

    A weekend is no day off here: whoever is met on Saturdays says so in the hours.
    """

    @cache
    def calendar(community: str) -> dict[date, bool]:
        return dict(calendar_for(session, community, now).exceptions)

    return lambda code, day: calendar(code[:_COMMUNITY_DIGITS]).get(day) is False
