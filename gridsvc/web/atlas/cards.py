"""The small card that a click on a map opens: three facts, two verbs."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import format_percent, gettext

from dashboards.scales import MASKED
from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows
from gridsvc.grids.rules import is_grid_code
from gridsvc.incidents.queries import Wanted
from gridsvc.staffing.queries import team_of
from gridsvc.web.atlas import figures
from gridsvc.web.languages import in_language


def card(map_name: str, code: str, on: date, kind: figures.CoverageKind | None) -> Any:
    """Make the card of a grid, community or subdistrict, or ``None`` where there is none.

    Parameters
    ----------
    map_name : {"attention", "coverage", "open-issues", "grids"}
        The map that was clicked; it decides the first fact.
    code : str
        9, 12 or 15 digits.
    on : date
        Day.
    kind : str, optional
        The reading of the coverage map.
    """
    open_work = figures.open_work(Wanted(), on, code)
    row = open_work.row(code)
    if row is None:
        return None
    if map_name in ("attention", "open-issues"):
        first = _fact(gettext("Open per 100 households"), _rate(row))
    else:
        reading = kind or "households"
        first = _coverage_fact(reading, figures.coverage(reading, on, code), code)
    looked_after = _team(code, on) if is_grid_code(code) else _grids(len(open_work.grids))
    return {
        "code": code,
        "title": row.name,
        "facts": [first, looked_after, _fact(gettext("Open"), _count(row))],
        "links": _links(code, on),
    }


def _fact(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _coverage_fact(kind: figures.CoverageKind, found: figures.Figures, code: str) -> dict[str, str]:
    row = found.row(code)
    num, den = (None, None) if row is None else (row.num, row.den)
    if kind == "households":
        told = gettext("never counted") if num is None else str(num)
        return _fact(gettext("Households"), told)
    if kind == "staffing":
        bare = row is not None and row.step == 0 and is_grid_code(code)
        told = gettext("there is no team yet") if bare else f"{num or 0} / {den or 0}"
        return _fact(gettext("Posts held"), told)
    if row is None or row.value is None:
        return _fact(gettext("Visited"), gettext("no dwellings known"))
    return _fact(gettext("Visited"), f"{num} / {den} · {format_percent(row.value)}")


def _rate(row: figures.Row) -> str:
    if row.step == MASKED:
        return gettext("too few to show")
    return gettext("no households known") if row.value is None else f"{row.value:.1f}"


def _count(row: figures.Row) -> str:
    return gettext("too few to show") if row.num is None else str(row.num)


def _team(code: str, on: date) -> dict[str, str]:
    team = team_of(edge.session(), code, on)
    if team is None:
        return _fact(gettext("Team"), gettext("nobody in charge"))
    name = in_language(team.name, team.name_en)
    return _fact(gettext("Team"), f"{name} · {team.duty_phone}" if team.duty_phone else name)


def _grids(count: int) -> dict[str, str]:
    return _fact(gettext("Grids"), str(count))


def _links(code: str, on: date) -> list[dict[str, str]]:
    day = None if on == edge.today() else on.isoformat()
    if is_grid_code(code):
        first = ("grid_pages.grid", {"grid_code": code, "on": day}, gettext("Open the grid"))
    else:
        first = ("map_pages.coverage", {"in": code, "on": day}, gettext("Show this part alone"))
    viewer = edge.user()
    if viewer is not None and allows(viewer.role, Permission.VIEW_CASES):
        second = ("work.cases", {"in": code}, gettext("Show open work"))
    else:
        narrow = code[:12] if is_grid_code(code) else code
        second = ("map_pages.open_issues", {"in": narrow}, gettext("Where work is open"))
    return [
        {"label": label, "href": url_for(endpoint, **values)}
        for endpoint, values, label in (first, second)
        if endpoint in current_app.view_functions
    ]
