"""What is planned and done where: the projects of an area, and one of them."""

from __future__ import annotations

from datetime import date
from itertools import takewhile
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import NotSignedIn
from gridsvc.incidents.rules.free_text import masked
from gridsvc.projects import queries
from gridsvc.projects.queries import Standing
from gridsvc.projects.rules import STAGES, Kept, Stage, may_follow
from gridsvc.reports.rules.periods import Period, PeriodKind, before, period_of
from gridsvc.web import asked, terms
from gridsvc.web.atlas import maps
from gridsvc.web.atlas.figures import coverage
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print
from gridsvc.web.prints.marks import Places, Sign
from gridsvc.web.reports import words

blueprint = Blueprint("projects", __name__)

ROWS = 50
#: A year back, the quarter of the day, and the one to come.
QUARTERS_BACK = 4
NUMBER = "/projects/<int(max=2147483647):number>"
SIGNS = {
    Stage.DONE: Sign.DISC,
    Stage.UNDER_WAY: Sign.HALF,
    Stage.PLANNED: Sign.RING,
    Stage.PROPOSED: Sign.DASHED,
}
# Under way first, then what comes to be; what is done is history.
_ORDER = (Stage.UNDER_WAY, Stage.PLANNED, Stage.PROPOSED, Stage.DONE)


@blueprint.get("/projects")
@requires(Permission.VIEW_PUBLIC_MAP)
def page() -> str | Response:
    """Show what is planned, under way and completed, and which plans were kept."""
    on, within = asked.day(), maps.within()
    stage, number = asked.one_of("stage", Stage), asked.whole_number("page", 1, 1, 1000)
    stood = queries.standing(edge.session(), edge.sight(), on, within)
    chosen = [one for one in stood if stage in (None, one.last.stage)]
    chosen.sort(key=lambda one: (_ORDER.index(one.last.stage), _due(one)))
    told = {
        "heading": gettext("What is being done where, and is it done in time?"),
        "on": on,
        "within": within,
        "stage": stage,
        "stages": STAGES if edge.sight().full.prefixes else STAGES[1:],
        "counts": {one: sum(p.last.stage is one for p in stood) for one in STAGES},
        "late": sum(_is_late(one, on) for one in stood),
    }
    if print_ := prints.wanted():
        return _printed("projects/projects.html", print_, chosen, told)
    return render_template(
        "projects/projects.html",
        layout="base.html",
        prints=prints,
        rows=chosen[(number - 1) * ROWS : number * ROWS],
        is_late=_is_late,
        page=number,
        pages=-(-len(chosen) // ROWS),
        quarters=_quarters(stood, on),
        this_quarter=period_of(PeriodKind.QUARTER, on),
        named=words.named,
        divisions=asked.divisions(),
        keeps=_keeps(),
        map=drawn_parts(grids_page_map(on, within)),
        marks=marks(chosen),
        **told,
    )


def _printed(
    template: str, print_: prints.Wanted, stood: list[Standing], told: dict[str, Any]
) -> Response:
    """Answer the map of projects on paper, a sign for each stage."""
    places = [
        Places(
            sign,
            str(terms.STAGES[stage]),
            [(lon, lat) for one in stood if one.last.stage is stage for _, lon, lat in one.places],
        )
        for stage, sign in SIGNS.items()
    ]
    grids = coverage("households", told["on"], told["within"])
    return map_print(template, print_, "grids", places=places, figures=grids, **told)


@blueprint.get(NUMBER)
@requires(Permission.VIEW_PUBLIC_MAP)
def project(number: int) -> str | Response:
    """Show one project: what, where, from which cases, and every step."""
    if print_ := prints.wanted():
        found = queries.project(edge.session(), edge.sight(), number, asked.day())
        return _printed("projects/project.html", print_, [found], _told(found))
    return project_page(number)


def _told(found: Standing) -> dict[str, Any]:
    """Give what screen and print say of a project."""
    return {
        "heading": masked(found.project.title),
        "found": found,
        "on": asked.day(),
        "within": found.project.division_code,
        "stages": STAGES,
        "first_plan": found.promises[0] if found.promises else None,
        "is_late": _is_late,
    }


def project_page(number: int, fault: str = "") -> str:
    """Write the page of a project, with the sentence of a refusal where there is one."""
    db, sight, on = edge.session(), edge.sight(), asked.day()
    found = queries.project(db, sight, number, on)
    viewer = edge.user()
    inside = queries.answers_for(sight, found)
    # An administrator answers for places too, and reads no case.
    reads = inside and viewer is not None and allows(viewer.role, Permission.VIEW_CASES)
    keeps = _keeps() and viewer is not None and viewer.scope.covers(found.project.division_code)
    today = on == edge.today()
    return render_template(
        "projects/project.html",
        layout="base.html",
        prints=prints,
        inside=inside,
        reads=reads,
        cases=queries.cases_of(db, sight, number) if reads else [],
        tellers=queries.tellers(db, found.steps) if inside else {},
        division=asked.place(found.project.division_code),
        grids=[one for one in map(asked.place, found.grid_codes) if one is not None],
        may_go=may_follow(found.last.stage) if keeps and today else (),
        keeps=keeps and today,
        fault=fault,
        map=drawn_parts(grids_page_map(on, found.project.division_code)),
        marks=marks([found]),
        **_told(found),
    )


def _quarters(stood: list[Standing], on: date) -> list[tuple[Period, Kept]]:
    """Count plans by quarter, from the first one that had any."""
    found = [period_of(PeriodKind.QUARTER, on)]
    found.append(period_of(PeriodKind.QUARTER, found[0].end))
    for _ in range(QUARTERS_BACK):
        found.insert(0, before(found[0]))
    counted = queries.by_period(stood, found)
    empty = sum(1 for _ in takewhile(lambda one: not one[1].due, counted[:QUARTERS_BACK]))
    return counted[empty:]


def _due(one: Standing) -> date:
    until = one.plan.planned_until if one.plan else None
    return until or one.last.reached_on


def _is_late(one: Standing, on: date) -> bool:
    """Tell whether the planned last day is over and the work is not done."""
    return one.last.stage is not Stage.DONE and one.plan is not None and _due(one) < on


def marks(stood: list[Standing]) -> list[tuple[float, float, str, str, str]]:
    """Return places for the map: degrees (EPSG:4326), stage, words, and where a click leads."""
    return [
        (
            lon,
            lat,
            one.last.stage.value,
            f"{one.project.title} · {terms.STAGES[one.last.stage]}",
            url_for("projects.project", number=one.project.id),
        )
        for one in stood
        for _, lon, lat in one.places
    ]


def _keeps() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.KEEP_PROJECTS)


def account() -> UserAccount:
    """Return the account that asks; the gate let nobody else in."""
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
