"""What maps of other programs are drawn from: grids, divisions, cases, service points. EPSG:4326.

Every row of a period is a feature of its own, known by its number, so that the versions of a grid
stay apart in whatever period is asked for.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Division, DivisionBoundary, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, locating
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.public_cases import for_anybody
from gridsvc.service_points.models import ServicePoint


class Collection(enum.StrEnum):
    """The four kinds of features."""

    GRIDS = "grids"
    DIVISIONS = "divisions"
    INCIDENTS = "incidents"
    SERVICE_POINTS = "service_points"


@dataclass(frozen=True)
class Wanted:
    """Which features are asked for; ``None`` asks for all.

    Attributes
    ----------
    first, last : datetime or None
        Aware, both included: what was in force, or reported, at any time between them.
    box : west, south, east, north or None
        Degrees; whatever touches it.
    after : int
        Only features with a higher number, in order of it.
    number : int or None
        This one alone.
    """

    first: datetime | None
    last: datetime | None
    box: tuple[float, float, float, float] | None = None
    after: int = 0
    number: int | None = None


@dataclass(frozen=True)
class Feature:
    """A feature's number, its geometry as GeoJSON writes it, and what is known of it."""

    number: int
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


def features(
    session: Session,
    collection: Collection,
    scope: Scope,
    wanted: Wanted,
    *,
    zone: ZoneInfo,
    limit: int,
) -> list[Feature]:
    """Return a page of the features of a scope, in order of their numbers.

    Cases are those that anybody may read, whoever asks, with their public fields alone; the days
    of periods are those of ``zone``.
    """
    query, table, geom = _QUERIES[collection](session, scope, wanted, zone)
    query = query.where(table.id > wanted.after).order_by(table.id).limit(limit)
    if wanted.number is not None:
        query = query.where(table.id == wanted.number)
    if wanted.box is not None:
        query = query.where(func.ST_Intersects(geom, func.ST_MakeEnvelope(*wanted.box, 4326)))
    rows = session.execute(query.add_columns(table.id, func.ST_AsGeoJSON(geom, 7))).mappings()
    return [_feature(dict(row)) for row in rows]


def _feature(row: dict[str, Any]) -> Feature:
    *named, number, geometry = row.items()
    shape = None if geometry[1] is None else json.loads(geometry[1])
    return Feature(number[1], shape, dict(named))


# The query, the table that numbers its rows, and their geometry.
Parts = tuple[Any, Any, Any]


def _grids(_: Session, scope: Scope, wanted: Wanted, zone: ZoneInfo) -> Parts:
    table = GridBoundary
    query = (
        select(
            Grid.code, Grid.name, Grid.name_en, Grid.kind, Grid.community_code,
            table.household_count, table.dwelling_count, table.valid_from, table.valid_to,
        )
        .join(Grid, Grid.code == table.grid_code)
        .where(below(Grid.code, scope, GRID_DIGITS), *_in_force(table, wanted, zone))
    )  # fmt: skip
    return query, table, table.geom


def _divisions(_: Session, scope: Scope, wanted: Wanted, zone: ZoneInfo) -> Parts:
    table = DivisionBoundary
    query = (
        select(
            Division.code, Division.name, Division.name_en, Division.level, Division.parent_code,
            table.valid_from, table.valid_to,
        )
        .join(Division, Division.code == table.division_code)
        .where(below(Division.code, scope), *_in_force(table, wanted, zone))
    )  # fmt: skip
    return query, table, table.geom


def _service_points(_: Session, scope: Scope, wanted: Wanted, zone: ZoneInfo) -> Parts:
    table = ServicePoint
    on: Any = func.current_date() if wanted.last is None else _day(wanted.last, zone)
    grid = locating(table.geom, on).correlate(table).scalar_subquery()
    query = select(
        table.code, table.name, table.name_en, table.tier, table.address, table.phone,
        table.services, grid.label("grid_code"), table.valid_from, table.valid_to,
    ).where(below(grid, scope, GRID_DIGITS), *_in_force(table, wanted, zone))  # fmt: skip
    return query, table, table.geom


def _incidents(session: Session, scope: Scope, wanted: Wanted, _: ZoneInfo) -> Parts:
    table = Incident
    query = (
        select(
            Category.code.label("category"), Category.name.label("category_name"),
            Category.name_en.label("category_name_en"), table.status, table.grid_code,
            table.reported_at, table.due_at, table.closed_at,
        )
        .join(Category, Category.id == table.category_id)
        .where(
            for_anybody(session),
            or_(below(table.grid_code, scope, GRID_DIGITS), below(table.division_code, scope)),
            true() if wanted.first is None else table.reported_at >= wanted.first,
            true() if wanted.last is None else table.reported_at <= wanted.last,
        )
    )  # fmt: skip
    return query, table, table.geom


_QUERIES: dict[Collection, Callable[[Session, Scope, Wanted, ZoneInfo], Parts]] = {
    Collection.GRIDS: _grids,
    Collection.DIVISIONS: _divisions,
    Collection.INCIDENTS: _incidents,
    Collection.SERVICE_POINTS: _service_points,
}


def _in_force(table: Any, wanted: Wanted, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Say in SQL that a period shares a day with the one asked for."""
    told = [table.valid_to.is_distinct_from(table.valid_from)]
    if wanted.last is not None:
        told.append(table.valid_from <= _day(wanted.last, zone))
    if wanted.first is not None:
        first = _day(wanted.first, zone)
        told.append(or_(table.valid_to.is_(None), table.valid_to > first))
    return told


def _day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
