"""Cases that anybody may read one by one: of public categories, where the map is public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, simplest
from gridsvc.errors import BadInput, NotFound
from gridsvc.grids.models import Division
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents.arrival.routing import find_category
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.staffing.models import Team


@dataclass(frozen=True)
class PublicCase:
    """A case with the names around it; ``lon`` and ``lat`` are degrees, EPSG:4326, or ``None``."""

    incident: Incident
    category: Category
    team: Team | None
    lon: float | None
    lat: float | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which are asked for; ``None`` asks for all.

    Attributes
    ----------
    numbers : tuple of int or None
        These cases, whatever else is asked.
    codes : tuple of str or None
        Of these categories, by code.
    since, until : datetime or None
        Reported in this period, aware, both ends included.
    closed : bool or None
        Only those that ended, or only those that did not.
    within : str
        Below this division's code.
    """

    numbers: tuple[int, ...] | None = None
    codes: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    closed: bool | None = None
    within: str = ""


def for_anybody(session: Session, source: str | None = None) -> ColumnElement[bool]:
    """Say in SQL which cases anybody may read; ``source`` adds those that came through it."""
    public = simplest(session.scalars(select(Division.code).where(Division.public_map)))
    shown = and_(
        _in(public),
        Incident.category_id.in_(select(Category.id).where(Category.public)),
    )
    return shown if source is None else or_(shown, Incident.source == source)


def cases(
    session: Session, readable: ColumnElement[bool], asked: Wanted, *, limit: int, offset: int = 0
) -> list[PublicCase]:
    """Return a page of readable cases, newest first."""
    updated = select(func.max(IncidentEvent.at)).where(IncidentEvent.incident_id == Incident.id)
    rows = session.execute(
        select(
            Incident,
            Category,
            Team,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
            updated.scalar_subquery(),
        )
        .join(Category, Category.id == Incident.category_id)
        .outerjoin(Team, Team.id == Incident.team_id)
        .where(readable, *_asked(asked))
        .order_by(Incident.reported_at.desc(), Incident.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [PublicCase(*row) for row in rows]


def services(session: Session, on: date) -> list[Category]:
    """Return the public categories of a day in order of rank, one a code as reports find them."""
    newest = (
        select(Category.id)
        .where(valid_on(Category, on))
        .ext(distinct_on(Category.code))
        .order_by(Category.code, Category.valid_from.desc(), Category.id)
    )
    chosen = select(Category).where(
        Category.id.in_(newest), Category.public, Category.emergency_phone.is_(None)
    )
    return list(session.scalars(chosen.order_by(Category.rank, Category.code)))


def service(session: Session, code: str, on: date) -> Category:
    """Return a public category, also a retired one, whose reports are kept for a person.

    Raises
    ------
    NotFound
        There is none of that code, or not for the public: the two answers are the same.
    """
    try:
        found = find_category(session, code, on)
    except BadInput:
        found = None
    if found is None or not found.public:
        raise NotFound(f"service_code {code[:40]} was not found.", [code[:40]])
    return found


def _asked(asked: Wanted) -> list[ColumnElement[bool]]:
    told = [_in(Scope((asked.within,)))]
    if asked.numbers is not None:
        return [*told, Incident.id.in_(asked.numbers)]
    if asked.codes is not None:
        told.append(Category.code.in_(asked.codes))
    if asked.since is not None:
        told.append(Incident.reported_at >= asked.since)
    if asked.until is not None:
        told.append(Incident.reported_at <= asked.until)
    if asked.closed is not None:
        ended = Incident.closed_at.is_not(None)
        told.append(ended if asked.closed else ~ended)
    return told


def _in(scope: Scope) -> ColumnElement[bool]:
    grid, division = Incident.grid_code, Incident.division_code
    inside = and_(grid.is_not(None), below(grid, scope, GRID_DIGITS))
    return or_(inside, and_(grid.is_(None), below(division, scope)))
