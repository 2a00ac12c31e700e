"""Teams across grids: which there are, how many people, what they can do."""

from __future__ import annotations

from collections import Counter
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound
from gridsvc.grids.queries import divisions
from gridsvc.staffing import special_teams
from gridsvc.staffing.rules import TeamKind
from gridsvc.staffing.special_teams import TeamWish, keep_team, skills_of
from gridsvc.web import asked
from gridsvc.web.staff import words
from gridsvc.web.staff.handover_pages import account
from gridsvc.web.staff.staff_pages import names_of

blueprint = Blueprint("staff_teams", __name__)


@blueprint.get("/staff/teams")
@requires(Permission.VIEW_STAFF)
def page() -> str:
    """Show the specialist and volunteer teams of the viewer's area, all or those of one skill."""
    return _page(asked.day())


@blueprint.post("/staff/teams")
@requires(Permission.KEEP_STAFF)
def keep() -> Response:
    """Make a team or change its members, skills and phone."""
    db, viewer = edge.session(), account()
    try:
        made = keep_team(db, _wish(), edge.today(), viewer.scope)
    except (BadInput, NotFound) as refusal:
        db.rollback()
        return make_response(_page(edge.today(), _said(refusal)), 400)
    record(db, viewer, "staffing.team", made.code, {"members": made.member_count})
    db.commit()
    return make_response(redirect(url_for("staff_teams.page"), 303))


def _wish() -> TeamWish:
    form = request.form
    members, kind = form.get("members", ""), form.get("kind", "")
    if not (members.isascii() and members.isdigit() and len(members) < 10):
        raise BadInput("no number", ["members"])
    if kind not in special_teams.ACROSS:
        raise BadInput("no kind", ["kind"])
    return TeamWish(
        code=form.get("code", "").strip(),
        name=form.get("name", "").strip(),
        kind=TeamKind(kind),
        division_code=form.get("area", ""),
        members=int(members),
        skills=skills_of(form.get("skills", "")),
        duty_phone=form.get("phone", "").strip() or None,
    )


def _page(on: date, fault: str = "") -> str:
    db, scope = edge.session(), edge.sight().full
    found = special_teams.special_teams(db, scope, on)
    counted = Counter(skill for one in found for skill in one.team.skills)
    skill = request.args.get("skill", "")[:80]
    shown = [one for one in found if not skill or skill in one.team.skills]
    return render_template(
        "staff/staff_teams.html",
        teams=shown,
        all=found,
        skill=skill,
        skills=counted.most_common(),
        kinds=special_teams.ACROSS,
        areas=[one for one in divisions(db, scope) if scope.covers(one.code)],
        names=names_of({one.team.division_code for one in found}),
        words=words,
        fault=fault,
        past=on if on < edge.today() else None,
    )


def _said(refusal: BadInput | NotFound) -> str:
    if isinstance(refusal, NotFound):
        return gettext("The area is not yours, or another team has this code: choose another one.")
    fields = gettext(", ").join(str(words.TEAM_FIELDS[one]) for one in refusal.ids)
    return gettext("Check what you wrote: %(fields)s.", fields=fields)
