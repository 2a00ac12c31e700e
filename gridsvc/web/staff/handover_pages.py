"""Give a team's grids to another one: first what would go along, then the order."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound, NotSignedIn, RuleViolation
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.incidents.queries import Wanted, moment, open_counts
from gridsvc.staffing.assigning import grids_of_team, hand_over
from gridsvc.staffing.models import GridHandover, Team
from gridsvc.staffing.queries import teams
from gridsvc.staffing.rules import TeamKind
from gridsvc.web.staff import words

blueprint = Blueprint("staff_handover", __name__)

#: More teams than any district has grids; orders that the page shows.
TEAMS, ORDERS = 2000, 50


@blueprint.get("/staff/hand-over")
@requires(Permission.KEEP_STAFF)
def page() -> str:
    """Show what goes along when one team hands over to another, and the orders so far."""
    return _page(request.args)


@blueprint.post("/staff/hand-over")
@requires(Permission.KEEP_STAFF)
def order() -> Response:
    """Give the order; the log notes who."""
    form, db, viewer = request.form, edge.session(), account()
    try:
        old, new, on = _team(form.get("old", "")), _team(form.get("new", "")), day_of(form)
        if old is None or new is None:
            raise BadInput(gettext("Choose both teams."), ["old", "new"])
        grids = hand_over(
            db, old, new, on, scope=viewer.scope, by=viewer, now=edge.now(), today=edge.today()
        )
    except (BadInput, RuleViolation) as refusal:
        return make_response(_page(form, _said(refusal)), 400)
    detail = {"to": new.code, "on": on.isoformat(), "grids": len(grids)}
    record(db, viewer, "staffing.hand_over", old.code, detail)
    db.commit()
    return make_response(redirect(url_for("staff_handover.page", done=len(grids)), 303))


def _page(asked: Any, fault: str = "") -> str:
    db, scope = edge.session(), edge.sight().full
    known = teams(db, scope, edge.today(), after="", limit=TEAMS)
    old, new, on = _team(asked.get("old", "")), _team(asked.get("new", "")), day_of(asked)
    grids = grids_of_team(db, old.id, on) if old else []
    return render_template(
        "staff/staff_handover.html",
        teams=[one for one in known if one.kind is TeamKind.GRID],
        old=old,
        new=new,
        on=on,
        grids=db.scalars(select(Grid).where(Grid.code.in_(grids)).order_by(Grid.code)).all(),
        open_cases=_open(grids),
        orders=_orders(),
        fault=fault,
    )


def _open(grids: list[str]) -> dict[str, int]:
    """Count the open cases of grids that the viewer answers for."""
    settings = edge.settings()
    scope = edge.sight().full
    mine = type(scope)(tuple(code for code in grids if scope.covers(code)))
    if not mine.prefixes:
        return {}
    at = moment(edge.today(), edge.now(), settings.time_zone)
    counted = open_counts(edge.session(), edge.sight(), Wanted(), at, mine)
    return {code: int(counted.exact.get(code, 0)) for code in mine.prefixes}


def _orders() -> list[Any]:
    """Return the newest orders of the viewer's area, a line for each of one pair and day."""
    old, new = aliased(Team), aliased(Team)
    query = (
        select(
            GridHandover.effective_on,
            old.name.label("old"),
            old.name_en.label("old_en"),
            new.name.label("new"),
            new.name_en.label("new_en"),
            func.count().label("grids"),
            func.sum(GridHandover.cases).label("cases"),
            func.bool_and(GridHandover.done_at.is_not(None)).label("done"),
        )
        .outerjoin(old, old.id == GridHandover.from_team_id)
        .join(new, new.id == GridHandover.to_team_id)
        .where(below(GridHandover.grid_code, edge.sight().full, GRID_DIGITS))
        .group_by(GridHandover.effective_on, GridHandover.ordered_at, old.id, new.id)
        .order_by(GridHandover.effective_on.desc(), GridHandover.ordered_at.desc())
        .limit(ORDERS)
    )
    return list(edge.session().execute(query))


def _team(code: str) -> Team | None:
    """Return the team of a code, where the viewer answers for it or for one of its grids."""
    if not code:
        return None
    db, scope = edge.session(), edge.sight().full
    found = db.scalar(select(Team).where(Team.code == code[:80]))
    if found is None or not (
        scope.covers(found.division_code)
        or any(scope.covers(one) for one in grids_of_team(db, found.id, edge.today()))
    ):
        raise NotFound(gettext("There is no team %(code)s that you may see.", code=code[:20]))
    return found


def day_of(asked: Any) -> date:
    """Return the day ``on`` of a form or an address, today when it is empty."""
    text = asked.get("on", "").strip()
    try:
        return date.fromisoformat(text) if text else edge.today()
    except ValueError:
        message = gettext("“%(text)s” is no date: write it as 2026-11-22.", text=text[:20])
        raise BadInput(message, ["on"]) from None


def _said(refusal: BadInput | RuleViolation) -> str:
    if refusal.reason is None:
        return refusal.message
    return str(words.HANDOVER_FAULTS[refusal.reason]) % dict(refusal.values)


def account() -> UserAccount:
    """Return who asks; the tag of the view lets nobody else here."""
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
