"""Which outside organisation stands by which community."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.grids.queries import divisions
from gridsvc.staffing import pairings
from gridsvc.web import asked
from gridsvc.web.staff.handover_pages import account
from gridsvc.web.staff.staff_pages import names_of

blueprint = Blueprint("staff_pairings", __name__)

_COMMUNITY_DIGITS = 12


@blueprint.get("/staff/pairings")
@requires(Permission.VIEW_STAFF)
def page() -> str:
    """Show the pairings of the viewer's area on a day, today when none is asked for."""
    return _page(asked.day())


@blueprint.post("/staff/pairings")
@requires(Permission.KEEP_STAFF)
def change() -> Response:
    """Pair an organisation with a community, or end a pairing."""
    form, db, viewer = request.form, edge.session(), account()
    try:
        if number := form.get("part", ""):
            done = pairings.part(db, _number(number), edge.today(), viewer.scope)
        else:
            people = _number(form.get("people", ""))
            community, name = form.get("community", ""), form.get("organisation", "")
            done = pairings.pair(db, name, community, people, edge.today(), viewer.scope)
    except (BadInput, NotFound, RuleViolation) as refusal:
        db.rollback()
        return make_response(_page(edge.today(), _said(refusal)), 400)
    record(db, viewer, "staffing.pairing", done.division_code, {"pairing": done.id})
    db.commit()
    return make_response(redirect(url_for("staff_pairings.page"), 303))


def _page(on: date, fault: str = "") -> str:
    db, scope = edge.session(), edge.sight().full
    found = pairings.pairings(db, scope, on)
    known = [one for one in divisions(db, scope) if len(one.code) == _COMMUNITY_DIGITS]
    organisations, communities, people = pairings.totals(db, scope, on)
    return render_template(
        "staff/staff_pairings.html",
        pairings=found,
        names=names_of({one.division_code for one in found}),
        communities=[one for one in known if scope.covers(one.code)],
        paired=communities,
        organisations=organisations,
        people=people,
        longest=pairings.LONGEST_NAME,
        fault=fault,
        past=on if on < edge.today() else None,
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]))
    return int(text)


def _said(refusal: BadInput | NotFound | RuleViolation) -> str:
    if isinstance(refusal, RuleViolation):
        return gettext("This organisation stands by the community already.")
    if isinstance(refusal, NotFound):
        return gettext("Choose a community or a pairing of your area.")
    return gettext(
        "Give the organisation's name, at most %(count)s signs, and how many people come.",
        count=pairings.LONGEST_NAME,
    )
