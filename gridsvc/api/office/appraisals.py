"""/api/v1/appraisals: how teams do, quarter by quarter: marks by source, points, the lock."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.api.office.appraisal_answers import (
    QuarterAnswer,
    Quarters,
    QuarterWhole,
    TeamMarks,
    TeamWhole,
)
from gridsvc.api.questions import Cursor, Day, Question, Within
from gridsvc.appraisals import queries, self_rating, services
from gridsvc.appraisals.models import Appraisal
from gridsvc.appraisals.rules import WHOLE, Rater, Tally
from gridsvc.errors import NotFound
from gridsvc.reports.rules.periods import Period, PeriodKind

blueprint = APIBlueprint("api_appraisals", __name__, url_prefix="/api/v1", tag="reports")

_QUARTER = "/appraisals/<int(max=2147483647):number>"
_TEAM = f"{_QUARTER}/teams/<int(max=2147483647):team_id>"


class QuartersQuestion(Within):
    """A page of quarters."""

    day: Day | None = Field(None, description="Only the quarter that this day lies in.")
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=1000)


class OpenForm(Question):
    """The quarter of an office that a day lies in."""

    office: str = Field(pattern=r"^[0-9]{9}$")
    day: Day | None = Field(None, description="Today by default.")


class TallyForm(Question):
    """What a group answered: of those asked some were reached, of those some gave 0 to 100."""

    asked: int = Field(ge=0, le=1_000_000)
    reached: int = Field(ge=0, le=1_000_000)
    answered: int = Field(ge=0, le=1_000_000)
    points: int = Field(ge=0, le=100_000_000, description="The sum of their marks.")


class MarkForm(Question):
    """The mark that a leader's team gives itself."""

    mark: int = Field(ge=0, le=WHOLE)


@blueprint.get("/appraisals")
@requires(Permission.VIEW_REPORTS)
@blueprint.input(QuartersQuestion, location="query", arg_name="asked")
@blueprint.output(Quarters)
def listed(asked: QuartersQuestion) -> dict[str, Any]:
    """List the quarters of the offices that the caller answers for, wholly or in part."""
    scope = edge.sight().full.narrowed(asked.within or "")
    found = queries.quarters(
        edge.session(), scope, asked.day, before=asked.before, limit=asked.limit + 1
    )
    page = found[: asked.limit]
    further = page[-1].id if len(found) > len(page) else None
    return {"items": [_head(one) for one in page], "next": further}


@blueprint.post("/appraisals")
@requires(Permission.CLOSE_PERIODS)
@blueprint.input(OpenForm, arg_name="given")
@blueprint.output(QuarterAnswer)
@blueprint.doc(responses={403: "Another office's"})
def open_quarter(given: OpenForm) -> dict[str, Any]:
    """Open the quarter that a day lies in; one that is open already is answered as it is."""
    db, day = edge.session(), given.day or edge.today()
    return _head(services.open_quarter(db, given.office, day, _caller(), edge.now()))


@blueprint.get(_QUARTER)
@requires(Permission.VIEW_REPORTS)
@blueprint.output(QuarterWhole)
@blueprint.doc(responses={404: "No such quarter of the caller's scope"})
def one(number: int) -> dict[str, Any]:
    """Answer a quarter with the marks of the caller's teams."""
    return _whole(_seen(number))


@blueprint.get(_TEAM)
@requires(Permission.VIEW_REPORTS)
@blueprint.output(TeamWhole)
@blueprint.doc(responses={404: "No such quarter, or team in it, of the caller's scope"})
def team(number: int, team_id: int) -> dict[str, Any]:
    """Answer what the marks of a team are made of."""
    return _team(_seen(number), team_id)


@blueprint.put(f"{_TEAM}/ratings/<any({', '.join(Rater)}):rater>")
@requires(Permission.APPRAISE_TEAMS)
@blueprint.input(TallyForm, arg_name="given")
@blueprint.output(TeamWhole)
@blueprint.doc(
    responses={
        400: "More answered than were reached, or marks above 100",
        403: "The team's own mark, which its leader gives",
        409: "The quarter is locked",
    }
)
def rate(number: int, team_id: int, rater: str, given: TallyForm) -> dict[str, Any]:
    """Write down what a group answered about a team; until the quarter is locked it is mended."""
    db, quarter = edge.session(), _seen(number)
    _line(quarter, team_id)
    tally = Tally(given.asked, given.reached, given.answered, given.points)
    services.put_tally(db, quarter, team_id, Rater(rater), tally, _caller(), edge.today())
    return _team(quarter, team_id)


@blueprint.put(f"{_TEAM}/self-rating")
@requires(Permission.RATE_OWN_TEAM)
@blueprint.input(MarkForm, arg_name="given")
@blueprint.output(TeamMarks)
@blueprint.doc(responses={404: "No quarter or team of the leader's", 409: "It is locked"})
def rate_own(number: int, team_id: int, given: MarkForm) -> dict[str, Any]:
    """Write down the mark that a leader's team gives itself."""
    quarter = _seen(number)
    _line(quarter, team_id)
    self_rating.rate_own_team(edge.session(), quarter, team_id, given.mark, _caller(), edge.today())
    line = _line(quarter, team_id)
    return _marks(line)


@blueprint.post(f"{_QUARTER}/lock")
@requires(Permission.CLOSE_PERIODS)
@blueprint.output(QuarterWhole)
@blueprint.doc(
    responses={
        403: "Another office's",
        404: "No such quarter of the caller's scope",
        409: "Somebody else locked it, or it is not over",
    }
)
def lock(number: int, **_: Any) -> dict[str, Any]:
    """Lock a quarter that is over and book its points; whoever locked it may ask again."""
    quarter, caller = _seen(number), _caller()
    edge.session().refresh(quarter)
    if quarter.locked_at is None or quarter.locked_by != caller.id:
        services.lock(edge.session(), quarter, caller, edge.now())
    return _whole(quarter)


def _seen(number: int) -> Appraisal:
    found = queries.appraisal(edge.session(), number)
    if not edge.sight().full.touches(found.division_code):
        raise NotFound(f"There is no appraisal {number}.", [number])
    return found


def _own(quarter: Appraisal) -> Scope:
    return edge.sight().full.narrowed(quarter.division_code)


def _line(quarter: Appraisal, team_id: int) -> queries.Line:
    for line in queries.sheet(edge.session(), quarter, _own(quarter), edge.today()):
        if line.team.id == team_id:
            return line
    raise NotFound(f"There is no team {team_id} in this quarter.", [team_id])


def _team(quarter: Appraisal, team_id: int) -> dict[str, Any]:
    db, line = edge.session(), _line(quarter, team_id)
    return {
        **_marks(line),
        "tallies": queries.tallies(db, quarter.id, [team_id]).get(team_id, {}),
        "points": queries.entries(db, team_id),
    }


def _whole(quarter: Appraisal) -> dict[str, Any]:
    db, own = edge.session(), _own(quarter)
    return {
        **_head(quarter),
        "satisfaction": services.satisfaction(db, quarter, own, edge.now()),
        "teams": [
            {**_marks(one), "points": one.points, "flagged": one.flagged}
            for one in queries.sheet(db, quarter, own, edge.today())
        ],
    }


def _marks(line: queries.Line) -> dict[str, Any]:
    given = line.result
    return {
        "team_id": line.team.id,
        "code": line.team.code,
        "name": line.team.name,
        "name_en": line.team.name_en,
        "marks": given.marks,
        "total": given.total,
        "weight": given.weight,
        "missing": given.missing,
    }


def _head(quarter: Appraisal) -> dict[str, Any]:
    period = Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on)
    return {
        "id": quarter.id,
        "office": quarter.division_code,
        "starts_on": period.start,
        "last_day": period.last_day,
        "opened_at": quarter.opened_at,
        "locked_at": quarter.locked_at,
    }


def _caller() -> UserAccount:
    user = edge.user()
    assert user is not None  # noqa: S101 - the gate let nobody else in
    return user
