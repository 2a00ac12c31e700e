"""Whether teams and agents keep the quota of a week, and the rounds behind a team's number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.errors import NotFound
from gridsvc.staffing.models import Team
from gridsvc.visits.quotas import looks_after, monday, rounds_of_team, team_weeks
from gridsvc.visits.rules import HalfDay, half_day_of, half_days
from gridsvc.web import asked
from gridsvc.web.languages import in_language
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.chart_prints import Chart, Row, chart_print

blueprint = Blueprint("quotas", __name__)

#: Weeks of the course: two months.
COURSE = 8
ROWS = 50
_WEEK = timedelta(days=7)


@blueprint.get("/quotas")
@requires(Permission.VIEW_QUOTAS)
def page() -> str | Response:
    """Show which teams reached their half-days in a week; the last whole one unless asked."""
    within, week = asked.within(), _week()
    scope = edge.sight().full.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    weeks = _weeks(scope, week)
    now = weeks[weeks["week"] == week]
    course = [(start, *_kept(weeks[weeks["week"] == start])) for start in _course(week)]
    if print_ := prints.wanted(svg=True):
        return chart_print(_course_chart(course, within), print_, f"quotas-{week}")
    number = asked.whole_number("page", 1, 1, 1000)
    lines = _lines(now)
    return render_template(
        "visits/quotas.html",
        lines=lines[(number - 1) * ROWS : number * ROWS],
        course=course,
        kept=_kept(now),
        without=int(now["quota"].isna().sum()),
        page=number,
        pages=-(-len(lines) // ROWS),
        week=week,
        week_ends=week + _WEEK - timedelta(days=1),
        before=week - _WEEK,
        after=week + _WEEK if week + _WEEK <= edge.today() else None,
        within=within,
        divisions=asked.divisions(),
        may_keep=_may(Permission.KEEP_TARGETS),
        reads_targets=_may(Permission.VIEW_REPORTS),
    )


@blueprint.get("/quotas/teams/<int(max=2147483647):number>")
@requires(Permission.VIEW_QUOTAS)
def team(number: int) -> str:
    """List the rounds of a team in a week, each with its half-day."""
    found, week = edge.session().get(Team, number), _week()
    own = edge.sight().full
    # A team's own account answers for its grids, which lie below the team's division.
    if found is None or not (
        own.covers(found.division_code) or looks_after(edge.session(), number, own, week)
    ):
        raise NotFound(gettext("There is no such team in your area."))
    zone = ZoneInfo(edge.settings().time_zone)
    rounds = rounds_of_team(edge.session(), number, week, week + _WEEK, edge.now())
    told = [
        (one, half_day_of(one.visited_on, one.ended_at, one.recorded_at, zone)) for one in rounds
    ]
    return render_template(
        "visits/quota_rounds.html",
        team=found,
        week=week,
        week_ends=week + _WEEK - timedelta(days=1),
        rounds=told,
        half_days=half_days((one.visited_on, half) for one, half in told),
        halves={HalfDay.MORNING: gettext("morning"), HalfDay.AFTERNOON: gettext("afternoon")},
    )


def _course_chart(course: list[tuple[date, int, int]], within: str) -> Chart:
    place = asked.place(within)
    return Chart(
        title=gettext("Teams that kept it, week by week"),
        about=in_language(place.name, place.name_en) if place else "",
        rows=[
            Row(str(start), 100 * part / whole if whole else None, f"{part} / {whole}")
            for start, part, whole in course
        ],
        lines=[],
        across=False,
        as_of=edge.now(),
    )


def _week() -> date:
    """The last week that is over can be judged; the running one when it is asked for."""
    day = asked.day() if request.args.get("on") else edge.today() - _WEEK
    return monday(day)


def _course(week: date) -> list[date]:
    return [week - n * _WEEK for n in range(COURSE - 1, -1, -1)]


def _weeks(scope: Scope, week: date) -> pd.DataFrame:
    now: datetime = edge.now()
    return team_weeks(edge.session(), scope, _course(week)[0], COURSE, now)


def _kept(rows: pd.DataFrame) -> tuple[int, int]:
    """Return how many teams kept their quota, of those that have one."""
    owed = rows[rows["quota"].notna()]
    return int((owed["half_days"] >= owed["quota"]).sum()), len(owed)


def _lines(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Put the teams that lack most first."""
    lacking = (rows["quota"] - rows["half_days"]).rename("lacking")
    ordered = rows.assign(lacking=lacking).sort_values(
        ["lacking", "code"], ascending=[False, True], na_position="last"
    )
    return list(ordered.astype(object).where(ordered.notna(), None).to_dict("records"))


def _may(permission: Permission) -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, permission)
