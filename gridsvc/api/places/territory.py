"""Grids and divisions of any day, as far as the caller sees them."""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.api import answers
from gridsvc.api.questions import (
    DivisionsQuestion,
    GridsQuestion,
    Known,
    PlaceQuestion,
    box,
)
from gridsvc.errors import NotFound
from gridsvc.geo.datum import to_wgs84
from gridsvc.grids import queries
from gridsvc.grids.models import Grid
from gridsvc.grids.rules import is_grid_code
from gridsvc.grids.shapes import outlines
from gridsvc.staffing.queries import branch_of, team_of

blueprint = APIBlueprint("api_territory", __name__, url_prefix="/api/v1", tag="territory")


@blueprint.get("/grids")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(GridsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.GridCollection)
def grids(asked: GridsQuestion) -> answers.GridCollection:
    """List grids with their shapes, in order of code."""
    rows = outlines(
        edge.session(),
        queries.shown(edge.sight(), asked.within or ""),
        asked.day,
        after=asked.after or "",
        limit=asked.limit + 1,
        box=box(asked.bbox) if asked.bbox else None,
        as_of=asked.as_of,
    )
    page = rows[: asked.limit]
    return answers.GridCollection(
        features=[_feature(*row) for row in page],
        next=page[-1][0].code if len(rows) > len(page) else None,
    )


@blueprint.get("/grids/<code>")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(Known, location="query", arg_name="asked")
@blueprint.output(answers.GridFeature)
def grid(code: str, asked: Known) -> answers.GridFeature:
    """Give one grid with its shape."""
    rows = []
    if is_grid_code(code) and edge.sight().sees(code):
        rows = outlines(edge.session(), Scope((code,)), asked.day, limit=1, as_of=asked.as_of)
    if not rows:
        raise NotFound(f"There is no grid {code[:20]} on {asked.day}.", [code[:20]])
    return _feature(*rows[0])


@blueprint.get("/grids/locate")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(PlaceQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Located)
def locate(asked: PlaceQuestion) -> answers.Located:
    """Tell which grid holds a place; a shared edge belongs to the lowest code."""
    db, on = edge.session(), asked.day
    shifted = to_wgs84(asked.lon, asked.lat, asked.datum)
    lon, lat = float(shifted[0]), float(shifted[1])
    code = queries.locate(db, lon, lat, on)
    if code is None or not edge.sight().sees(code):
        return answers.Located(grid_code=None, lon=lon, lat=lat)
    found = db.get_one(Grid, code)
    team, branch = team_of(db, code, on), branch_of(db, code, on)
    return answers.Located(
        grid_code=code,
        name=found.name,
        team=None if team is None else answers.Team.model_validate(team),
        branch=None if branch is None else answers.Branch.model_validate(branch),
        edge_m=round(queries.edge_m(db, code, lon, lat, on), 2),
        lon=lon,
        lat=lat,
    )


@blueprint.get("/divisions")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(DivisionsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Divisions)
def divisions(asked: DivisionsQuestion) -> dict[str, Any]:
    """List the divisions that the caller sees, and those above them, in order of code.

    Of a day, those that had an outline or a grid below them then; all without one.
    """
    scope = queries.shown(edge.sight(), asked.within or "")
    found = queries.divisions(edge.session(), scope) if scope.prefixes else []
    if asked.on is not None:
        there = queries.divided_on(edge.session(), asked.on)
        found = [one for one in found if one.code in there]
    return {"items": found}


def _feature(grid: Grid, boundary: Any, geojson: str) -> answers.GridFeature:
    own = {"code", "name", "name_en", "community_code"}
    properties = {name: getattr(grid, name) for name in own} | {
        "kind": grid.kind.value,
        "household_count": boundary.household_count,
        "dwelling_count": boundary.dwelling_count,
        "valid_from": boundary.valid_from,
        "valid_to": boundary.valid_to,
    }
    return answers.GridFeature(
        id=grid.code,
        geometry=json.loads(geojson),
        properties=answers.GridProperties(**properties),
    )
