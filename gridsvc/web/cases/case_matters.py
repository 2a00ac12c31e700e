"""What stands beside a case's steps: the reporter's contact, and the answer to a slip."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, GridsvcError, NotAllowed, NotFound
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.evidence import contacts
from gridsvc.incidents.models import SupervisionSlip
from gridsvc.web.cases import case_pages, steps

blueprint = Blueprint("case_matters", __name__)

_CASE = "/work/<int(max=9223372036854775807):number>"


@blueprint.post(f"{_CASE}/contact")
@requires(Permission.VIEW_CASES)
def contact(number: int) -> Response:
    """Show the reporter's contact once, to a handler who says why; the look is written down."""
    db, viewer = edge.session(), case_pages.account()
    find_case(db, edge.sight(), number)
    reason = request.form.get("reason", "")
    try:
        found = contacts.look(db, number, viewer, reason, edge.now())
    except BadInput:
        fault = gettext("Say in a few words why you need the contact.")
        return make_response(case_pages.page(number, fault=fault), 400)
    return make_response(case_pages.page(number, contact=found))


@blueprint.post(f"{_CASE}/slips/<int(max=9223372036854775807):slip>")
@requires(Permission.VIEW_CASES)
def answer(number: int, slip: int) -> Response:
    """Answer a supervision slip for the team that has the case."""
    db, viewer = edge.session(), case_pages.account()
    incident = find_case(db, edge.sight(), number).incident
    found = db.get(SupervisionSlip, slip)
    if found is None or found.incident_id != number:
        raise NotFound(gettext("There is no such slip."), [slip])
    if not case_pages.may_answer(incident):
        raise NotAllowed(gettext("A slip is answered by the team that has the case."))
    words = request.form.get("answer", "")[: steps.LONGEST_NOTE]
    try:
        slips.answer(db, slip, words, edge.now(), viewer)
    except GridsvcError:
        fault = gettext("The slip has been answered, or the answer is empty.")
        return make_response(case_pages.page(number, fault=fault), 409)
    return make_response(redirect(url_for("work.case", number=number), 303))
