"""One team in a quarter: what each group answered, its panel, and its points."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.appraisals import queries, services
from gridsvc.appraisals.models import Appraisal, AppraisalScheme, PanelTally
from gridsvc.appraisals.rules import RATERS, Rater, Tally, not_satisfied, panel_fits, result
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.grids.queries import grids_on
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.staffing.models import Team
from gridsvc.web.appraisals import words
from gridsvc.web.appraisals.appraisal_pages import account, number, seen

blueprint = Blueprint("appraised", __name__)

_TEAM = "/appraisals/<int(max=2147483647):quarter_id>/teams/<int(max=2147483647):team_id>"


@blueprint.get(_TEAM)
@requires(Permission.VIEW_REPORTS)
def page(quarter_id: int, team_id: int) -> str:
    """Show what a team's marks are made of."""
    return _page(*_found(quarter_id, team_id))


@blueprint.post(_TEAM)
@requires(Permission.APPRAISE_TEAMS)
def put(quarter_id: int, team_id: int) -> Response:
    """Write down what one group answered; refused once the quarter is locked."""
    quarter, team = _found(quarter_id, team_id)
    if request.form.get("rater") not in set(Rater):
        raise BadInput(gettext("Choose who rated."), ["rater"])
    tally = Tally(*(number(name) for name in ("asked", "reached", "answered", "points")))
    try:
        services.put_tally(
            edge.session(), quarter, team.id, Rater(request.form["rater"]), tally, account(),
            edge.today(),
        )  # fmt: skip
    except Conflict:
        message = gettext("This quarter is locked already: its marks stand.")
        return make_response(_page(quarter, team, message), 409)
    except BadInput:
        return make_response(_page(quarter, team, _frame()), 400)
    return _back(quarter, team)


@blueprint.post(f"{_TEAM}/panel")
@requires(Permission.APPRAISE_TEAMS)
def panel(quarter_id: int, team_id: int) -> Response:
    """Write down what the household representatives said of the half-year."""
    quarter, team = _found(quarter_id, team_id)
    counts = {
        name: number(name) for name in ("asked", "reached", "satisfied", "fairly", "unsatisfied")
    }
    made = PanelTally(
        team_id=team.id,
        starts_on=services.half_year(edge.session(), quarter).start,
        households=_households(quarter, team),
        recorded_at=edge.now(),
        **counts,
    )
    try:
        services.put_panel(edge.session(), quarter, made, account(), edge.today())
    except Conflict:
        message = gettext("What this panel said of the half-year is written already.")
        return make_response(_page(quarter, team, message), 409)
    except BadInput:
        return make_response(_page(quarter, team, _frame()), 400)
    return _back(quarter, team)


def _frame() -> str:
    return gettext("Of those asked some are reached, of those some answer, each with 0 to 100.")


def _back(quarter: Appraisal, team: Team) -> Response:
    target = url_for("appraised.page", quarter_id=quarter.id, team_id=team.id)
    return make_response(redirect(target, 303))


def _on(quarter: Appraisal) -> Period:
    return Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on)


def _grids(quarter: Appraisal) -> dict[int, list[str]]:
    own = edge.sight().full.narrowed(quarter.division_code)
    on = min(edge.today(), _on(quarter).last_day)
    return queries.grids_of_teams(edge.session(), own, on)


def _found(quarter_id: int, team_id: int) -> tuple[Appraisal, Team]:
    quarter = seen(quarter_id)
    if team_id not in _grids(quarter):
        raise NotFound(gettext("There is no such team."), [team_id])
    return quarter, edge.session().get_one(Team, team_id)


def _households(quarter: Appraisal, team: Team) -> int:
    own = edge.sight().full.narrowed(quarter.division_code)
    grids = grids_on(edge.session(), own, min(edge.today(), _on(quarter).last_day))
    return int(grids["households"].reindex(_grids(quarter)[team.id]).fillna(0).sum())


def _page(quarter: Appraisal, team: Team, fault: str = "") -> str:
    db = edge.session()
    tallies = queries.tallies(db, quarter.id, [team.id]).get(team.id, {})
    scheme = queries.scheme_of(db.get(AppraisalScheme, quarter.scheme_id))
    entries = queries.entries(db, team.id)
    quarters = {one.appraisal_id for one in entries}
    known = db.scalars(select(Appraisal).where(Appraisal.id.in_(quarters)))
    return render_template(
        "appraisals/appraisal_team.html",
        quarter=quarter,
        period=_on(quarter),
        half=services.half_year(db, quarter),
        team=team,
        tallies=tallies,
        result=result(scheme, tallies),
        scheme=scheme,
        raters=RATERS,
        panels=queries.panels(db, team.id),
        households=_households(quarter, team),
        fits=panel_fits,
        unhappy=not_satisfied,
        flagged=team.id in queries.flagged_teams(db, [team.id], quarter.ends_on),
        entries=entries,
        quarters={one.id: one for one in known},
        total=sum(one.points for one in entries),
        may_put=allows(account().role, Permission.APPRAISE_TEAMS) and not quarter.locked_at,
        fault=fault,
        words=words,
    )
