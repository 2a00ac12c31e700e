"""The escalation ladder of an office: who is told at which share of the limit, and what it was."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, NotSignedIn
from gridsvc.grids.queries import divisions
from gridsvc.incidents.escalation import ladder_book
from gridsvc.incidents.models import EscalationStep
from gridsvc.incidents.rules.escalation import RungWish, Told
from gridsvc.web import asked
from gridsvc.web.cases import refusal_words

blueprint = Blueprint("ladder", __name__)

#: Empty lines of the form, for rungs to come; more come with the next change.
SPARE = 3
LONGEST_REASON = 400


@blueprint.get("/ladder")
@requires(Permission.KEEP_LADDER)
def page() -> str:
    """Show the ladder that holds for a division, and how it came about."""
    return _page(asked.within())


@blueprint.post("/ladder")
@requires(Permission.KEEP_LADDER)
def change() -> Response:
    """Give a division the ladder of the form."""
    code, reason = request.form.get("in", ""), request.form.get("reason", "")[:LONGEST_REASON]
    try:
        if code and not (code.isascii() and code.isdigit() and len(code) <= 12):
            raise BadInput(
                gettext("“%(text)s” is no code of a division or a grid.", text=code[:20])
            )
        ladder_book.change(edge.session(), code, _wishes(), reason, _account(), edge.now())
    except BadInput as refusal:
        return make_response(_page(code, refusal_words.said(refusal)), 400)
    return make_response(redirect(f"{url_for('ladder.page')}?in={code or asked.EVERYWHERE}", 303))


def _page(code: str, fault: str = "") -> str:
    db, viewer = edge.session(), _account()
    owner, rungs = ladder_book.in_force(db, code)
    past = ladder_book.past(db, code)
    return render_template(
        "ladder.html",
        code=code,
        everywhere=asked.EVERYWHERE,
        fault=fault,
        owner=owner,
        rungs=rungs,
        spare=SPARE,
        past=past,
        names=_names(past),
        roles_told=list(Told),
        may_change=viewer.scope.covers(code),
        divisions=divisions(db, viewer.scope),
    )


def _wishes() -> list[RungWish]:
    """Read the lines of the form; one without a share is no rung."""
    wishes = []
    for line in range(100):
        percent = request.form.get(f"percent_{line}")
        if percent is None:
            break
        if not percent.strip():
            continue
        told = request.form.get(f"told_{line}", "")
        if not (percent.isascii() and percent.isdigit() and len(percent) < 6):
            raise BadInput(gettext("“%(text)s” is no number.", text=percent[:20]), ["percent"])
        if told not in set(Told):
            raise BadInput(gettext("Choose who is told."), ["told"])
        raises, slip = (f"{name}_{line}" in request.form for name in ("raises", "slip"))
        wishes.append(RungWish.of(int(percent), told, raises, slip))
    return wishes


def _names(past: list[EscalationStep]) -> dict[int, Any]:
    ids = {one.made_by for one in past} | {one.disabled_by for one in past}
    query = select(UserAccount).where(UserAccount.id.in_(ids - {None}))
    return {one.id: one.title or one.username for one in edge.session().scalars(query)}


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
