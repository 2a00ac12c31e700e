"""The office's periods: what closes next, the packs that were closed, and the days they close."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import BadInput, Conflict, NotFound, NotSignedIn, RuleViolation
from gridsvc.grids.models import Division
from gridsvc.reports import closing_days, cycles
from gridsvc.reports.rules.closing import CLOSED, ClosingRule, rule_fault
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.web import asked, times
from gridsvc.web.reports import pack_words, words

blueprint = Blueprint("cycles", __name__)

LONGEST_REASON = 400


@blueprint.get("/cycles")
@requires(Permission.VIEW_REPORTS)
def page() -> str:
    """Show the packs of an office, what closes next, and on which days."""
    return _page(_office(request.args.get("office", "")))


@blueprint.post("/cycles")
@requires(Permission.CLOSE_PERIODS)
def close() -> Response:
    """Close a period; of two clerks one does, and the other is told."""
    office = _required(request.form.get("office", ""))
    try:
        kind = PeriodKind(request.form.get("kind", ""))
        starts_on = date.fromisoformat(request.form.get("starts_on", ""))
    except ValueError:
        raise BadInput(gettext("Choose a period of the list."), ["kind", "starts_on"]) from None
    try:
        made = cycles.close(edge.session(), office.code, kind, starts_on, _account(), edge.now())
    except Conflict as refusal:
        closed = cycles.pack(edge.session(), int(refusal.ids[0]), edge.sight().full)
        message = gettext(
            "This period was closed already, %(when)s: its pack is in the list.",
            when=times.exact(closed.closed_at),
        )
        return make_response(_page(office, message), 409)
    except RuleViolation:
        message = gettext("This period cannot be closed now: its last day has not come.")
        return make_response(_page(office, message), 422)
    return make_response(redirect(url_for("packs.page", number=made.id), 303))


@blueprint.post("/cycles/days")
@requires(Permission.CLOSE_PERIODS)
def days() -> Response:
    """Change the days on which an office closes."""
    office = _required(request.form.get("office", ""))
    text, reason = request.form.get("closing_days", ""), request.form.get("reason", "")
    numbers = text.replace("，", ",").replace("、", ",").split(",")
    whole = [int(n) for n in numbers if n.strip().isascii() and n.strip().isdigit()]
    day = request.form.get("quarter_day", "")
    quarter_day = int(day) if day.isascii() and day.isdigit() and len(day) < 4 else 0
    fault = rule_fault(whole, quarter_day) if len(whole) == len(numbers) else "closing_days"
    if fault is not None:
        return make_response(_page(office, str(pack_words.FAULTS[fault])), 400)
    if not reason.strip():
        return make_response(_page(office, gettext("Say why the days are changed.")), 400)
    rule = ClosingRule(tuple(whole), quarter_day, "inclusive" in request.form)
    closing_days.change_rule(
        edge.session(), office.code, rule, reason[:LONGEST_REASON], _account(), edge.now()
    )
    return make_response(redirect(url_for("cycles.page", office=office.code), 303))


def _page(office: Division | None, fault: str = "") -> str:
    db, now = edge.session(), edge.now()
    role = _account().role
    if office is None:
        return render_template("reports/cycles.html", office=None, fault=fault)
    coming = {kind: cycles.next_of(db, office.code, kind, now) for kind in CLOSED}
    packs = cycles.packs(db, office.code)
    rules = closing_days.rules_of(db, office.code)
    return render_template(
        "reports/cycles.html",
        office=office,
        offices=cycles.offices(db, edge.sight().full),
        coming={kind: one for kind, one in coming.items() if one},
        packs=[(one, cycles.read(one)["places"][office.code]) for one in packs],
        last=next((one for one in packs if one.kind is PeriodKind.CYCLE), None),
        rule=closing_days.rule_for(db, office.code, edge.today()),
        rules=rules,
        names=_names([one.made_by for one in rules] + [one.closed_by for one in packs]),
        may_close=allows(role, Permission.CLOSE_PERIODS),
        fault=fault,
        words=words,
        pack_words=pack_words,
        period=Period,
    )


def _office(code: str) -> Division | None:
    known = cycles.offices(edge.session(), edge.sight().full)
    if not code:
        own = asked.own_area()
        code = own if any(one.code == own for one in known) else known[0].code if known else ""
    found = next((one for one in known if one.code == code), None)
    if code and found is None:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=code[:20]))
    return found


def _required(code: str) -> Division:
    found = _office(code)
    if found is None:
        raise BadInput(gettext("Choose an office."), ["office"])
    return found


def _names(ids: list[int | None]) -> dict[int, Any]:
    query = select(UserAccount).where(UserAccount.id.in_(set(ids) - {None}))
    return {one.id: one.title or one.username for one in edge.session().scalars(query)}


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
