"""What became of the agents' weekly plan: days planned, days with a recorded round, the quota.

Places and days alone: which grid a round was walked in is recorded, who walked it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import locating
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.queries import Found
from gridsvc.service_points.rounds import Meeting, agent_weeks
from gridsvc.targets.queries import in_force
from gridsvc.targets.rules import TargetKind, nearest
from gridsvc.visits.models import Visit

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class AgentDays:
    """The days of an agent point in a week.

    Attributes
    ----------
    planned : int
        Days of its plan, without days off.
    due : int
        Those of them that have begun.
    done : int
        Those of them on which a round was recorded in a grid where the agent was to be met.
    quota : int or None
        Days a week that are aimed at there; None: none is set.
    """

    found: Found
    planned: int
    due: int
    done: int
    quota: int | None

    @property
    def lacking(self) -> bool:
        """Whether fewer days are planned than the quota says."""
        return self.quota is not None and self.planned < self.quota


def agent_days(
    session: Session,
    scope: Scope,
    week: date,
    meetings: Sequence[Meeting],
    today: date,
    as_of: datetime,
) -> list[AgentDays]:
    """Compare plan, records and quota of each agent of a scope, those that lack most first.

    Parameters
    ----------
    week : date
        Its Monday.
    meetings : sequence of Meeting
        Of that week, from `gridsvc.service_points.rounds.week_of`.
    today : date
        In the office's time zone; later days are still to come.
    as_of : datetime
        Rounds recorded later are not counted. Served by ``ix_visit_grid_code_visited_on``.
    """
    held = [one for one in meetings if not one.falls_out]
    grids = _grids(session, {one.stop.hour.id for one in held}, week)
    walked = _walked(session, {code for codes in grids.values() for code in codes}, week, as_of)
    begun, kept = set(), set()
    for one in held:
        if one.day <= today:
            begun.add((one.point.id, one.day))
        if any((code, one.day) in walked for code in grids[one.stop.hour.id]):
            kept.add((one.point.id, one.day))
    due, done = (Counter(point for point, _ in days) for days in (begun, kept & begun))
    aims = in_force(session, TargetKind.AGENT_DAYS, week)
    told = [
        AgentDays(
            one.found,
            one.days,
            due[one.found.point.id],
            done[one.found.point.id],
            nearest(aims, one.found.grid_code),
        )
        for one in agent_weeks(session, scope, week, list(meetings))
    ]
    return sorted(told, key=lambda one: (not one.lacking, one.done - one.due, one.found.point.code))


def _grids(session: Session, hours: set[int], week: date) -> dict[int, set[str]]:
    """Return the grids of the places of hours: by the first and the last day of the week.

    A map that came in force in between may have given the place another code.
    """
    place = func.coalesce(ServiceHour.geom, ServicePoint.geom)
    found: dict[int, set[str]] = {number: set() for number in hours}
    for day in (week, week + _WEEK - timedelta(days=1)):
        grid = locating(place, day).correlate(ServiceHour, ServicePoint).scalar_subquery()
        rows = session.execute(
            select(ServiceHour.id, grid)
            .join(ServicePoint, ServicePoint.id == ServiceHour.service_point_id)
            .where(ServiceHour.id.in_(hours))
        )
        for number, code in rows:
            found[number] |= {code} - {None}
    return found


def _walked(
    session: Session, codes: set[str], week: date, as_of: datetime
) -> set[tuple[str, date]]:
    rows = session.execute(
        select(Visit.grid_code, Visit.visited_on)
        .where(
            Visit.grid_code.in_(codes),
            Visit.visited_on >= week,
            Visit.visited_on < week + _WEEK,
            Visit.recorded_at <= as_of,
        )
        .distinct()
    )
    return {(code, day) for code, day in rows}
