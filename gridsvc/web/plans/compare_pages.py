"""The maps of two days beside each other."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import shapely
from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import GridsvcError, NotSignedIn
from gridsvc.plans import two_days
from gridsvc.plans.publishing import past
from gridsvc.plans.two_days import Days
from gridsvc.web import asked
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.plans import desk_names
from gridsvc.web.plans.refused_words import in_words
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.plan_prints import two_days_print

blueprint = Blueprint("plan_compare", __name__)

#: Rows of each table; the interface gives all.
ROWS = 100


@blueprint.get("/plans/compare")
@requires(Permission.VIEW_PLANS)
def page() -> ResponseReturnValue:
    """Show what is different between the maps of an area on two days."""
    on, other = asked.day(), asked.day("with")
    divisions = [one for one in asked.divisions() if edge.sight().full.covers(one.code)]
    within = asked.within() or (divisions[0].code if divisions else "")
    both, fault = _both(within, (other, on))
    if both and (print_ := prints.wanted()):
        return two_days_print(both, print_, heading=_heading(), on=on, within=within)
    shown = {
        "layout": "base.html",
        "prints": prints,
        "heading": _heading(),
        "both": both,
        "fault": fault,
        "divisions": divisions,
        "within": within,
        "on": on,
        "other": other,
        "versions": past.versions(edge.session(), edge.sight(), within)[::-1],
    }
    if both:
        shown |= _tables(both) | {
            "names": desk_names.names(edge.session(), within),
            "map": drawn_parts(grids_page_map(both.after, within)),
            "rows": ROWS,
        }
    return make_response(
        render_template("plans/plan_two_days.html", **shown), 404 if fault else 200
    )


def _heading() -> str:
    return gettext("What changed between two days?")


def _both(within: str, days: tuple[date, date]) -> tuple[Days | None, str]:
    viewer, moment = edge.user(), asked.moment(edge.today())
    if viewer is None:
        raise NotSignedIn("sign in first")
    try:
        return two_days.between(edge.session(), viewer, within, days, edge.sight(), moment), ""
    except GridsvcError as refusal:
        return None, in_words(refusal.message)


def _tables(both: Days) -> dict[str, Any]:
    """Give what changes as rows, what concerns most households first."""
    made = both.comparison
    renumbered = made.renumbered
    aside = {*renumbered, *renumbered.values()}
    flows, grids = made.flows, made.grids
    moved = flows[
        (flows["before"] != flows["after"])
        & (flows["before"].map(renumbered) != flows["after"])
        & (flows["households"] + flows["dwellings"] > 0)
    ].sort_values("households", ascending=False, kind="stable")
    differs = (grids[["came", "went", "recounted"]] != 0).any(axis=1) | (
        grids[["came_m2", "went_m2"]] >= 1
    ).any(axis=1)
    return {
        "flows": list(moved.itertuples()),
        "grids": list(grids[differs & ~grids.index.isin(aside)].itertuples()),
        "renumbered": sorted(renumbered.items()),
        "parties": list(both.parties.itertuples()),
        # Without a deadline last.
        "cases": list(both.cases.sort_values("due_at", na_position="last").itertuples()),
        "pieces": _pieces(both),
    }


def _pieces(both: Days) -> list[Any]:
    """Give each piece that changes as a GeoJSON geometry (EPSG:4326) and its two grids."""
    pieces = both.comparison.pieces
    texts = shapely.to_geojson(pieces.geometry.to_numpy())
    sides = zip(texts, pieces["before"], pieces["after"], strict=True)
    return [[json.loads(text), before, after] for text, before, after in sides]
