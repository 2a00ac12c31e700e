"""The page of hot spots: what stands out with its neighbours, how it changed, and the cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.geo.hot_spots import FEWEST_CASES, FEWEST_GRIDS, FEWEST_HOUSEHOLDS, LEVEL, Change
from gridsvc.incidents.queries import categories
from gridsvc.incidents.rules import Level
from gridsvc.web import asked
from gridsvc.web.atlas import hot_spot_readings as readings
from gridsvc.web.atlas import map_objects, maps
from gridsvc.web.atlas.map_pages import AGES, QUESTIONS, ROWS, drawn_parts, open_work_tabs

blueprint = Blueprint("hot_spots", __name__)

CHANGES = {
    Change.NEW: lazy_gettext("newly hot"),
    Change.LASTING: lazy_gettext("lasting"),
    Change.COOLED: lazy_gettext("has cooled"),
}
#: A cycle, two, a quarter, a year.
DAYS = (14, readings.DAYS, 91, 365)
#: Sentences above the map; the list below has every grid.
SENTENCES = 3


@blueprint.get("/hotspots")
@requires(Permission.VIEW_CASES)
def page() -> str:
    """Show which adjoining grids have more open cases than chance would place there."""
    on, within, wanted, days = asked.day(), maps.within(), maps.wanted(), maps.compared_days()
    found = readings.judged(wanted, on, within, days)
    told = readings.figures(found, on)
    number = asked.whole_number("page", 1, 1, 1000)
    rows = [row for row in told.rows() if row.step > 0]
    names = told.grids["name"].to_dict()
    return render_template(
        "hot_spots.html",
        heading=QUESTIONS["hot"],
        tabs=open_work_tabs(None),
        reading_name="measure",
        reading="hot_spots",
        found=found,
        rows=rows[(number - 1) * ROWS : number * ROWS],
        grids=found.grids,
        page=number,
        pages=-(-len(rows) // ROWS),
        sentences=[(readings.said(one, names), _cases(one.codes)) for one in found.clusters],
        shown=SENTENCES,
        changes=CHANGES,
        counts={one: found.count(one) for one in Change},
        limits={"grids": FEWEST_GRIDS, "households": FEWEST_HOUSEHOLDS, "cases": FEWEST_CASES},
        level=LEVEL,
        days=days,
        offered_days=DAYS,
        wanted=wanted,
        categories=categories(edge.session(), on),
        levels=list(Level),
        ages=AGES,
        on=on,
        within=within,
        divisions=asked.divisions(),
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


def _cases(codes: list[str]) -> str | None:
    """Give the address of the open cases of a hot spot, where one code says where it lies."""
    where: dict[str, Any] = {"in": codes[0]}
    return url_for("work.cases", **where) if len(codes) == 1 else None
