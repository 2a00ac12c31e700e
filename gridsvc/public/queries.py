"""The whitelist: plain values that anybody may read, and nothing else, of grids on a day.

Public pages, cards and posters are made from these classes alone; no page is handed a row of a
table. What is to become public becomes a field here, and a test knows every field by name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pyproj
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Division, Grid, GridBoundary
from gridsvc.grids.queries import below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.public.models import Pledge, PublicService
from gridsvc.service_points.queries import Found, points_on
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment

_EARTH = pyproj.Geod(ellps="GRS80")
# Redrawn borders leave slivers of rounding; nobody looks for a new grid there.
_SUCCESSOR_SHARE = 0.01


class Said(NamedTuple):
    """A text and, where there is one, its English."""

    text: str
    text_en: str | None


@dataclass(frozen=True)
class PublicPoint:
    """A service point; ``distance_m`` is a straight line on the ellipsoid."""

    name: Said
    tier: str
    address: str | None
    phone: str | None
    services: tuple[str, ...]
    distance_m: float


@dataclass(frozen=True)
class Entry:
    """A service of the office; ``limit_days`` are working days, 0 is at once."""

    code: str
    name: Said
    limit_days: int | None
    materials: tuple[str, ...]
    materials_en: tuple[str, ...]
    fee: Said | None
    tiers: tuple[str, ...]


@dataclass(frozen=True)
class PublicGrid:
    """A grid as anybody may know it; ``duty_phone`` is a post's, ``lon`` and ``lat`` lie inside.

    ``public`` tells whether its page is open to visitors.
    """

    code: str
    name: Said
    above: tuple[Said, ...]
    team: Said | None
    duty_phone: str | None
    branch: Said | None
    pledges: tuple[Said, ...]
    public: bool
    lon: float
    lat: float


def public_grids(session: Session, codes: Collection[str], on: date) -> list[PublicGrid]:
    """Return grids that are in force on a day, in order of code; others are left out."""
    inside = func.ST_PointOnSurface(GridBoundary.geom)
    rows = session.execute(
        select(Grid.code, Grid.name, Grid.name_en, func.ST_X(inside), func.ST_Y(inside))
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .where(Grid.code.in_(codes), valid_on(GridBoundary, on))
        .order_by(Grid.code)
    ).all()
    teams, branches = _teams(session, codes, on), _branches(session, codes, on)
    prefixes = {code[:digits] for code, *_ in rows for digits in range(1, 15)}
    above = session.scalars(select(Division).where(Division.code.in_(prefixes))).all()
    divisions = sorted(above, key=lambda one: one.digits)
    pledged = _pledges(session, on)
    found = []
    for code, name, name_en, lon, lat in rows:
        team = teams.get(code)
        over = [one for one in divisions if code.startswith(one.code)]
        found.append(
            PublicGrid(
                code=code,
                name=Said(name, name_en),
                above=tuple(Said(one.name, one.name_en) for one in over),
                team=Said(team.name, team.name_en) if team else None,
                duty_phone=team.duty_phone if team else None,
                branch=branches.get(code),
                pledges=tuple(
                    said
                    for place, team_id, said in pledged
                    if (place and code.startswith(place)) or (team and team_id == team.id)
                ),
                public=any(one.public_map for one in over),
                lon=lon,
                lat=lat,
            )
        )
    return found


def _teams(session: Session, codes: Collection[str], on: date) -> dict[str, Team]:
    rows = session.execute(
        select(TeamAssignment.grid_code, Team)
        .join(Team, Team.id == TeamAssignment.team_id)
        .where(TeamAssignment.grid_code.in_(codes), valid_on(TeamAssignment, on))
    )
    return dict(rows.all())


def _branches(session: Session, codes: Collection[str], on: date) -> dict[str, Said]:
    rows = session.execute(
        select(BranchAssignment.grid_code, Branch.name, Branch.name_en)
        .join(Branch, Branch.id == BranchAssignment.branch_id)
        .where(BranchAssignment.grid_code.in_(codes), valid_on(BranchAssignment, on))
    )
    return {code: Said(name, name_en) for code, name, name_en in rows}


def _pledges(session: Session, on: date) -> list[tuple[str | None, int | None, Said]]:
    """Read the pledges of a day, those of the widest place first."""
    rows = session.execute(
        select(Pledge.place_code, Pledge.team_id, Pledge.sentence, Pledge.sentence_en)
        .where(valid_on(Pledge, on))
        .order_by(func.length(Pledge.place_code).nulls_last(), Pledge.id)
    )
    return [(place, team, Said(text, text_en)) for place, team, text, text_en in rows]


def services_on(session: Session, code: str, on: date) -> list[Entry]:
    """Return what is offered under a code on a day, also by the divisions above it.

    Parameters
    ----------
    code : str
        Of a division or a grid; empty for every division.
    """
    where = or_(
        PublicService.division_code.is_(None),
        func.starts_with(code, PublicService.division_code),
        below(PublicService.division_code, Scope((code,))),
    )
    rows = session.scalars(
        select(PublicService)
        .where(where, valid_on(PublicService, on))
        .order_by(PublicService.rank, PublicService.code)
    )
    return [
        Entry(
            code=one.code,
            name=Said(one.name, one.name_en),
            limit_days=one.limit_days,
            materials=tuple(one.materials),
            materials_en=tuple(one.materials_en),
            fee=Said(one.fee, one.fee_en) if one.fee else None,
            tiers=tuple(one.tiers),
        )
        for one in rows
    ]


class Points:
    """The service points of a scope, read once for however many grids.

    Parameters
    ----------
    scope : Scope
        Codes of divisions or grids whose points may be named.
    """

    def __init__(self, session: Session, scope: Scope, on: date) -> None:
        self._found: Sequence[Found] = points_on(session, scope, on)

    def nearest(self, lon: float, lat: float, count: int) -> list[PublicPoint]:
        """Return the nearest points to a place in degrees, EPSG:4326."""
        if not self._found:
            return []
        size = len(self._found)
        lons, lats = zip(*((one.lon, one.lat) for one in self._found), strict=True)
        metres = _EARTH.inv([lon] * size, [lat] * size, lons, lats)[2]
        ranked = sorted(zip(metres, self._found, strict=True), key=lambda one: one[0])
        return [
            PublicPoint(
                name=Said(one.point.name, one.point.name_en),
                tier=one.point.tier.value,
                address=one.point.address,
                phone=one.point.phone,
                services=tuple(one.point.services),
                distance_m=float(away),
            )
            for away, one in ranked[:count]
        ]


def successors(session: Session, code: str, on: date) -> list[tuple[str, Said]]:
    """Return the grids that cover on a day what a former grid covered last, largest share first.

    A printed code outlives its grid: whoever scans it still finds who is in charge.
    """
    last = (
        select(GridBoundary.geom)
        .where(GridBoundary.grid_code == code, GridBoundary.valid_from <= on)
        .order_by(GridBoundary.valid_from.desc())
        .limit(1)
        .cte("last")
    )
    shared = func.ST_Area(func.ST_Intersection(GridBoundary.geom, last.c.geom))
    rows = session.execute(
        select(Grid.code, Grid.name, Grid.name_en)
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .join(last, func.ST_Intersects(GridBoundary.geom, last.c.geom))
        .where(
            valid_on(GridBoundary, on),
            Grid.kind == GridKind.RESIDENTIAL,
            shared > _SUCCESSOR_SHARE * func.ST_Area(last.c.geom),
        )
        .order_by(shared.desc(), Grid.code)
    )
    return [(found, Said(name, name_en)) for found, name, name_en in rows]
