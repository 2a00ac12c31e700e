"""What an office aims at: the targets that hold, by division, and every line ever set."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import NotSignedIn
from gridsvc.targets.queries import ever_set, in_force
from gridsvc.targets.rules import BOUNDS, TargetKind, nearest
from gridsvc.targets.services import set_target
from gridsvc.web import asked

blueprint = Blueprint("targets", __name__)

ROWS = 100
KINDS = {
    TargetKind.TEAM_HALF_DAYS: lazy_gettext("half-days of a team on rounds, a week"),
    TargetKind.AGENT_DAYS: lazy_gettext("days on which an agent is met, a week"),
    TargetKind.CENTRE_SHARE: lazy_gettext("subdistricts with a centre, in per cent"),
    TargetKind.STATION_SHARE: lazy_gettext("communities with a station, in per cent"),
    TargetKind.AGENT_SHARE: lazy_gettext("grids with an agent point, in per cent"),
}


@blueprint.get("/targets")
@requires(Permission.VIEW_REPORTS)
def page() -> str:
    """Show the targets of a place on a day, and who set what when."""
    return _page()


@blueprint.post("/targets")
@requires(Permission.KEEP_TARGETS)
def aim() -> Response:
    """Set a target from a day on."""
    kind, text = request.form.get("kind", ""), request.form.get("value", "").strip()
    try:
        known, first = TargetKind(kind), date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError:
        return make_response(_page(gettext("Choose what is aimed at, and from which day.")), 400)
    low, high = BOUNDS[known]
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not low <= value <= high:
        fault = gettext("Give a whole number from %(low)s to %(high)s.", low=low, high=high)
        return make_response(_page(fault), 400)
    if first < edge.today():
        fault = gettext("%(day)s is over, and its figures stand: begin today or later.", day=first)
        return make_response(_page(fault), 400)
    prefix = request.form.get("prefix", "")
    set_target(edge.session(), prefix, known, value, first, _account(), edge.today())
    return make_response(redirect(url_for("targets.page"), 303))


def _page(fault: str = "") -> str:
    viewer, on, within = _account(), asked.day(), asked.within()
    scope = edge.sight().full.narrowed(within)
    lines = ever_set(edge.session(), tuple(TargetKind), scope)
    number = asked.whole_number("page", 1, 1, 1000)
    return render_template(
        "targets.html",
        kinds=KINDS,
        bounds=BOUNDS,
        holds={kind: nearest(in_force(edge.session(), kind, on), within) for kind in TargetKind},
        lines=lines[(number - 1) * ROWS : number * ROWS],
        page=number,
        pages=-(-len(lines) // ROWS),
        place=asked.place(within),
        place_of=asked.place,
        within=within,
        on=on,
        divisions=asked.divisions(),
        offered=[one for one in asked.divisions() if viewer.scope.covers(one.code)],
        may_keep=allows(viewer.role, Permission.KEEP_TARGETS),
        fault=fault,
    )


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
