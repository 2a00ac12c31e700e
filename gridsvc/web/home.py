"""The start page: what each role has to look at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask_babel import gettext

from dashboards.scales import FUNCTIONAL, OUT_OF_RANGE, PILE
from gridsvc import edge
from gridsvc.accounts.rules import HANDLERS, Permission, Role, Sight, requires
from gridsvc.grids.queries import covered, grids_on
from gridsvc.incidents import past_work, work_list
from gridsvc.incidents.queries import Wanted
from gridsvc.incidents.work_list import Question, Tally
from gridsvc.plans.queries import plans as drafts
from gridsvc.plans.rules import ENDED
from gridsvc.visits.rules import WINDOW_DAYS
from gridsvc.web import asked
from gridsvc.web.atlas import figures, map_objects
from gridsvc.web.atlas.figures import Figures, Row
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.plans.desk_words import PLAN_STATES
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print

blueprint = Blueprint("home", __name__)

#: What fits the panel beside a map on a laptop.
CASES, GRIDS, DRAFTS = 8, 12, 5

_MAPS: dict[str, Callable[[date, str], Any]] = {
    "attention": map_objects.attention_page_map,
    "grids": map_objects.grids_page_map,
    "households": partial(map_objects.coverage_page_map, "households"),
}


@dataclass(frozen=True)
class Story:
    """Where a district needs somebody: nobody in charge, work piling up, nobody visited.

    Attributes
    ----------
    grids : int
        Grids that fill the territory.
    nobody, unvisited : list of Row
        Grids without a team; grids without any visit in the window.
    piles : list of Row
        Grids where open cases per 100 households reach what the map calls a pile, most first.
    """

    grids: int
    nobody: list[Row]
    unvisited: list[Row]
    piles: list[Row]


@blueprint.get("/")
@requires(Permission.OPEN)
def home() -> Response | str:
    """Show the start page of the viewer's role."""
    viewer, on = edge.user(), asked.day()
    role = viewer.role if viewer else None
    if role is Role.AUDITOR:
        return make_response(redirect(url_for("records.audit"), 303))
    if role is Role.ADMIN:
        return make_response(redirect(url_for("records.users"), 303))
    if viewer is None:
        public = bool(edge.sight().prefixes)
        return _visitor(on) if public else make_response(redirect(url_for("sign_in.form"), 303))
    if role in HANDLERS:
        return _handler(on)
    return _planner(on) if role is Role.PLANNER else _office(on)


@blueprint.get("/favicon.ico")
@requires(Permission.OPEN)
def icon() -> Response:
    """Lead browsers that look here on their own to the mark."""
    return make_response(redirect(url_for("static", filename="img/mark.svg"), 301))


def _office(on: date) -> Response | str:
    own = asked.own_area()
    return _shown(
        "home/home_office.html",
        on,
        own,
        "attention",
        heading=_wants(on),
        story=_story(own, on),
        tally=_tally(on),
    )


def _visitor(on: date) -> Response | str:
    return _shown(
        "home/home_visitor.html",
        on,
        "",
        "attention",
        # The paper cannot be tapped: it bears the question that its map answers.
        heading=_wants(on) if prints.wanted() else gettext("Who looks after your grid?"),
        story=_story("", on),
        step=edge.settings().mask_threshold,
    )


def _wants(on: date) -> str:
    if asked.moment(on).past:
        return gettext("What needed somebody on %(day)s?", day=on)
    return gettext("What needs somebody today?")


def _handler(on: date) -> Response | str:
    db, sight, then, own = edge.session(), edge.sight(), asked.moment(on), asked.own_area()
    mine = _mine(figures.open_work(Wanted(), on, own))
    page = past_work.page if then.past else work_list.page
    return _shown(
        "home/home_handler.html",
        on,
        own,
        "grids",
        heading=gettext("What was due in my grids on %(day)s?", day=on)
        if then.past
        else gettext("What is due in my grids?"),
        tally=_tally(on),
        rows=page(db, sight, Question(), then.at, offset=0, limit=CASES),
        grids=mine[:GRIDS],
        count=len(mine),
    )


def _tally(on: date) -> Tally:
    then = asked.moment(on)
    reads = past_work.tally if then.past else work_list.tally
    return reads(edge.session(), edge.sight(), "", then.at)


def _shown(template: str, on: date, own: str, drawn: str, **told: Any) -> Response | str:
    """Show a start page as of a day; ``past`` is the day that its links ask for as well.

    ``drawn`` is what its map colours, on screen and in print.
    """
    then = asked.moment(on)
    if then.past:
        told |= {"now": then.at, "tomorrow": then.at}
    told |= {"on": on, "past": on if then.past else None}
    if print_ := prints.wanted():
        # Around the own grids the screen shows what everybody sees; no number here is theirs.
        sight = Sight(edge.sight().full) if edge.user() else None
        found = _figures(drawn, on, own)
        return map_print(template, print_, drawn, sight=sight, found=found, within=own, **told)
    shown = drawn_parts(_MAPS[drawn](on, own))
    return render_template(template, layout="home/home.html", prints=prints, map=shown, **told)


def _figures(drawn: str, on: date, own: str) -> Figures:
    return figures.attention(on, own) if drawn == "attention" else _households(on, own)


def _households(on: date, own: str) -> Figures:
    return figures.coverage("households", on, own)


def _planner(on: date) -> Response | str:
    own = asked.own_area()
    found = drafts(edge.session(), edge.sight().full)
    mine = _mine(_households(on, own))
    outside = [row for row in mine if row.flags & OUT_OF_RANGE]
    return _shown(
        "home/home_planner.html",
        on,
        own,
        "households",
        heading=gettext("Which grids left their range?"),
        drafts=[one for one in found if one.state not in ENDED][:DRAFTS],
        states=PLAN_STATES,
        outside=outside,
        count=len(mine),
        ranges=grids_on(edge.session(), edge.sight().full, on),
    )


def _mine(found: Figures) -> list[Row]:
    """Return the grids that the account answers for, without what it sees as anybody does."""
    return _rows(found, covered(found.grids.index, edge.sight().full))


def _story(within: str, on: date) -> Story:
    charge = figures.coverage("staffing", on, within)
    called = figures.coverage("visits", on, within, WINDOW_DAYS)
    work = figures.open_work(Wanted(), on, within)
    return Story(
        grids=int((charge.grids["flags"] < FUNCTIONAL).sum()),
        nobody=_rows(charge, charge.grids["class"] == 0),
        unvisited=_rows(called, called.grids["num"] == 0),
        piles=_rows(work, work.grids["value"] >= PILE),
    )


def _rows(found: Figures, wanted: Any) -> list[Row]:
    """Return the wanted grids among those that fill the territory, the worst first."""
    filling = found.grids["flags"] < FUNCTIONAL
    return replace(found, grids=found.grids[filling & wanted]).rows()
