"""Reads of service points on a day: where they are, the nearest, and where one is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, null, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import GRID_DIGITS, below, divisions, grids_on, locating, point, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.rules import DIGITS, Tier


@dataclass(frozen=True)
class Found:
    """A service point with its place (degrees, EPSG:4326) and the grid of the day.

    ``distance_m`` is the straight line on the ellipsoid from where was asked, else ``None``.
    """

    point: ServicePoint
    lon: float
    lat: float
    grid_code: str
    distance_m: float | None


@dataclass(frozen=True)
class Stop:
    """Hours at the point, or at a stop of its round with its own place (degrees)."""

    hour: ServiceHour
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Established:
    """How many places of a tier's level have one, and which have none."""

    tier: Tier
    places: int
    lacking: tuple[Division | Grid, ...]

    @property
    def having(self) -> int:
        """Places with at least one."""
        return self.places - len(self.lacking)


def points_on(
    session: Session,
    scope: Scope,
    on: date,
    *,
    tier: Tier | None = None,
    near: tuple[float, float] | None = None,
    box: tuple[float, float, float, float] | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Found]:
    """Return the service points of a day whose grid lies in a scope.

    Parameters
    ----------
    tier : Tier, optional
        Of this tier alone.
    near : (lon, lat), optional
        Degrees, EPSG:4326: the nearest first; without it in order of code.
    box : west, south, east, north, optional
        Degrees.
    after : str
        Only codes after this one.
    limit : int, optional
        Rows at most.
    """
    grid = locating(ServicePoint.geom, on).correlate(ServicePoint).scalar_subquery()
    inner = select(ServicePoint.id, grid.label("code")).where(valid_on(ServicePoint, on)).subquery()
    away: ColumnElement[Any] = cast(null(), Float)
    if near is not None:
        away = func.ST_Distance(func.geography(ServicePoint.geom), func.geography(point(*near)))
    query = (
        select(
            ServicePoint,
            func.ST_X(ServicePoint.geom),
            func.ST_Y(ServicePoint.geom),
            inner.c.code,
            away.label("away"),
        )
        .join(inner, inner.c.id == ServicePoint.id)
        .where(
            inner.c.code.is_not(None),
            below(inner.c.code, scope, GRID_DIGITS),
            ServicePoint.code > after,
            *([] if tier is None else [ServicePoint.tier == tier]),
        )
        .order_by(*(["away"] if near else []), ServicePoint.code)
        .limit(limit)
    )
    if box is not None:
        query = query.where(func.ST_Intersects(ServicePoint.geom, func.ST_MakeEnvelope(*box, 4326)))
    return [Found(*row) for row in session.execute(query)]


def stops(session: Session, points: Collection[int]) -> dict[int, list[Stop]]:
    """Return the hours of service points by the point's id, by day and time."""
    found: dict[int, list[Stop]] = defaultdict(list)
    rows = session.execute(
        select(ServiceHour, func.ST_X(ServiceHour.geom), func.ST_Y(ServiceHour.geom))
        .where(ServiceHour.service_point_id.in_(points))
        .order_by(ServiceHour.weekday, ServiceHour.opens, ServiceHour.id)
    )
    for row in rows:
        found[row[0].service_point_id].append(Stop(*row))
    return found


def established(session: Session, scope: Scope, on: date) -> list[Established]:
    """Count, tier by tier, which places of its level have one on a day.

    Tiers whose level has no place in the scope are left out. Divisions count as they are now:
    they carry no period.
    """
    found = points_on(session, scope, on)
    frame = grids_on(session, scope, on)
    residential = frame.index[frame["kind"] == GridKind.RESIDENTIAL]
    known = select(Grid).where(Grid.code.in_(list(residential))).order_by(Grid.code)
    levels: list[Division | Grid] = [
        one for one in divisions(session, scope) if scope.covers(one.code)
    ]
    levels += session.scalars(known)
    told = []
    for tier, digits in DIGITS.items():
        places = [one for one in levels if len(one.code) == digits]
        having = {one.grid_code[:digits] for one in found if one.point.tier is tier}
        lacking = tuple(one for one in places if one.code not in having)
        told.append(Established(tier, len(places), lacking))
    return [one for one in told if one.places]
