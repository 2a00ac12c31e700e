"""The versions of a territory's map, and a former one put back in force."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import BadInput, Conflict, GridsvcError, NotSignedIn
from gridsvc.plans import findings
from gridsvc.plans.publishing import past
from gridsvc.plans.publishing.decisions import rollback, rollback_requests
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.plans.publishing.models import RollbackRequest
from gridsvc.plans.publishing.rules import RollbackDecision
from gridsvc.web import asked
from gridsvc.web.plans import desk_names
from gridsvc.web.plans.refused_words import in_words

blueprint = Blueprint("plan_versions", __name__)

#: Publications that the page shows; each took an approval, so that no office has more.
PUBLISHED = 500


@blueprint.get("/plans/versions")
@requires(Permission.VIEW_PLANS)
def page() -> str:
    """Show the versions of an area's map, and what putting one back would change."""
    fault, given = "", {"to": request.args.get("to", ""), "from": request.args.get("from", "")}
    try:
        return _page(given)
    except GridsvcError as refusal:
        fault = in_words(refusal.message)
    return _page({**given, "to": ""}, fault)


@blueprint.post("/plans/versions")
@requires(Permission.EDIT_PLANS)
def put_back() -> Response:
    """Ask for a former version, or put it back at once where the office lets one person do so."""
    form, scope = request.form, _area(request.form.get("in", ""))
    try:
        to, on = _day(form.get("to", "")), _day(form.get("from", ""))
        reason = form.get("reason", "").strip()
        if to is None or on is None or not reason:
            raise BadInput(gettext("Say from which day, and why."), ["from", "reason"])
        what = (edge.session(), scope, to, on, _asked(), reason[:500])
        if edge.settings().rollback_alone:
            return _told(scope, done=rollback.put_back(*what).id)
        return _told(scope, asked=rollback_requests.ask(*what).id)
    except GridsvcError as refusal:
        edge.session().rollback()
        return make_response(_page(dict(form), in_words(refusal.message)), 400)


@blueprint.post("/plans/versions/<int(max=2147483647):number>/<any(approve, refuse):word>")
@requires(Permission.APPROVE_PLANS)
def answer(number: int, word: str) -> Response:
    """Let a former version hold again, which takes a moment, or say why not."""
    db, scope = edge.session(), _area(request.form.get("in", ""))
    try:
        if word == "approve":
            return _told(scope, done=rollback_requests.approve(db, number, _asked()).id)
        reason = request.form.get("reason", "").strip()
        if not reason:
            raise BadInput(gettext("Say why it is not put back."), ["reason"])
        rollback_requests.refuse(db, number, _asked(), reason[:500])
        return _told(scope)
    except GridsvcError as refusal:
        db.rollback()
        return make_response(_page({}, in_words(refusal.message)), 400)


@blueprint.post("/plans/versions/<int(max=2147483647):number>/withdraw")
@requires(Permission.EDIT_PLANS)
def withdraw(number: int) -> Response:
    """Take the wish for a former version back."""
    scope = _area(request.form.get("in", ""))
    try:
        rollback_requests.withdraw(edge.session(), number, _asked())
        return _told(scope)
    except GridsvcError as refusal:
        edge.session().rollback()
        return make_response(_page({}, in_words(refusal.message)), 400)


def _told(scope: str, **more: int) -> Response:
    """Keep what was done, and show the versions."""
    edge.session().commit()
    return make_response(redirect(f"{url_for('.page')}?{urlencode({'in': scope, **more})}", 303))


def _page(given: dict[str, str], fault: str = "") -> str:
    db, viewer, scope = edge.session(), _viewer(), _area(given.get("in", asked.within()))
    found = past.versions(db, edge.sight(), scope)
    made = {
        one.id: one
        for one in past.publications(db, edge.sight().full, scope, before=None, limit=PUBLISHED)
    }
    newest = found[-1].on if found else edge.today()
    earliest = max(edge.today(), newest)
    to, on = _day(given.get("to", "")), _day(given.get("from", "")) or earliest
    may = allows(viewer.role, Permission.EDIT_PLANS) and bool(scope)
    days = [on, earliest] if fault else [on]
    change = _change(scope, to, *days) if may and to else None
    return render_template(
        "plans/plan_versions.html",
        versions=found[::-1],
        made=made,
        current=_current(found),
        divisions=[one for one in asked.divisions() if edge.sight().full.covers(one.code)],
        within=scope,
        may_put_back=may,
        to=to,
        on=on,
        change=change,
        names=desk_names.names(db, scope),
        done=made.get(request.args.get("done", 0, type=int)),
        waiting=rollback_requests.requests(db, edge.sight().full, scope, waiting=True),
        refused=_refused(scope),
        may_answer=allows(viewer.role, Permission.APPROVE_PLANS),
        may_ask=allows(viewer.role, Permission.EDIT_PLANS),
        alone=edge.settings().rollback_alone,
        me=viewer.id,
        fault=fault,
        reason=given.get("reason", ""),
    )


def _refused(scope: str) -> RollbackRequest | None:
    """Return the newest wish for a former map where the office said no; a new one covers it."""
    found = rollback_requests.requests(edge.session(), edge.sight().full, scope, limit=1)
    refused = found and found[0].decision is RollbackDecision.REFUSED
    return found[0] if refused else None


def _change(scope: str, to: date, on: date, instead: date | None = None) -> dict[str, Any] | None:
    """Work out what putting the version of a day back changes; the page tells cases in numbers.

    After a refusal the planner still sees it: from the day ``instead`` where the one that he chose
    cannot be, and nothing where neither can.
    """
    if instead is not None:
        for day in (on, instead):
            with suppress(GridsvcError):
                return _change(scope, to, day)
        return None
    db = edge.session()
    _, change = rollback.drawn(db, scope, to, on, _asked())
    if change.before.empty and change.after.empty:
        raise Conflict("This map is the one in force: there is nothing to publish.")
    return rollback.tables(db, change, to, edge.now())[1]


def _current(found: list[past.Version]) -> date | None:
    """Return the day on which what holds today began."""
    return max((one.on for one in found if one.on <= edge.today()), default=None)


def _area(code: str) -> str:
    """Return the division asked for, where the viewer answers for it."""
    return code if code and edge.sight().full.covers(code) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = gettext("“%(text)s” is no date: write it as 2026-11-22.", text=text[:20])
        raise BadInput(message) from None


def _asked() -> Asked:
    settings = edge.settings()
    return Asked(
        _viewer(), edge.now(), edge.today(), settings.publish_days_back,
        findings.severities_by(settings.findings),
    )  # fmt: skip


def _viewer() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
