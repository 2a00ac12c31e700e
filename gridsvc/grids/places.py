"""Reads of buildings as places that people know by name. Positions are EPSG:4326."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Building
from gridsvc.grids.queries import below, valid_on


@dataclass(frozen=True)
class Place:
    """A building's name and its anchor, in degrees."""

    name: str
    lon: float
    lat: float


def named_places(
    session: Session, scope: Scope, on: date, *, words: str = "", limit: int
) -> list[Place]:
    """Return the buildings of the communities that a scope touches, by name.

    Parameters
    ----------
    scope : Scope
        Codes of divisions or grids; of a grid its whole community counts, because who stands at
        an edge looks for the house across the street.
    words : str
        Every word, parted by spaces, occurs in the name; none asks for all.
    limit : int
        Rows at most.

    Returns
    -------
    list of Place
        Shortest name first, so that "3" finds building 3 before 13; buildings without a name are
        left out.
    """
    communities = Scope(tuple(prefix[:12] for prefix in scope.prefixes))
    query = select(Building.name, func.ST_X(Building.anchor), func.ST_Y(Building.anchor)).where(
        Building.name.is_not(None),
        valid_on(Building, on),
        below(Building.community_code, communities),
        *(Building.name.icontains(word, autoescape=True) for word in words.split()[:6]),
    )
    rows = session.execute(query.order_by(func.length(Building.name), Building.name).limit(limit))
    return [Place(*row) for row in rows]
