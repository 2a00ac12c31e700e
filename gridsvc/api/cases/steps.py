"""Steps with a case: transitions, joining, rating, and the history that they leave."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import request
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, from_a_phone, requires, trusts_no_cookie
from gridsvc.api.answers import StepAnswer, WordsAnswer
from gridsvc.api.cases.forms import (
    FullHistory,
    JoinForm,
    RatingAnswer,
    RatingForm,
    TransitionForm,
)
from gridsvc.api.cases.incidents import hidden, told, warnings
from gridsvc.api.open311.keys import repeat_key
from gridsvc.errors import BadInput, NotSignedIn
from gridsvc.incidents import cases, history
from gridsvc.incidents.arrival import duplicates
from gridsvc.incidents.evidence import contacts
from gridsvc.incidents.handling import life
from gridsvc.staffing.models import Team

blueprint = APIBlueprint("api_case_steps", __name__, url_prefix="/api/v1", tag="incidents")

_CASE = "/incidents/<int(max=9223372036854775807):number>"


@blueprint.post(f"{_CASE}/transitions")
@requires(Permission.VIEW_CASES)
@blueprint.input(TransitionForm, arg_name="given")
@blueprint.output(StepAnswer)
@blueprint.doc(
    responses={
        404: "Not there",
        409: "Somebody was first, or client_step_id came with something else",
        422: "The rules forbid it",
    }
)
def transition(number: int, given: TransitionForm) -> dict[str, Any]:
    """Take a step with a case; needs what the table in docs/decisions/0019 lists."""
    db = edge.session()
    act = life.Act(
        note=given.note,
        outcome=given.outcome,
        team_id=_team_id(given.team),
        working_days=given.working_days,
        into_id=given.into,
        rating=given.rating,
        urgency=given.urgency,
        place=given.place,
        client_step_id=repeat_key(request.headers, given.client_step_id, "client_step_id"),
    )
    life.act(db, number, given.action, act, _user(), edge.sight(), edge.now())
    return told(cases.any_case(db, number)) | {"warnings": warnings(given.note)}


@blueprint.post(f"{_CASE}/join")
@requires(Permission.VIEW_CASES)
@from_a_phone
@blueprint.input(JoinForm, arg_name="given")
@blueprint.output(StepAnswer)
@blueprint.doc(responses={404: "Not there", 409: "The case has ended, or the id was used"})
def join(number: int, given: JoinForm) -> dict[str, Any]:
    """Say that one's report is this open case; a repeat with the same id changes nothing."""
    db = edge.session()
    key = given.client_report_id or request.headers.get("Idempotency-Key", "").strip().strip('"')
    duplicates.join(db, number, key[:100], _user(), edge.sight(), edge.now(), given.note)
    return told(cases.any_case(db, number)) | {"warnings": warnings(given.note)}


@blueprint.post(f"{_CASE}/words")
@requires(Permission.VIEW_CASES)
@blueprint.output(WordsAnswer)
@blueprint.doc(responses={403: "Not for you", 404: "Not there"})
def words(number: int) -> dict[str, Any]:
    """Read a case's words with the numbers that lists hide: for its handlers, and noted."""
    db = edge.session()
    incident = cases.case(db, edge.sight(), number).incident
    contacts.look_at_words(db, incident, _user(), edge.now())
    notes = {step.seq: step.note for step in cases.history(db, number) if step.note}
    return {"description": incident.description, "notes": notes}


@blueprint.get(f"{_CASE}/history")
@requires(Permission.VIEW_CASES)
@blueprint.output(FullHistory)
def steps(number: int) -> dict[str, Any]:
    """Give every step of a case and of those merged into it, and whether the chain holds."""
    db = edge.session()
    found = cases.case(db, edge.sight(), number)
    others = cases.merged_into(db, edge.sight(), found.incident.id)
    broken = history.broken(db, [number, *others])
    return _history(number, broken) | {"merged": [_history(one, broken) for one in others]}


@blueprint.post("/ratings")
@requires(Permission.OPEN)
@trusts_no_cookie
@blueprint.input(RatingForm, arg_name="given")
@blueprint.output(RatingAnswer)
@blueprint.doc(responses={404: "No such code", 409: "Rated already", 422: "Not closed yet"})
def rating(given: RatingForm) -> dict[str, int]:
    """Rate a closed case by its tracking code, without an account."""
    incident = life.rate(edge.session(), given.tracking_code, given.rating, edge.now())
    return {"id": incident.id, "rating": given.rating}


def _history(number: int, broken: set[int]) -> dict[str, Any]:
    return {
        "id": number,
        "verified": number not in broken,
        "items": [_step(*row) for row in history.told(edge.session(), number)],
    }


def _step(event: Any, username: str | None, team: str | None) -> dict[str, Any]:
    own = ("seq", "at", "action", "from_status", "to_status", "detail")
    return {name: getattr(event, name) for name in own} | {
        "note": hidden(event.note),
        "username": username,
        "team": team,
        "hash": event.hash.hex(),
    }


def _team_id(code: str | None) -> int | None:
    if code is None:
        return None
    number = edge.session().scalar(select(Team.id).where(Team.code == code))
    if number is None:
        raise BadInput(f"There is no team {code[:40]!r}.", ["team"])
    return number


def _user() -> UserAccount:
    user = edge.user()
    if user is None:
        raise NotSignedIn("sign in first")
    return user
