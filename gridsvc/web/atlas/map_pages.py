"""The three map pages: a question, its answer, the map, and the list behind the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import folium
from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from dashboards.scales import FUNCTIONAL
from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.grids.queries import grids_on, shown
from gridsvc.incidents import work_list
from gridsvc.incidents.heat import Heat
from gridsvc.incidents.queries import categories
from gridsvc.incidents.rules import Level
from gridsvc.visits.rules import TARGET_RATE, WINDOW_DAYS
from gridsvc.web import asked
from gridsvc.web.atlas import figures, map_objects, maps
from gridsvc.web.atlas.figures import Figures
from gridsvc.web.atlas.folium_parts import MapParts, parts
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print

blueprint = Blueprint("map_pages", __name__)

#: Rows of the table on a page.
ROWS = 200

QUESTIONS = {
    "households": lazy_gettext("Is every grid the right size?"),
    "staffing": lazy_gettext("Who answers for every household?"),
    "visits": lazy_gettext("Has every household been called on?"),
    "open": lazy_gettext("Where is work still open?"),
    "grids": lazy_gettext("Where are the grids?"),
    "hot": lazy_gettext("Where does work pile up beyond chance?"),
}
READINGS = {
    "staffing": lazy_gettext("In charge"),
    "visits": lazy_gettext("Visits"),
    "households": lazy_gettext("Households"),
}


class Measure(StrEnum):
    """The two pictures of open work; each hides what the other shows (docs/maps.md)."""

    DENSITY = "density"
    PER_100_HOUSEHOLDS = "per_100_households"


MEASURES = {
    Measure.DENSITY: lazy_gettext("Where it lies close"),
    Measure.PER_100_HOUSEHOLDS: lazy_gettext("Per 100 households"),
}
#: Days that the age filter offers: a day, the promise of half a week, one and two cycles.
AGES = (1, 3, 7, 14, 30)


@dataclass(frozen=True)
class Tab:
    """Another reading of the same place."""

    href: str
    label: str
    here: bool


@blueprint.get("/maps/coverage")
@requires(Permission.VIEW_PUBLIC_MAP)
def coverage() -> str | Response:
    """Show who answers for the households (``households``, ``staffing``) or was visited."""
    kind, on, within = maps.kind(), asked.day(), maps.within()
    found = figures.coverage(kind, on, within)
    drawn = map_objects.coverage_page_map(kind, on, within)
    return _page(
        f"atlas/coverage_{kind}.html",
        found,
        drawn,
        within,
        question=kind,
        ranges=grids_on(edge.session(), shown(edge.sight(), within), on),
        may_staff=_may_staff(),
        tabs=_tabs("map_pages.coverage", "kind", READINGS, kind),
        reading_name="kind",
        reading=kind,
        window_days=WINDOW_DAYS,
        target=TARGET_RATE,
    )


@blueprint.get("/maps/open-issues")
@requires(Permission.VIEW_PUBLIC_MAP)
def open_issues() -> str | Response:
    """Show where work is open: as heat (``density``) or against the households."""
    measure = asked.one_of("measure", Measure) or Measure.DENSITY
    on, within, wanted = asked.day(), maps.within(), maps.wanted()
    found = figures.open_work(wanted, on, within)
    drawn = map_objects.open_issues_page_map(
        measure.value,
        on,
        within,
        category=request.args.get("category") or None,
        older_than_days=wanted.older_than_days,
        level=wanted.level,
    )
    viewer = edge.user()
    lists = viewer is not None and allows(viewer.role, Permission.VIEW_CASES)
    today = on == edge.today() and not wanted.filtered
    return _page(
        "atlas/open_issues.html",
        found,
        drawn,
        within,
        question="open",
        tabs=open_work_tabs(measure),
        reading_name="measure",
        reading=measure,
        wanted=wanted,
        categories=categories(edge.session(), on),
        levels=list(Level),
        ages=AGES,
        may_list=lists,
        full=edge.sight().full,
        tally=work_list.tally(edge.session(), edge.sight(), within, edge.now())
        if lists and today
        else None,
    )


@blueprint.get("/maps/grids")
@requires(Permission.VIEW_PUBLIC_MAP)
def grids() -> str | Response:
    """Show where the grids are, and which of them left their range."""
    on, within = asked.day(), maps.within()
    found = figures.coverage("households", on, within)
    drawn = map_objects.grids_page_map(on, within)
    versions = f"{quote(request.script_root)}/api/v1/grids/versions"
    return _page(
        "atlas/grids.html",
        found,
        drawn,
        within,
        question="grids",
        tabs=[],
        versions_address=versions,
    )


def _may_staff() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.KEEP_STAFF)


def drawn_parts(drawn: folium.Map | None) -> MapParts | None:
    """Return what a template puts into the page of a map, ``None`` where nothing can be drawn."""
    if drawn is None:
        return None
    return parts(drawn, edge.nonce(), lambda path: url_for("static", filename=path))


def _page(
    template: str,
    found: Figures,
    drawn: folium.Map | None,
    within: str,
    *,
    question: str,
    **more: Any,
) -> str | Response:
    page = asked.whole_number("page", 1, 1, 1000)
    # The list is what the number was made of: functional grids lie over others and are not in it.
    rows = [row for row in found.rows() if question == "grids" or not row.flags & FUNCTIONAL]
    told = {
        "heading": QUESTIONS[question],
        "found": found,
        "filling": found.grids[found.grids["flags"] < FUNCTIONAL],
        "on": found.on,
        "within": within,
        **more,
    }
    if print_ := prints.wanted():
        legend, heat = _legend(question, more.get("reading"), found, within)
        return map_print(template, print_, legend, heat, bandwidth_m=maps.bandwidth_m(), **told)
    return render_template(
        template,
        layout="atlas/map.html",
        rows=rows[(page - 1) * ROWS : page * ROWS],
        page=page,
        pages=-(-len(rows) // ROWS),
        divisions=asked.divisions(),
        map=drawn_parts(drawn),
        prints=prints,
        **told,
    )


def _legend(question: str, reading: Any, found: Figures, within: str) -> tuple[str, Heat | None]:
    """Say what a print of the page colours, and give the heat where that is heat."""
    if reading is Measure.DENSITY:
        return Measure.DENSITY.value, maps.heat(found.on, within)
    return (question if question == "grids" else found.reading), None


def open_work_tabs(chosen: Measure | None) -> list[Tab]:
    """Return the pictures of open work; ``None`` is that of hot spots, for who counts exactly."""
    tabs = _tabs("map_pages.open_issues", "measure", MEASURES, chosen or "")
    viewer = edge.user()
    if viewer is not None and allows(viewer.role, Permission.VIEW_CASES):
        others: dict[str, Any] = request.args.to_dict()
        kept = {name: told for name, told in others.items() if name not in ("measure", "page")}
        href = url_for("hot_spots.page", **kept)
        tabs.append(Tab(href, gettext("Hot spots"), chosen is None))
    return tabs


def _tabs(endpoint: str, name: str, readings: Mapping[Any, Any], chosen: str) -> list[Tab]:
    """Return the readings of a map; the other filters go along."""
    others: dict[str, Any] = request.args.to_dict()
    others.pop("page", None)
    return [
        Tab(url_for(endpoint, **{**others, name: str(reading)}), str(label), reading == chosen)
        for reading, label in readings.items()
    ]
