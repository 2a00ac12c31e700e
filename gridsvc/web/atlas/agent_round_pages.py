"""Where agents are met in a week, and which of them are met on as many days as the quota says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask import Blueprint, render_template, request
from flask_babel import get_locale, gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.errors import NotFound
from gridsvc.grids.queries import shown
from gridsvc.service_points.rounds import AgentWeek, Meeting, agent_weeks, week_of
from gridsvc.targets.queries import in_force
from gridsvc.targets.rules import TargetKind, nearest
from gridsvc.visits.quotas import monday
from gridsvc.visits.rules import MIDDAY
from gridsvc.web import asked

blueprint = Blueprint("agent_rounds", __name__)

ROWS = 50
_WEEK = timedelta(days=7)


@blueprint.get("/service-points/rounds")
@requires(Permission.VIEW_PUBLIC_MAP)
def page() -> str:
    """List the meetings of a week by day; those of this week that are over are left out."""
    on, within = asked.day(), asked.within()
    scope = shown(edge.sight(), within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    week, meetings, still = _week(scope, monday(on))
    if not still and not request.args.get("on"):
        # On a Sunday nobody asks for the week that is over.
        week, meetings, still = _week(scope, week + _WEEK)
    number = asked.whole_number("page", 1, 1, 1000)
    rows = still[(number - 1) * ROWS : number * ROWS]
    weeks = agent_weeks(edge.session(), scope, week, meetings)
    owed = _owed(weeks, week)
    return render_template(
        "atlas/agent_rounds.html",
        days=[(day, list(few)) for day, few in groupby(rows, key=lambda one: one.day)],
        count=sum(not one.falls_out for one in still),
        stops=len({one.stop.hour.place or one.point.code for one in still if not one.falls_out}),
        lacking=[(one, quota) for one, quota in owed if one.days < quota],
        owed=len(owed),
        midday=MIDDAY,
        page=number,
        pages=-(-len(still) // ROWS),
        week=week,
        week_ends=week + timedelta(days=6),
        before=week - _WEEK,
        after=week + _WEEK,
        within=within,
        divisions=asked.divisions(),
        office=_office(),
        weekday=lambda day: get_day_names("wide", locale=get_locale())[day.weekday()],
    )


def _week(scope: Scope, week: date) -> tuple[date, list[Meeting], list[Meeting]]:
    """Return a week with its meetings, and those that are still to come."""
    meetings = week_of(edge.session(), scope, week, edge.now())
    return week, meetings, [one for one in meetings if not _over(one)]


def _over(one: Meeting) -> bool:
    now = edge.now().astimezone(ZoneInfo(edge.settings().time_zone))
    today = now.date()
    if one.day != today:
        # Of another week all is shown: who asks for it looks back on purpose.
        return one.day < today < monday(one.day) + _WEEK
    return one.stop.hour.closes <= now.time()


def _owed(weeks: Sequence[AgentWeek], week: date) -> list[tuple[AgentWeek, int]]:
    """Return the agents for whom a quota of days holds, each with it."""
    aims = in_force(edge.session(), TargetKind.AGENT_DAYS, week)
    paired = [(one, nearest(aims, one.found.grid_code)) for one in weeks]
    return [(one, quota) for one, quota in paired if quota is not None]


def _office() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.VIEW_REPORTS)
