"""The map through time: its versions, the grids of a place since ever, the ancestry of a grid."""

from __future__ import annotations

from datetime import date
from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.plans.review_forms import Lineage
from gridsvc.api.questions import Latitude, Longitude, Question
from gridsvc.errors import NotFound
from gridsvc.geo.datum import Datum, to_wgs84
from gridsvc.grids.rules import is_grid_code
from gridsvc.plans.publishing import past

blueprint = APIBlueprint("api_history", __name__, url_prefix="/api/v1", tag="territory")


class PlaceInTime(Question):
    """Which grids held a place."""

    lon: Longitude
    lat: Latitude
    datum: Datum = Datum.WGS84


class VersionsQuestion(Question):
    """On which days the grids of an area changed; an empty code is the caller's whole area."""

    within: str = Field("", alias="in", pattern=r"^[0-9]{0,15}$")


class StayAnswer(Answer):
    """A period in which a place lay in a grid; ``valid_to`` is exclusive, null means still."""

    grid_code: str
    name: str
    name_en: str | None
    valid_from: date
    valid_to: date | None
    households: int | None
    publication: int | None


class Stays(Answer):
    """The grids of a place, newest first."""

    items: list[StayAnswer]


class VersionAnswer(Answer):
    """A day on which grids changed, and how many boundaries began and ended."""

    on: date
    kind: str
    publication: int | None
    begun: int
    ended: int


class Versions(Answer):
    """The days on which grids changed, oldest first: the stops of a time slider."""

    items: list[VersionAnswer]


@blueprint.get("/grids/versions")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(VersionsQuestion, location="query", arg_name="asked")
@blueprint.output(Versions)
def versions(asked: VersionsQuestion) -> dict[str, Any]:
    """List the days on which the grids that the caller sees changed."""
    return {"items": past.versions(edge.session(), edge.sight(), asked.within)}


@blueprint.get("/grids/history")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(PlaceInTime, location="query", arg_name="asked")
@blueprint.output(Stays)
def place(asked: PlaceInTime) -> dict[str, Any]:
    """Tell which grids held a place through time, newest first."""
    moved = to_wgs84(asked.lon, asked.lat, asked.datum)
    return {
        "items": past.place_history(edge.session(), edge.sight(), float(moved[0]), float(moved[1]))
    }


@blueprint.get("/grids/<code>/lineage")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.output(Lineage)
def lineage(code: str) -> dict[str, Any]:
    """Tell where a grid's ground and households came from and went to."""
    if not is_grid_code(code) or not edge.sight().sees(code):
        raise NotFound(f"There is no grid {code[:20]}.", [code[:20]])
    return {"items": past.lineage(edge.session(), code)}
