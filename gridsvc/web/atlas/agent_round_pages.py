"""Where agents are met in a week; for the office also what became of that plan."""

from __future__ import annotations

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
from gridsvc.service_points.rounds import Meeting, week_of
from gridsvc.visits.agent_days import agent_days
from gridsvc.visits.quotas import monday
from gridsvc.visits.rules import MIDDAY
from gridsvc.web import asked

blueprint = Blueprint("agent_rounds", __name__)

ROWS = 50
#: Agents that the page names, those that lack most first.
AGENTS = 200
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
    office = _office()
    now = edge.now()
    agents = agent_days(edge.session(), scope, week, meetings, edge.today(), now) if office else []
    return render_template(
        "atlas/agent_rounds.html",
        days=[(day, list(few)) for day, few in groupby(rows, key=lambda one: one.day)],
        count=sum(not one.falls_out for one in still),
        stops=len({one.stop.hour.place or one.point.code for one in still if not one.falls_out}),
        agents=agents[:AGENTS],
        due=sum(one.due for one in agents),
        done=sum(one.done for one in agents),
        lacking=sum(one.lacking for one in agents),
        many=len(agents) > AGENTS,
        midday=MIDDAY,
        page=number,
        pages=-(-len(still) // ROWS),
        week=week,
        week_ends=week + timedelta(days=6),
        before=week - _WEEK,
        after=week + _WEEK,
        within=within,
        divisions=asked.divisions(),
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


def _office() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.VIEW_REPORTS)
