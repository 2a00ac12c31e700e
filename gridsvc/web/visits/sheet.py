"""The Friday sheet: the doors of a grid, to be tapped on a phone that may have no network.

It lies below ``/report``, so that the one service worker and the one queue of the phone serve it
as well (docs/decisions/0024-phone-pass.md).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext

from dashboards.base_map import script_json
from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import NotFound
from gridsvc.visits.doors import BuildingDoors, buildings_to_walk, grids_to_walk
from gridsvc.visits.rules import TOPICS
from gridsvc.web.cases.report import build, shell_config
from gridsvc.web.languages import in_language
from gridsvc.web.visits.occasions import occasions
from gridsvc.web.visits.sheet_words import TOPIC_NAMES, said

blueprint = Blueprint("visit_sheet", __name__)

#: What a phone keeps at most; a leader's three grids have about a hundred buildings.
BUILDINGS_KEPT = 2000
#: Of one grid that is asked for alone.
BUILDINGS_OF_ONE = 1000


@blueprint.get("/report/visits")
@requires(Permission.RECORD_VISITS)
def page() -> str:
    """Show the sheet; a phone keeps the page, so nothing of a round is in it."""
    topics = [{"code": code, "name": str(TOPIC_NAMES[code])} for code in TOPICS]
    config = {**shell_config(), "texts": said(), "topics": topics}
    return render_template("visits/visit_sheet.html", config=script_json(config), own_build=build())


@blueprint.get("/report/rounds")
@requires(Permission.RECORD_VISITS)
def rounds() -> dict[str, Any]:
    """Answer the viewer's grids with their buildings, and which dwellings were reached this year.

    Where they are more than a phone keeps, the grids come alone, and each is asked for by
    ``grid``.
    """
    db, on, asked = edge.session(), edge.today(), request.args.get("grid", "")
    grids = grids_to_walk(db, edge.sight().full, on)
    if asked:
        grids = [one for one in grids if one.code == asked]
        if not grids:
            raise NotFound(
                gettext("There is no grid %(code)s in your area.", code=asked[:20]), [asked[:20]]
            )
    limit = BUILDINGS_OF_ONE if asked else BUILDINGS_KEPT
    # The yearly target counts a dwelling once a year (domain).
    since = on.replace(month=1, day=1)
    codes = [one.code for one in grids]
    found = buildings_to_walk(db, codes, on, since, limit=limit + 1)
    return {
        "year": on.year,
        "grids": [
            {
                "code": one.code,
                "name": in_language(one.name, one.name_en),
                "dwellings": one.dwellings,
            }
            for one in grids
        ],
        "whole": len(found) <= limit,
        "occasions": occasions(edge.sight().full, on),
        "buildings": [_told(one) for one in found] if len(found) <= limit or asked else [],
    }


def _told(one: BuildingDoors) -> dict[str, Any]:
    return {
        "grid": one.grid_code,
        "code": one.code,
        "name": one.name or one.code,
        "at": [round(one.lon, 7), round(one.lat, 7)],
        "dwellings": one.dwellings,
        "reached": one.reached,
    }
