"""The start page: what each role has to look at first."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from dashboards.scales import FUNCTIONAL, OUT_OF_RANGE
from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import HANDLERS, Permission, Role, requires
from gridsvc.incidents.queries import Wanted
from gridsvc.visits.rules import WINDOW_DAYS
from gridsvc.web import figures, map_objects, work_list
from gridsvc.web.figures import Figures, Row
from gridsvc.web.map_pages import drawn_parts
from gridsvc.web.work_list import Question

blueprint = Blueprint("home", __name__)

#: What fits the panel beside a map on a laptop.
CASES, GRIDS = 8, 12


@dataclass(frozen=True)
class Story:
    """Where a district needs somebody: nobody in charge, work piling up, nobody visited.

    Attributes
    ----------
    grids : int
        Grids that fill the territory.
    nobody, unvisited : list of Row
        Grids without a team; grids without any visit in the window.
    pile : Row or None
        The grid with the most open cases per 100 households.
    open, households : int or None
        Of the whole area; ``None``: too few to show.
    """

    grids: int
    nobody: list[Row]
    unvisited: list[Row]
    pile: Row | None
    open: float | None
    households: float | None


@blueprint.get("/")
@requires(Permission.OPEN)
def home() -> Response | str:
    """Show the start page of the viewer's role."""
    viewer = edge.user()
    role = viewer.role if viewer else None
    if role is Role.AUDITOR:
        return make_response(redirect(url_for("records.audit"), 303))
    if role is Role.ADMIN:
        return make_response(redirect(url_for("records.users"), 303))
    if viewer is None:
        public = bool(edge.sight().prefixes)
        return _visitor() if public else make_response(redirect(url_for("sign_in.form"), 303))
    if role in HANDLERS:
        return _handler()
    return _planner() if role is Role.PLANNER else _office(viewer)


@blueprint.get("/favicon.ico")
@requires(Permission.OPEN)
def icon() -> Response:
    """Lead browsers that look here on their own to the mark."""
    return make_response(redirect(url_for("static", filename="img/mark.svg"), 301))


def _office(viewer: UserAccount) -> str:
    return render_template(
        "home_office.html",
        story=_story(),
        tally=work_list.tally(edge.session(), edge.sight(), "", edge.now()),
        map=drawn_parts(map_objects.open_issues_page_map("density", edge.today())),
    )


def _visitor() -> str:
    return render_template(
        "home_visitor.html",
        story=_story(),
        map=drawn_parts(map_objects.grids_page_map(edge.today())),
    )


def _handler() -> str:
    db, sight, now = edge.session(), edge.sight(), edge.now()
    open_work = figures.open_work(Wanted(), edge.today())
    return render_template(
        "home_handler.html",
        tally=work_list.tally(db, sight, "", now),
        rows=work_list.page(db, sight, Question(), now, offset=0, limit=CASES),
        grids=open_work.rows(GRIDS),
        count=len(open_work.grids),
        map=drawn_parts(map_objects.grids_page_map(edge.today())),
    )


def _planner() -> str:
    found = figures.coverage("households", edge.today())
    outside = [row for row in found.rows() if row.flags & OUT_OF_RANGE]
    return render_template(
        "home_planner.html",
        outside=outside,
        count=len(_filling(found)),
        map=drawn_parts(map_objects.coverage_page_map("households", edge.today())),
    )


def _story() -> Story:
    on = edge.today()
    charge = _filling(figures.coverage("staffing", on))
    called = _filling(figures.coverage("visits", on, window_days=WINDOW_DAYS))
    work = figures.open_work(Wanted(), on)
    piles = [row for row in _filling(work) if row.value]
    return Story(
        grids=len(charge),
        nobody=[row for row in charge if row.step == 0],
        unvisited=[row for row in called if row.num == 0],
        pile=piles[0] if piles else None,
        open=work.total["num"],
        households=work.total["den"],
    )


def _filling(found: Figures) -> list[Row]:
    return [row for row in found.rows() if not row.flags & FUNCTIONAL]
