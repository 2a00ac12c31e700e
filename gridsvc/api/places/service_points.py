"""Service points of any day: a page of them, and the nearest to a place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

from apiflask import APIBlueprint
from pydantic import Field, field_validator

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import PAGE_LIMIT, Dated, PlaceQuestion, Within, box
from gridsvc.geo.datum import to_wgs84
from gridsvc.grids.queries import shown
from gridsvc.service_points.queries import Found, Stop, points_on, stops
from gridsvc.service_points.rounds import week_of
from gridsvc.service_points.rules import DAYS, Tier

blueprint = APIBlueprint("api_service_points", __name__, url_prefix="/api/v1", tag="service points")


class PointsQuestion(Dated, Within):
    """A page of service points."""

    tier: Tier | None = None
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,40}$", description="Last code seen.")
    bbox: str | None = Field(None, description="west,south,east,north in degrees, EPSG:4326.")

    @field_validator("bbox")
    @classmethod
    def _four_degrees(cls, text: str | None) -> str | None:
        if text is not None:
            box(text)
        return text


class NearestQuestion(PlaceQuestion):
    """The service points nearest to a place."""

    tier: Tier | None = None
    limit: int = Field(5, ge=1, le=100)


class Hour(Answer):
    """When people are met, the office's own time; a stop of a round has a place, lon and lat."""

    day: str
    opens: str
    closes: str
    place: str | None
    lon: float | None
    lat: float | None


class PointProperties(Answer):
    """A service point. ``valid_to`` is exclusive, null means still."""

    code: str
    name: str
    name_en: str | None
    tier: Tier
    address: str | None
    phone: str | None
    services: list[str]
    hours: list[Hour]
    grid_code: str
    distance_m: float | None = Field(description="Straight line; null unless a place was given.")
    valid_from: date
    valid_to: date | None


class PointFeature(Answer):
    """A service point with its Point."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any]
    properties: PointProperties


class PointCollection(Answer):
    """A page of service points; ``next`` is the code to ask ``after`` for, null on the last."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PointFeature]
    next: str | None


class RoundsQuestion(Dated, Within):
    """The week that holds a day."""

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    offset: int = Field(0, ge=0, le=1_000_000, description="Meetings to pass over.")


class MeetingAnswer(Answer):
    """A stop of an agent point's round; ``place`` is null at the point itself."""

    day: date
    opens: str
    closes: str
    falls_out: bool = Field(description="The office has a day off.")
    place: str | None
    lon: float
    lat: float
    agent_point: str = Field(description="Code of the service point whose agent comes.")
    phone: str | None


class Meetings(Answer):
    """A page of meetings; ``next`` is the ``offset`` of the next one, null on the last."""

    items: list[MeetingAnswer]
    next: int | None


@blueprint.get("/service-points")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(PointsQuestion, location="query", arg_name="asked")
@blueprint.output(PointCollection)
def service_points(asked: PointsQuestion) -> PointCollection:
    """List service points, in order of code."""
    found = points_on(
        edge.session(),
        shown(edge.sight(), asked.within or ""),
        asked.day,
        tier=asked.tier,
        box=box(asked.bbox) if asked.bbox else None,
        after=asked.after,
        limit=asked.limit + 1,
    )
    page = found[: asked.limit]
    further = page[-1].point.code if len(found) > len(page) else None
    return PointCollection(features=features(page), next=further)


@blueprint.get("/service-points/nearest")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(NearestQuestion, location="query", arg_name="asked")
@blueprint.output(PointCollection)
def nearest(asked: NearestQuestion) -> PointCollection:
    """List the service points nearest to a place, by straight line; a walk is longer."""
    shifted = to_wgs84(asked.lon, asked.lat, asked.datum)
    found = points_on(
        edge.session(),
        shown(edge.sight()),
        asked.day,
        tier=asked.tier,
        near=(float(shifted[0]), float(shifted[1])),
        limit=asked.limit,
    )
    return PointCollection(features=features(found), next=None)


@blueprint.get("/service-points/rounds")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(RoundsQuestion, location="query", arg_name="asked")
@blueprint.output(Meetings)
def rounds(asked: RoundsQuestion) -> Meetings:
    """List where the agents of an area are met in the week of a day, by day and time."""
    scope = shown(edge.sight(), asked.within or "")
    week = asked.day - timedelta(days=asked.day.weekday())
    found = week_of(edge.session(), scope, week, edge.now())
    page = found[asked.offset : asked.offset + asked.limit]
    return Meetings(
        items=[
            MeetingAnswer(
                day=one.day,
                opens=f"{one.stop.hour.opens:%H:%M}",
                closes=f"{one.stop.hour.closes:%H:%M}",
                falls_out=one.falls_out,
                place=one.stop.hour.place,
                lon=one.found.lon if one.stop.lon is None else one.stop.lon,
                lat=one.found.lat if one.stop.lat is None else one.stop.lat,
                agent_point=one.point.code,
                phone=one.point.phone,
            )
            for one in page
        ],
        next=asked.offset + len(page) if asked.offset + len(page) < len(found) else None,
    )


def features(found: list[Found]) -> list[PointFeature]:
    """Write service points with their hours as features."""
    known = stops(edge.session(), [one.point.id for one in found])
    return [_feature(one, known[one.point.id]) for one in found]


def _feature(found: Found, hours: list[Stop]) -> PointFeature:
    point = found.point
    own = {
        name: getattr(point, name) for name in PointProperties.model_fields if hasattr(point, name)
    }
    return PointFeature(
        id=point.code,
        geometry={"type": "Point", "coordinates": [found.lon, found.lat]},
        properties=PointProperties(
            **own,
            hours=[_hour(one) for one in hours],
            grid_code=found.grid_code,
            distance_m=None if found.distance_m is None else round(found.distance_m, 1),
        ),
    )


def _hour(one: Stop) -> Hour:
    hour = one.hour
    return Hour(
        day=DAYS[hour.weekday],
        opens=f"{hour.opens:%H:%M}",
        closes=f"{hour.closes:%H:%M}",
        place=hour.place,
        lon=one.lon,
        lat=one.lat,
    )
