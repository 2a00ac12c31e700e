"""OGC API – Features, part 1 core (17-069r4): grids, divisions, cases and points for any GIS."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, jsonify, url_for
from pydantic import Field, field_validator

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.questions import PAGE_LIMIT, Question, box
from gridsvc.errors import NotFound
from gridsvc.grids.queries import shown
from gridsvc.reports.features import Collection, Feature, Wanted, features

blueprint = APIBlueprint("ogc", __name__, url_prefix="/ogc", tag="OGC API – Features")

CONFORMANCE = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "geojson")
]
#: Title and description of each collection.
TOLD = {
    Collection.GRIDS: ("网格 Grids", "Grids in force today, or in the period of datetime."),
    Collection.DIVISIONS: (
        "区划 Divisions",
        "Districts, subdistricts and communities in force today, or in the period of datetime.",
    ),
    Collection.INCIDENTS: (
        "公开事项 Public cases",
        "Cases of public categories, by the time of their report; no words, no persons.",
    ),
    Collection.SERVICE_POINTS: (
        "服务点 Service points",
        "Centres, stations and agents open today, or in the period of datetime.",
    ),
}
_OPEN_END = ("", "..")
_JSON, _GEOJSON = "application/json", "application/geo+json"
# A day that ends a period belongs to it whole.
_LAST_MOMENT = timedelta(days=1, microseconds=-1)


class ItemsQuestion(Question):
    """A page of features; anything else that is asked is refused, as the standard wants it."""

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: int = Field(0, ge=0, lt=2**63, description="Number of the last feature seen.")
    bbox: str | None = Field(None, description="west,south,east,north in degrees, CRS84.")
    datetime: str | None = Field(
        None, description="A date or an instant (RFC 3339), or two of them as from/to; .. is open."
    )

    @field_validator("bbox")
    @classmethod
    def _four_degrees(cls, text: str | None) -> str | None:
        if text is not None:
            box(_flat(text))
        return text

    @field_validator("datetime")
    @classmethod
    def _a_period(cls, text: str | None) -> str | None:
        if text is not None:
            period(text, ZoneInfo("UTC"))
        return text


def period(text: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Read the parameter ``datetime``: the first and the last instant, ``None`` where open.

    Raises
    ------
    ValueError
        It is neither a time nor two of them, or ends before it begins.
    """
    begin, slash, end = text.partition("/")
    first = None if begin in _OPEN_END and slash else _instant(begin, zone)
    until = end if slash else begin
    last = None if until in _OPEN_END and slash else _instant(until, zone, last=True)
    if first and last and last < first:
        raise ValueError("the period ends before it begins")
    return first, last


def _instant(text: str, zone: ZoneInfo, *, last: bool = False) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write 2026-11-22, 2026-11-22T08:00:00Z, or two with / between") from None
    if not 1990 <= read.year < 2200:
        raise ValueError("years from 1990 to 2199 can be asked for")
    if len(text) > len("2026-11-22"):
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    midnight = datetime.combine(read.date(), time(), zone)
    return midnight + _LAST_MOMENT if last else midnight


def _flat(text: str) -> str:
    """Leave the heights out of a box of six numbers."""
    parts = text.split(",")
    return ",".join(parts[:2] + parts[3:5]) if len(parts) == 6 else text


@blueprint.get("/")
@requires(Permission.OPEN)
def landing() -> dict[str, Any]:
    """Tell what is here."""
    return {
        "title": "gridsvc",
        "description": "Grids, divisions, public cases and service points.",
        "links": [
            _link("self", "ogc.landing"),
            _link("service-desc", "openapi.spec", "application/vnd.oai.openapi+json;version=3.1"),
            _link("service-doc", "api_reference.page", "text/html"),
            _link("conformance", "ogc.conformance"),
            _link("data", "ogc.collections"),
        ],
    }


@blueprint.get("/conformance")
@requires(Permission.OPEN)
def conformance() -> dict[str, Any]:
    """Name the parts of the standard that hold."""
    return {"conformsTo": CONFORMANCE}


@blueprint.get("/collections")
@requires(Permission.OPEN)
def collections() -> dict[str, Any]:
    """List the collections."""
    told = [_collection(one) for one in Collection]
    return {"collections": told, "links": [_link("self", "ogc.collections")]}


@blueprint.get("/collections/<name>")
@requires(Permission.OPEN)
def collection(name: str) -> dict[str, Any]:
    """Describe one collection."""
    return _collection(_known(name))


@blueprint.get("/collections/<name>/items")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(ItemsQuestion, location="query", arg_name="asked")
def items(name: str, asked: ItemsQuestion) -> Response:
    """Give a page of features of what the caller sees; the link ``next`` leads on."""
    kind, zone = _known(name), ZoneInfo(edge.settings().time_zone)
    first, last = period(asked.datetime, zone) if asked.datetime else _today(kind, zone)
    where = box(_flat(asked.bbox)) if asked.bbox else None
    wanted = Wanted(first, last, where, asked.after)
    found = _features(kind, wanted, asked.limit + 1)
    page = found[: asked.limit]
    kept = {key: value for key, value in asked.model_dump().items() if value is not None}
    links = [_link("self", "ogc.items", _GEOJSON, name=name, **kept)]
    if len(found) > len(page):
        kept["after"] = page[-1].number
        links.append(_link("next", "ogc.items", _GEOJSON, name=name, **kept))
    links.append(_link("collection", "ogc.collection", name=name))
    return _geojson(
        {
            "type": "FeatureCollection",
            "features": [_feature(one) for one in page],
            "numberReturned": len(page),
            "timeStamp": edge.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            "links": links,
        }
    )


@blueprint.get("/collections/<name>/items/<int(max=9223372036854775807):number>")
@requires(Permission.VIEW_PUBLIC_MAP)
def item(name: str, number: int) -> Response:
    """Give one feature, of whatever time."""
    found = _features(_known(name), Wanted(None, None, number=number), 1)
    if not found:
        raise NotFound(f"{name} has no feature {number}.", [number])
    links = [
        _link("self", "ogc.item", _GEOJSON, name=name, number=number),
        _link("collection", "ogc.collection", name=name),
    ]
    return _geojson({**_feature(found[0]), "links": links})


def _features(kind: Collection, wanted: Wanted, limit: int) -> list[Feature]:
    zone = ZoneInfo(edge.settings().time_zone)
    scope = shown(edge.sight())
    return features(edge.session(), kind, scope, wanted, zone=zone, limit=limit)


def _today(kind: Collection, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Versions of all times on one map would lie over each other; cases never do."""
    if kind is Collection.INCIDENTS:
        return None, None
    return period(edge.today().isoformat(), zone)


def _known(name: str) -> Collection:
    try:
        return Collection(name)
    except ValueError:
        names = ", ".join(Collection)
        raise NotFound(f"There is no collection {name[:40]}: ask for {names}.") from None


def _collection(kind: Collection) -> dict[str, Any]:
    title, description = TOLD[kind]
    return {
        "id": kind.value,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "links": [
            _link("self", "ogc.collection", name=kind.value),
            _link("items", "ogc.items", _GEOJSON, name=kind.value),
        ],
    }


def _feature(one: Feature) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": one.number,
        "geometry": one.geometry,
        "properties": one.properties,
    }


def _link(rel: str, endpoint: str, kind: str = _JSON, **values: Any) -> dict[str, str]:
    return {"rel": rel, "type": kind, "href": url_for(endpoint, _external=True, **values)}


def _geojson(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.mimetype = _GEOJSON
    return answer
