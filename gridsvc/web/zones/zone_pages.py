"""Contact zones: is every household in one, with somebody to turn to?"""

from __future__ import annotations

import enum
import re
from datetime import date
from typing import Any

import pandas as pd
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import BadInput, NotFound
from gridsvc.web import asked
from gridsvc.web.atlas.map_objects import zones_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.atlas.maps import cacheable
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print
from gridsvc.web.zones import words
from gridsvc.web.zones.zone_figures import zone_figures
from gridsvc.zones import orders
from gridsvc.zones.queries import parts_of, zones_on
from gridsvc.zones.rules import ZoneReading

blueprint = Blueprint("zones", __name__)

ROWS = 50


class Listed(enum.StrEnum):
    """What the page lists."""

    GRIDS = "grids"
    WITHOUT = "without"
    BROKEN = "broken"


@blueprint.get("/zones")
@requires(Permission.VIEW_MAPS)
def page() -> str | Response:
    """Show the share of households with a contact, and where zones are wanting."""
    which = asked.one_of("list", Listed) or Listed.GRIDS
    on, within = asked.day(), _within()
    figures, frame = zone_figures(on, within)
    viewer = edge.user()
    keeps = viewer is not None and allows(viewer.role, Permission.KEEP_STAFF)
    order = orders.newest(edge.session(), viewer) if viewer and keeps else None
    told = {
        "heading": gettext("Has every household somebody to turn to?"),
        "on": on,
        "within": within,
        "found": figures,
        "zones": int(frame["zones"].sum()),
        "in_zones": int(frame["in_zones"].sum()),
        "wrong": int(frame["wrong"].sum()),
        "anew": int((frame["reading"] != ZoneReading.COMPLETE).sum()),
        "grids": len(frame),
    }
    if print_ := prints.wanted():
        return map_print("zones/zones.html", print_, "zones", None, **told)
    return render_template(
        "zones/zones.html",
        layout="base.html",
        divisions=asked.divisions(),
        words=words,
        which=which,
        keeps=keeps,
        map=drawn_parts(zones_page_map(on, within)),
        prints=prints,
        order=order,
        under_way=order is not None and orders.totals(edge.session(), order).waits,
        **told,
        **_listed(which, frame, on, within),
    )


@blueprint.get("/zones/figures")
@requires(Permission.VIEW_MAPS)
def figures() -> Response:
    """Answer the share of households with a contact by grid and by area, for the map."""
    found, _ = zone_figures(asked.day(), _within())
    return cacheable(found.document())


def _listed(which: Listed, frame: pd.DataFrame, on: date, within: str) -> dict[str, Any]:
    """Return a page of grids, the worst first, or of zones that want something."""
    if which is Listed.GRIDS:
        number = asked.whole_number("page", 1, 1, 10_000)
        order = {one.value: place for place, one in enumerate(ZoneReading)}
        left = frame["households"] - frame["with_contact"]
        ranked = frame.assign(rank=frame["reading"].map(order), left=-left)
        rows = ranked.sort_values(["rank", "left"], kind="stable")
        shown = rows.iloc[(number - 1) * ROWS : number * ROWS]
        return {"rows": list(shown.itertuples()), "page": number, "pages": -(-len(rows) // ROWS)}
    scope = edge.sight().full.narrowed(within)
    wanted = {"broken": which is Listed.BROKEN, "without": which is Listed.WITHOUT}
    after = request.args.get("after", "")
    if not re.fullmatch(r"([0-9]{15}-[0-9]{2,5})?", after):
        raise BadInput(gettext("“%(text)s” is no contact zone.", text=after[:24]), ["after"])
    lines = zones_on(edge.session(), scope, on, **wanted, after=after, limit=ROWS + 1)
    parts = parts_of(edge.session(), [one.id for one in lines[:ROWS]])
    further = lines[ROWS - 1].code if len(lines) > ROWS else None
    return {"rows": lines[:ROWS], "parts": parts, "further": further, "after": after}


def _within() -> str:
    within = asked.within()
    if not edge.sight().full.narrowed(within).prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    return within
