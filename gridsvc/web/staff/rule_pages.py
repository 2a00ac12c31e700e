"""What a complete team and branch are: the rule of an area from a day on, who set it and when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, RuleViolation
from gridsvc.staffing.rule_book import rule_book, rules_set, set_rule
from gridsvc.staffing.rules import BRANCH_GROUP_BELOW, Composition, Seat, Source
from gridsvc.web import asked
from gridsvc.web.staff import words
from gridsvc.web.staff.handover_pages import account, day_of
from gridsvc.web.staff.staff_pages import names_of

blueprint = Blueprint("staff_rules", __name__)

#: Seats that the form has room for: no office asked for more than five.
SEATS = 6


@blueprint.get("/staff/rules")
@requires(Permission.VIEW_STAFF)
def page() -> str:
    """Show the rule that holds in an area on a day, and every rule that was ever set."""
    return _page(asked.within() or edge.sight().full.prefixes[0])


@blueprint.post("/staff/rules")
@requires(Permission.KEEP_STAFF)
def write() -> Response:
    """Let a rule hold in an area from a day on; the log notes who."""
    db, by, prefix = edge.session(), account(), request.form.get("in", "")
    try:
        on, rule = day_of(request.form), _read()
        set_rule(db, prefix, rule, on, by=by, now=edge.now(), today=edge.today())
    except (BadInput, RuleViolation) as refusal:
        said = words.RULE_FAULTS.get(refusal.reason or "", refusal.message)
        return make_response(_page(prefix, str(said)), 400)
    record(db, by, "staffing.rule", prefix, {"from": on.isoformat()})
    db.commit()
    where: dict[str, Any] = {"in": prefix}
    return make_response(redirect(url_for("staff_rules.page", **where), 303))


def _page(within: str, fault: str = "") -> str:
    on, full = asked.day(), edge.sight().full
    within = within if full.covers(within) else full.prefixes[0]
    history = rules_set(edge.session(), full)
    rule = rule_book(edge.session(), on).of(within)
    return render_template(
        "staff/staff_rules.html",
        on=on,
        within=within,
        divisions=[one for one in asked.divisions() if full.covers(one.code)],
        rule=rule,
        rooms=[*rule.seats, *[Seat(())] * SEATS][:SEATS],
        sources=list(Source),
        group_below=BRANCH_GROUP_BELOW,
        history=history,
        names=names_of({one.prefix for one in history} | {within}),
        words=words,
        fault=fault,
    )


def _read() -> Composition:
    """Return the rule that the form describes; a seat without a source is none."""
    drawn = [
        Seat(
            tuple(one for one in Source if request.form.get(f"seat{n}_{one.value}")),
            bool(request.form.get(f"seat{n}_villages")),
        )
        for n in range(SEATS)
    ]
    return Composition(
        (_number("team_min"), _number("team_max")),
        (_number("branch_min"), _number("branch_max")),
        tuple(seat for seat in drawn if seat.sources),
    )


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), [name])
    return int(text)
