"""督办单 by program: issued by the offices above a case, answered by its team, then closed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.cases.forms import Words
from gridsvc.api.cases.incidents import hidden, warnings
from gridsvc.api.questions import Question
from gridsvc.errors import NotAllowed, NotFound, NotSignedIn
from gridsvc.incidents import cases
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.handling import life
from gridsvc.incidents.models import SupervisionSlip
from gridsvc.incidents.rules.reasons import because

blueprint = APIBlueprint("api_slips", __name__, url_prefix="/api/v1", tag="incidents")

_OF_CASE = "/incidents/<int(max=9223372036854775807):number>/slips"
_SLIP = f"{_OF_CASE}/<int(max=9223372036854775807):slip>"


class SlipForm(Question):
    """What is demanded, and why."""

    reason: Annotated[Words, Field(min_length=1)]


class SlipAnswerForm(Question):
    """What was done."""

    answer: Annotated[Words, Field(min_length=1)]


class SlipAnswer(Answer):
    """A slip; ``issued_by_hand`` is false for one of the ladder. Numbers of persons are hidden."""

    id: int
    issued_at: datetime
    issued_by_hand: bool
    reason: str
    answer_by: datetime | None
    answered_at: datetime | None
    answer: str | None
    closed_at: datetime | None
    warnings: list[str] = Field(description="personal_number: the words name a person.")


class Slips(Answer):
    """The slips of a case, newest first."""

    items: list[SlipAnswer]


@blueprint.get(_OF_CASE)
@requires(Permission.VIEW_CASES)
@blueprint.output(Slips)
def listed(number: int) -> dict[str, Any]:
    """List the supervision slips of a case, newest first."""
    cases.case(edge.session(), edge.sight(), number)
    return {"items": [_told(one) for one in slips.slips_of(edge.session(), number)]}


@blueprint.post(_OF_CASE)
@requires(Permission.VIEW_CASES)
@blueprint.input(SlipForm, arg_name="given")
@blueprint.output(SlipAnswer, status_code=201)
@blueprint.doc(responses={403: "Not above the case", 409: "It has ended, or a slip waits"})
def issue(number: int, given: SlipForm) -> dict[str, Any]:
    """Issue a slip on a case; its team is told and has two working days to answer."""
    made = slips.issue(edge.session(), number, given.reason, edge.now(), _user(), edge.sight())
    return _told(made)


@blueprint.post(f"{_SLIP}/answer")
@requires(Permission.VIEW_CASES)
@blueprint.input(SlipAnswerForm, arg_name="given")
@blueprint.output(SlipAnswer)
@blueprint.doc(responses={403: "Not the case's team", 409: "Answered already"})
def answer(number: int, slip: int, given: SlipAnswerForm) -> dict[str, Any]:
    """Answer a slip, once, for the team that has the case."""
    db, user = edge.session(), _user()
    incident = _case_with(number, slip).incident
    if incident.team_id not in life.teams_of(db, user, edge.today()):
        raise because(NotAllowed, "slip_for_its_team", [number])
    return _told(slips.answer(db, slip, given.answer, edge.now(), user, edge.sight()))


@blueprint.post(f"{_SLIP}/close")
@requires(Permission.VIEW_CASES)
@blueprint.output(SlipAnswer)
@blueprint.doc(responses={403: "Not above the case", 409: "Not answered yet, or closed already"})
def close(number: int, slip: int) -> dict[str, Any]:
    """Close a slip whose answer will do."""
    _case_with(number, slip)
    return _told(slips.close(edge.session(), slip, edge.now(), _user(), edge.sight()))


def _case_with(number: int, slip: int) -> cases.Case:
    """Return the case if the slip is one of it."""
    found = cases.case(edge.session(), edge.sight(), number)
    one = edge.session().get(SupervisionSlip, slip)
    if one is None or one.incident_id != number:
        raise because(NotFound, "no_slip", [slip], slip=slip)
    return found


def _told(slip: SupervisionSlip) -> dict[str, Any]:
    plain = ("id", "issued_at", "answer_by", "answered_at", "closed_at")
    return {name: getattr(slip, name) for name in plain} | {
        "issued_by_hand": slip.issued_by is not None,
        "reason": hidden(slip.reason),
        "answer": hidden(slip.answer),
        "warnings": warnings(slip.reason, slip.answer),
    }


def _user() -> UserAccount:
    user = edge.user()
    if user is None:
        raise NotSignedIn("sign in first")
    return user
