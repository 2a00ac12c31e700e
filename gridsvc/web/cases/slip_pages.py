"""督办单 on a case's page: issued by hand with a reason, answered by the team, then closed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, request, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.models import SupervisionSlip
from gridsvc.incidents.rules.free_text import screen
from gridsvc.incidents.rules.reasons import because
from gridsvc.web.cases import case_pages, refusal_words, steps
from gridsvc.web.cases.case_matters import CASE

blueprint = Blueprint("slips", __name__)

_SLIP = f"{CASE}/slips/<int(max=9223372036854775807):slip>"


@blueprint.post(f"{CASE}/slips")
@requires(Permission.VIEW_CASES)
def issue(number: int) -> Response:
    """Issue a slip on a case, with what is demanded."""
    reason = request.form.get("reason", "")[: steps.LONGEST_NOTE]
    viewer = case_pages.account()
    return _done(
        number,
        reason,
        lambda: slips.issue(edge.session(), number, reason, edge.now(), viewer, edge.sight()),
    )


@blueprint.post(_SLIP)
@requires(Permission.VIEW_CASES)
def answer(number: int, slip: int) -> Response:
    """Answer a slip for the team that has the case."""
    incident = find_case(edge.session(), edge.sight(), number).incident
    _require_its(number, slip)
    if not case_pages.may_answer(incident):
        raise because(NotAllowed, "slip_for_its_team", [number])
    words = request.form.get("answer", "")[: steps.LONGEST_NOTE]
    viewer = case_pages.account()
    return _done(
        number,
        words,
        lambda: slips.answer(edge.session(), slip, words, edge.now(), viewer, edge.sight()),
    )


@blueprint.post(f"{_SLIP}/close")
@requires(Permission.VIEW_CASES)
def close(number: int, slip: int) -> Response:
    """Close a slip whose answer will do."""
    _require_its(number, slip)
    viewer = case_pages.account()
    return _done(
        number,
        "",
        lambda: slips.close(edge.session(), slip, edge.now(), viewer, edge.sight()),
    )


def _require_its(number: int, slip: int) -> None:
    found = edge.session().get(SupervisionSlip, slip)
    if found is None or found.incident_id != number:
        raise because(NotFound, "no_slip", [slip], slip=slip)


def _done(number: int, words: str, work: Callable[[], SupervisionSlip]) -> Response:
    try:
        work()
    except (BadInput, Conflict) as refusal:
        status = 400 if isinstance(refusal, BadInput) else 409
        return make_response(case_pages.page(number, fault=refusal_words.said(refusal)), status)
    warned = 1 if screen(words) else None
    return make_response(redirect(url_for("work.case", number=number, warned=warned), 303))
