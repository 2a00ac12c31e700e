"""The page of hot spots: what stands out with its neighbours, how it changed, and the cases."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.geo.analysis.hot_spots import (
    FEWEST_CASES,
    FEWEST_GRIDS,
    FEWEST_HOUSEHOLDS,
    LEVEL,
    Change,
)
from gridsvc.incidents.queries import categories
from gridsvc.incidents.rules import Level
from gridsvc.web import asked
from gridsvc.web.atlas import hot_spot_readings as readings
from gridsvc.web.atlas import map_objects, maps
from gridsvc.web.atlas.figure_table import Figures
from gridsvc.web.atlas.map_pages import AGES, QUESTIONS, ROWS, drawn_parts, open_work_tabs
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print

blueprint = Blueprint("hot_spots", __name__)

CHANGES = {
    Change.NEW: lazy_gettext("newly hot"),
    Change.LASTING: lazy_gettext("lasting"),
    Change.COOLED: lazy_gettext("cooled"),
}
#: A cycle, two, a quarter, a year.
DAYS = (14, readings.DAYS, 91, 365)
#: Sentences above the map; the list below has every grid.
SENTENCES = 3


@blueprint.get("/hotspots")
@requires(Permission.VIEW_CASES)
def page() -> str | Response:
    """Show which adjoining grids have more open cases than chance would place there."""
    on, within, wanted, days = asked.day(), maps.within(), maps.wanted(), maps.compared_days()
    found = readings.judged(wanted, on, within, days)
    told = readings.figures(found, on)
    number = asked.whole_number("page", 1, 1, 1000)
    rows = [row for row in told.rows() if row.step > 0]
    answer = _answer(found, told, on, within)
    if print_ := prints.wanted():
        return map_print(
            "atlas/hot_spots.html", print_, "hot_spots", None, figures=told, found=found, **answer
        )
    return render_template(
        "atlas/hot_spots.html",
        layout="atlas/map.html",
        prints=prints,
        tabs=open_work_tabs(None),
        reading_name="measure",
        reading="hot_spots",
        found=found,
        rows=rows[(number - 1) * ROWS : number * ROWS],
        grids=found.grids,
        page=number,
        pages=-(-len(rows) // ROWS),
        days=days,
        offered_days=DAYS,
        wanted=wanted,
        categories=categories(edge.session(), on),
        levels=list(Level),
        ages=AGES,
        divisions=asked.divisions(),
        **answer,
        map=drawn_parts(
            map_objects.hot_spots_page_map(
                on,
                within,
                days=days,
                category=request.args.get("category") or None,
                older_than_days=wanted.older_than_days,
                level=wanted.level,
            )
        ),
    )


def _answer(found: Any, told: Figures, on: date, within: str) -> dict[str, Any]:
    """Give what screen and print say above the map."""
    names = told.grids["name"].to_dict()
    return {
        "heading": QUESTIONS["hot"],
        "on": on,
        "within": within,
        "widest": within in ("", asked.own_area()),
        "sentences": [(readings.said(one, names), _cases(one.codes)) for one in found.clusters],
        "shown": SENTENCES,
        "changes": CHANGES,
        "counts": {one: found.count(one) for one in Change},
        "limits": {
            "grids": FEWEST_GRIDS, "households": FEWEST_HOUSEHOLDS, "cases": FEWEST_CASES,
        },
        "level": LEVEL,
    }  # fmt: skip


def _cases(codes: list[str]) -> str | None:
    """Give the address of the open cases of a hot spot, where one code says where it lies."""
    where: dict[str, Any] = {"in": codes[0]}
    return url_for("work.cases", **where) if len(codes) == 1 else None
