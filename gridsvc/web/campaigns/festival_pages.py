"""The festivals ahead: the country's and the office's own, each a day to plan from."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.calendars.festivals import (
    add_festival,
    festivals,
    remove_festival,
    written_until,
)
from gridsvc.errors import Conflict, NotSignedIn
from gridsvc.web import asked

blueprint = Blueprint("festivals", __name__)

#: How far a plan looks ahead: every festival comes once in it.
AHEAD = timedelta(days=366)
LONGEST_NAME = 40


@blueprint.get("/festivals")
@requires(Permission.VIEW_MAPS)
def page() -> str:
    """List the festivals of a year from a day on."""
    return _page()


@blueprint.post("/festivals")
@requires(Permission.KEEP_TARGETS)
def add() -> Response:
    """Add a festival of the office's own."""
    name, name_en = (
        request.form.get(field, "").strip()[:LONGEST_NAME] for field in ("name", "name_en")
    )
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return make_response(_page(gettext("Choose a day for the festival.")), 400)
    if not name:
        return make_response(_page(gettext("Give the festival a name.")), 400)
    try:
        prefix = request.form.get("prefix", "")
        add_festival(edge.session(), prefix, day, name, name_en, _account())
    except Conflict:
        return make_response(_page(gettext("This festival is in the list already.")), 409)
    return _back()


@blueprint.post("/festivals/<int(max=2147483647):number>/remove")
@requires(Permission.KEEP_TARGETS)
def remove(number: int) -> Response:
    """Take a festival of the office's own away."""
    remove_festival(edge.session(), number, _account())
    return _back()


def _page(fault: str = "") -> str:
    viewer, on = _account(), asked.day()
    found = festivals(edge.session(), asked.own_area(), on, on + AHEAD)
    return render_template(
        "campaigns/festivals.html",
        festivals=[(one, (one.day - edge.today()).days) for one in found],
        on=on,
        offered=[one for one in asked.divisions() if edge.sight().full.covers(one.code)],
        written_until=written_until(),
        may_keep=allows(viewer.role, Permission.KEEP_TARGETS),
        fault=fault,
        longest=LONGEST_NAME,
    )


def _back() -> Response:
    return make_response(redirect(url_for("festivals.page"), 303))


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
