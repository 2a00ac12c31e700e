"""A place outside every grid: what it may have meant, and whose supervisor looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.geo.datum import Datum, to_wgs84
from gridsvc.grids.models import Division, DivisionBoundary
from gridsvc.grids.queries import locate, point, valid_on
from gridsvc.incidents.rules import Level
from gridsvc.incidents.rules.routing import COMMUNITY_DIGITS, Review, Whose

#: Of each kind of datum one; CGCS2000 differs from WGS 84 by centimetres.
_KINDS = (Datum.WGS84, Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True)
class Reading:
    """How a place may have been meant: lon, lat in degrees, EPSG:4326, in a grid."""

    why: Review
    lon: float
    lat: float
    grid_code: str


@dataclass(frozen=True)
class Supervisor:
    """The division whose office looks at a report in no grid, and what decided.

    ``division_code`` is ``None`` where there is no division at all.
    """

    division_code: str | None
    name: str | None
    level: Level
    whose: Whose


def readings(
    session: Session, lon: float, lat: float, datum: Datum | str, on: date
) -> tuple[Reading, ...]:
    """Return the readings of a place that lie in a grid of a day, the likeliest first.

    A suggestion for a person: nothing is ever moved by it.

    Parameters
    ----------
    lon, lat : float
        Degrees as they were sent; ``lat`` may be none, as when the two are exchanged.
    datum : Datum or str
        What was said that they are measured from.
    """
    said = Datum.WGS84 if datum == Datum.CGCS2000 else Datum(datum)
    ways = [(Review.PLACE_SWAPPED, lat, lon, said)]
    ways += [(Review.DATUM_DOUBTFUL, lon, lat, one) for one in _KINDS if one is not said]
    found = []
    for why, x, y, measured in ways:
        if abs(x) <= 180 and abs(y) <= 90:
            moved = tuple(float(one) for one in to_wgs84(x, y, measured))
            code = locate(session, moved[0], moved[1], on)
            if code is not None:
                found.append(Reading(why, moved[0], moved[1], code))
    return tuple(found)


def supervisor(
    session: Session, outline: str | None, read: tuple[Reading, ...], home: Scope
) -> Supervisor:
    """Find who looks at a report in no grid.

    The smallest division whose outline holds the place; else the community of where it was
    probably meant; else the reporter's own division; else the highest of all.
    """
    if outline is not None:
        return _of(session, outline, Whose.OUTLINE)
    if read:
        return _of(session, read[0].grid_code[:COMMUNITY_DIGITS], Whose.READING)
    for prefix in home.prefixes:
        own = select(Division.code).where(func.starts_with(literal(prefix), Division.code))
        code = session.scalar(own.order_by(Division.digits.desc()).limit(1))
        if code is not None:
            return _of(session, code, Whose.REPORTER)
    highest = select(Division.code).order_by(Division.digits, Division.code).limit(1)
    return _of(session, session.scalar(highest), Whose.OFFICE)


def level_of(session: Session, division_code: str | None) -> Level:
    """Return the level that answers for a case in a division and in no grid."""
    division = session.get(Division, division_code) if division_code else None
    known = division is not None and division.level in set(Level)
    return Level(division.level) if division and known else Level.COMMUNITY


def division_of(session: Session, lon: float, lat: float, on: date) -> str | None:
    """Return the smallest division whose outline holds a place on a day, or ``None``."""
    code = DivisionBoundary.division_code
    return session.scalar(
        select(code)
        .where(
            func.ST_Covers(DivisionBoundary.geom, point(lon, lat)), valid_on(DivisionBoundary, on)
        )
        .order_by(func.length(code).desc(), code)
        .limit(1)
    )


def _of(session: Session, code: str | None, whose: Whose) -> Supervisor:
    division = session.get(Division, code) if code else None
    return Supervisor(code, division.name if division else None, level_of(session, code), whose)
