"""Vacant posts: offered by the office, claimed once, confirmed by the community."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.accounts.services import record
from gridsvc.errors import Conflict, GridsvcError, NotFound, RuleViolation
from gridsvc.staffing import offers
from gridsvc.staffing.rules import Decision
from gridsvc.staffing.vacancies import vacancies
from gridsvc.web import asked
from gridsvc.web.staff.handover_pages import account
from gridsvc.web.staff.staff_pages import names_of

blueprint = Blueprint("staff_offers", __name__)

ROWS = 50


@blueprint.get("/staff/offers")
@requires(Permission.VIEW_OFFERS)
def page() -> str:
    """Show which posts can be taken, and to the office which could be offered."""
    return _page()


@blueprint.post("/staff/offers/claim")
@requires(Permission.CLAIM_POSTS)
def claim() -> Response:
    """Claim an offered post; the community has the last word."""
    return _done("claim", lambda n: offers.claim(edge.session(), n, account(), *_when()))


@blueprint.post("/staff/offers")
@requires(Permission.KEEP_STAFF)
def offer() -> Response:
    """Offer a vacant post."""
    return _done("offer", lambda n: offers.offer(edge.session(), n, account(), *_when()))


@blueprint.post("/staff/offers/<any(confirmed, declined, withdrawn):decision>")
@requires(Permission.KEEP_STAFF)
def decide(decision: str) -> Response:
    """Confirm or decline a claim, or withdraw an offer."""
    word = Decision(decision)
    return _done(decision, lambda n: offers.decide(edge.session(), n, word, account(), *_when()))


def _done(what: str, act: Callable[[int], None]) -> Response:
    """Take one step; the log notes who, a refusal is said on the page."""
    text = request.form.get("number", "")
    try:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise NotFound(gettext("“%(text)s” is no number.", text=text[:20]))
        act(int(text))
    except (Conflict, NotFound, RuleViolation) as refusal:
        edge.session().rollback()
        status = {Conflict: 409, NotFound: 404, RuleViolation: 422}[type(refusal)]
        return make_response(_page(_said(refusal)), status)
    record(edge.session(), account(), f"staffing.post_{what}", text)
    edge.session().commit()
    return make_response(redirect(url_for("staff_offers.page"), 303))


def _page(fault: str = "") -> str:
    viewer, today, db = account(), edge.today(), edge.session()
    keeps = allows(viewer.role, Permission.KEEP_STAFF)
    within = asked.within()
    own = viewer.scope if keeps else offers.neighbourhood(viewer.scope)
    scope = own.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    found = offers.open_offers(db, scope, today)
    # A post that was never set up has no number by which it could be offered.
    known = vacancies(db, scope, today) if keeps else []
    vacant = [one for one in known if one.post_id]
    offered = {one.post_id for one in found}
    vacant = [one for one in vacant if one.post_id not in offered]
    # One number turns both lists: the longer one says how far.
    pages = -(-max(len(found), len(vacant)) // ROWS)
    number = asked.whole_number("page", 1, 1, 10_000)
    turned = slice((number - 1) * ROWS, number * ROWS)
    found, vacant = found[turned], vacant[turned]
    places = {one.place for one in found} | {one.place for one in vacant}
    return render_template(
        "staff/staff_offers.html",
        offers=found,
        vacant=vacant,
        within=within,
        divisions=asked.divisions(),
        page=number,
        pages=pages,
        names=names_of(places),
        keeps=keeps,
        may_claim=allows(viewer.role, Permission.CLAIM_POSTS),
        me=viewer.id,
        fault=fault,
    )


def _when() -> tuple[datetime, date]:
    return edge.now(), edge.today()


def _said(refusal: GridsvcError) -> str:
    told = {
        Conflict: gettext("Somebody was quicker, or this offer is decided: look at the list."),
        NotFound: gettext("This post is not on offer in your area, or no longer vacant."),
        RuleViolation: gettext(
            "It cannot be confirmed: the claim is your own, or the post is held by now."
        ),
    }
    return told[type(refusal)]
