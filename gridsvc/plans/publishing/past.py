"""Reads of the map's history: its versions, one place through time, one grid's ancestry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import NotFound
from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, point, shown
from gridsvc.grids.rules import GridKind
from gridsvc.plans.publishing.models import CaseHandover, GridLineage, Publication, Rehoming

IMPORT = "import"


@dataclass(frozen=True)
class Version:
    """A day on which the grids of an area changed.

    ``kind`` is ``plan``, ``rollback`` or ``import``; ``begun`` and ``ended`` count boundaries.
    """

    on: date
    kind: str
    publication: int | None
    begun: int
    ended: int


def versions(session: Session, sight: Sight, within: str = "") -> list[Version]:
    """Return the days on which the grids that a viewer sees changed, oldest first.

    What was announced and taken back before its day is no version.
    """
    b, scope = GridBoundary, shown(sight, within)
    held = below(b.grid_code, scope, GRID_DIGITS) & b.valid_to.is_distinct_from(b.valid_from)
    begins = select(b.valid_from.label("on"), literal(1).label("begun"), literal(0).label("ended"))
    ends = select(b.valid_to, literal(0), literal(1)).where(b.valid_to.is_not(None))
    days = union_all(begins.where(held), ends.where(held)).subquery()
    rows = session.execute(
        select(days.c.on, func.sum(days.c.begun), func.sum(days.c.ended))
        .group_by(days.c.on)
        .order_by(days.c.on)
    ).all()
    came = {one.effective_on: one for one in _in_force(session, [row[0] for row in rows], scope)}
    return [
        Version(on, came[on].kind.value if on in came else IMPORT, _id(came.get(on)), begun, ended)
        for on, begun, ended in rows
    ]


def _in_force(session: Session, days: list[date], scope: Scope) -> list[Publication]:
    """Return the publications of some days that changed grids of a scope, oldest first."""
    changed = select(GridLineage.publication_id).where(
        or_(
            below(GridLineage.from_code, scope, GRID_DIGITS),
            below(GridLineage.to_code, scope, GRID_DIGITS),
        )
    )
    return list(
        session.scalars(
            select(Publication)
            .where(Publication.effective_on.in_(days), Publication.id.in_(changed))
            .order_by(Publication.id)
        )
    )


def _id(publication: Publication | None) -> int | None:
    return publication.id if publication else None


@dataclass(frozen=True)
class Stay:
    """A period in which a place lay in a grid; ``publication`` is what began it, if one did."""

    grid_code: str
    name: str
    name_en: str | None
    valid_from: date
    valid_to: date | None
    households: int | None
    publication: int | None


def place_history(session: Session, sight: Sight, lon: float, lat: float) -> list[Stay]:
    """Return the grids that held a place through time, newest first; lon and lat in EPSG:4326.

    A place on a shared edge is in the grid of the lowest code, as everywhere; periods that touch
    in one grid stay apart, since its shape or counts changed between them. What the viewer does
    not see is left out. Served by ``idx_grid_boundary_geom``.
    """
    b = GridBoundary
    began = (
        select(GridLineage.publication_id)
        .where(GridLineage.to_boundary_id == b.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            b.grid_code, Grid.name, Grid.name_en, b.valid_from, b.valid_to, b.household_count, began
        )
        .join(Grid, Grid.code == b.grid_code)
        .where(
            func.ST_Covers(b.geom, point(lon, lat)),
            Grid.kind == GridKind.RESIDENTIAL,
            b.valid_to.is_distinct_from(b.valid_from),
        )
        .order_by(b.valid_from.desc(), b.grid_code)
    )
    stays = [Stay(*row) for row in rows]
    return [
        one
        for one in stays
        if sight.sees(one.grid_code) and not any(_shares_with_lower(one, other) for other in stays)
    ]


def _shares_with_lower(one: Stay, other: Stay) -> bool:
    """Tell whether a lower code holds the same place all the time."""
    begins = other.valid_from <= one.valid_from
    ends = (other.valid_to or date.max) >= (one.valid_to or date.max)
    return other.grid_code < one.grid_code and begins and ends


@dataclass(frozen=True)
class Descent:
    """Ground and households that went from one grid to another on a day."""

    publication: int
    on: date
    kind: str
    from_code: str
    to_code: str
    households: int
    area_m2: float
    estimated: bool


def lineage(session: Session, code: str) -> list[Descent]:
    """Return where a grid's ground came from and went to, newest first."""
    return _descents(session, or_(GridLineage.from_code == code, GridLineage.to_code == code))


def lineage_of(session: Session, publication_id: int) -> list[Descent]:
    """Return where a publication took ground from and gave it to, in order of code."""
    return _descents(session, GridLineage.publication_id == publication_id)


def _descents(session: Session, chosen: Any) -> list[Descent]:
    table = GridLineage
    rows = session.execute(
        select(
            table.publication_id,
            Publication.effective_on,
            table.kind,
            table.from_code,
            table.to_code,
            table.households,
            table.area_m2,
            table.estimated,
        )
        .join(Publication, Publication.id == table.publication_id)
        .where(chosen)
        .order_by(table.publication_id.desc(), table.from_code, table.to_code)
    )
    return [Descent(*row) for row in rows]


def publications(
    session: Session, scope: Scope, within: str = "", *, before: int | None, limit: int
) -> list[Publication]:
    """Return a page of the publications that concern a viewer's scope, newest first."""
    inside = scope.narrowed(within)
    query = select(Publication).where(
        or_(
            below(Publication.scope_code, inside),
            *(func.starts_with(prefix, Publication.scope_code) for prefix in inside.prefixes),
        )
    )
    if before is not None:
        query = query.where(Publication.id < before)
    return list(session.scalars(query.order_by(Publication.id.desc()).limit(limit)))


def publication(session: Session, scope: Scope, number: int) -> Publication:
    """Return one publication.

    Raises
    ------
    NotFound
        It is not there, or has nothing to do with the viewer's scope.
    """
    found = session.get(Publication, number)
    if found is None or not scope.touches(found.scope_code):
        raise NotFound(f"There is no publication {number}.", [number])
    return found


@dataclass(frozen=True)
class Carried:
    """How a publication's hand-over went; ``at`` is ``None`` before its day."""

    at: datetime | None
    cases: int
    differences: dict[str, list[int]]


def carried(session: Session, number: int) -> Carried:
    """Return how the hand-over of cases went."""
    done = session.get(Rehoming, number)
    if done is None:
        so_far = select(func.count()).where(CaseHandover.publication_id == number)
        return Carried(None, session.scalar(so_far) or 0, {})
    return Carried(done.at, done.cases, done.differences)
