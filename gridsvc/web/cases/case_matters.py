"""What names a person beside a case: contact, numbers in its words; each look is written down."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.evidence import contacts
from gridsvc.web.cases import case_pages, refusal_words

blueprint = Blueprint("case_matters", __name__)

CASE = "/work/<int(max=9223372036854775807):number>"


@blueprint.post(f"{CASE}/contact")
@requires(Permission.VIEW_CASES)
def contact(number: int) -> Response:
    """Show the reporter's contact once, to a handler who says why; the look is written down."""
    db, viewer = edge.session(), case_pages.account()
    find_case(db, edge.sight(), number)
    reason = request.form.get("reason", "")
    try:
        found = contacts.look(db, number, viewer, reason, edge.now())
    except BadInput as refusal:
        fault = refusal_words.said(refusal)
        return make_response(case_pages.page(number, fault=fault), 400)
    return make_response(case_pages.page(number, contact=found))


@blueprint.post(f"{CASE}/words")
@requires(Permission.VIEW_CASES)
def words(number: int) -> str:
    """Show the words of a case once as they were written; the look is written down."""
    incident = find_case(edge.session(), edge.sight(), number).incident
    contacts.look_at_words(edge.session(), incident, case_pages.account(), edge.now())
    return case_pages.page(number, words=True)
