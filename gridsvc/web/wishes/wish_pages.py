"""The board of micro-wishes: what waits, by topic, and whose service fits."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import BadInput, Conflict, NotSignedIn, RuleViolation
from gridsvc.grids.queries import below, valid_on
from gridsvc.incidents.handling.life import teams_of
from gridsvc.staffing.models import Team
from gridsvc.web.cases import refusal_words, steps
from gridsvc.wishes import queries, services

blueprint = Blueprint("wishes", __name__)

#: Wishes that a heap shows; the work list has every one.
FIRST = 12
LONGEST = 120
_WISH = "/wishes/<int(max=9223372036854775807):number>"


@blueprint.get("/wishes")
@requires(Permission.VIEW_CASES)
def page() -> str:
    """Show the wishes of the viewer's area."""
    return _page()


@blueprint.post(f"{_WISH}/claim")
@requires(Permission.VIEW_CASES)
def claim(number: int) -> Response:
    """Claim a wish; whoever comes second is told."""
    try:
        services.claim(
            edge.session(), number, steps.number("team_id"), _account(), edge.sight(), edge.now()
        )
    except (Conflict, RuleViolation, BadInput) as refusal:
        if refusal.reason in ("wrong_state", "claimed_by_another"):
            told = gettext("Somebody was faster: this wish waits no more. Choose another one.")
            return make_response(_page(told), 409)
        status = {Conflict: 409, RuleViolation: 422}.get(type(refusal), 400)
        return make_response(_page(refusal_words.said(refusal)), status)
    return make_response(redirect(url_for("work.case", number=number), 303))


@blueprint.post(f"{_WISH}/topic")
@requires(Permission.KEEP_WISHES)
def sort(number: int) -> Response:
    """Put a wish under a topic."""
    services.sort(edge.session(), number, steps.number("topic_id"), _account(), edge.sight())
    return _back()


@blueprint.post("/wishes/topics")
@requires(Permission.KEEP_WISHES)
def add_topic() -> Response:
    """Add a topic."""
    name, name_en = _text("name"), _text("name_en")
    if not name:
        return make_response(_page(gettext("Give the topic a name.")), 400)
    try:
        services.add_topic(edge.session(), name, name_en, _account())
    except Conflict:
        return make_response(_page(gettext("There is a topic of that name already.")), 409)
    return _back()


@blueprint.post("/wishes/services")
@requires(Permission.KEEP_WISHES)
def offer() -> Response:
    """Say what a team can do about a topic."""
    team, topic, skill = steps.number("team_id"), steps.number("topic_id"), _text("skill")
    if not (team and topic and skill):
        return make_response(_page(gettext("Choose a team and a topic, and name the skill.")), 400)
    services.offer(edge.session(), team, topic, skill, _account(), edge.today())
    return _back()


@blueprint.post("/wishes/services/<int(max=2147483647):number>/end")
@requires(Permission.KEEP_WISHES)
def end(number: int) -> Response:
    """End a service."""
    services.end(edge.session(), number, _account(), edge.today())
    return _back()


def _page(fault: str = "") -> str:
    db, viewer, on = edge.session(), _account(), edge.today()
    heaps = queries.heaps(db, edge.sight(), on, limit=FIRST)
    mine = teams_of(db, viewer, on)
    own = select(Team).where(Team.id.in_(mine)).order_by(Team.code)
    theirs = select(Team).where(valid_on(Team, on), below(Team.division_code, viewer.scope))
    keeps = allows(viewer.role, Permission.KEEP_WISHES)
    return render_template(
        "wishes/wishes.html",
        heaps=heaps,
        waiting=sum(one.waiting for one in heaps),
        claimed=sum(one.claimed for one in heaps),
        granted=sum(one.granted for one in heaps),
        mine=db.scalars(own).all(),
        keeps=keeps,
        teams=db.scalars(theirs.order_by(Team.code)).all() if keeps else [],
        topics=queries.topics(db),
        may_end=viewer.scope.covers,
        fault=fault,
    )


def _back() -> Response:
    return make_response(redirect(url_for("wishes.page"), 303))


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST]


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
