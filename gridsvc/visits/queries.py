"""Reads of visits: which dwellings were reached, never whose."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pandas as pd
from sqlalchemy import BigInteger, Text, func, select, text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Building, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, framed, valid_on
from gridsvc.visits.models import Visit, VisitBuilding
from gridsvc.visits.rules import WINDOW_DAYS

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_VISITED = text(files(__package__).joinpath("dwellings_visited.sql").read_text("utf-8"))


def dwellings_visited(
    session: Session,
    scope: Scope,
    on: date,
    window_days: int = WINDOW_DAYS,
    as_of: datetime | None = None,
) -> pd.Series[int]:
    """Count the distinct dwellings visited in the window that ends on a day, per grid of that day.

    Only what was recorded up to ``as_of`` (aware; all of it without) is counted. Index: ``code``;
    grids without a visit are left out. Values: int, dwellings, not capped at the dwellings there
    are. ``dwellings_visited.sql`` names the indexes.
    """
    found = [pd.Series(dtype=int)]
    for prefix in scope.prefixes:
        bound = _VISITED.bindparams(
            on=on,
            since=on - timedelta(days=window_days),
            as_of=as_of or _END_OF_TIME,
            first=prefix.ljust(GRID_DIGITS, "0"),
            last=prefix.ljust(GRID_DIGITS, "9"),
        )
        frame = framed(session, bound.columns(code=Text, visited=BigInteger))
        found.append(frame.set_index("code")["visited"].astype(int))
    return pd.concat(found).rename("visited")


def calls(
    session: Session, scope: Scope, since: date, until: date, as_of: datetime
) -> pd.DataFrame:
    """Count the rounds of some days, both included, and the dwellings they called on.

    A dwelling counts as often as it was called on, under the grid that the round named. Index:
    ``code``; columns ``rounds``, ``calls`` (int). Served by ``ix_visit_grid_code_visited_on``.
    """
    query = (
        select(
            Visit.grid_code.label("code"),
            func.count().label("rounds"),
            func.sum(Visit.dwellings_visited).label("calls"),
        )
        .where(
            below(Visit.grid_code, scope, GRID_DIGITS),
            Visit.visited_on.between(since, until),
            Visit.recorded_at <= as_of,
        )
        .group_by(Visit.grid_code)
    )
    return framed(session, query).set_index("code").astype(int)


def visits(
    session: Session,
    scope: Scope,
    *,
    since: date | None = None,
    until: date | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[Visit]:
    """Return a page of visits in a scope, newest record first, below an id when given.

    Served by ``ix_visit_grid_code_visited_on``.
    """
    query = select(Visit).where(below(Visit.grid_code, scope, GRID_DIGITS))
    if since is not None:
        query = query.where(Visit.visited_on >= since)
    if until is not None:
        query = query.where(Visit.visited_on <= until)
    if before is not None:
        query = query.where(Visit.id < before)
    return list(session.scalars(query.order_by(Visit.id.desc()).limit(limit)))


def buildings_of(
    session: Session, grid_code: str, codes: list[str], on: date
) -> dict[str, Building]:
    """Return, by code, those of some buildings whose anchor lies in a grid on a day.

    Locked against another round until the transaction ends, in the order of their ids: two rounds
    that reach the same dwelling must not both have been the first.
    """
    query = (
        select(Building)
        .join(GridBoundary, func.ST_Covers(GridBoundary.geom, Building.anchor))
        .where(
            Building.code.in_(codes),
            valid_on(Building, on),
            GridBoundary.grid_code == grid_code,
            valid_on(GridBoundary, on),
        )
        .order_by(Building.id)
        .with_for_update(of=Building, key_share=True)
    )
    return {one.code: one for one in session.scalars(query)}


def reached_since(session: Session, building_ids: list[int], since: date) -> list[tuple[str, int]]:
    """Return building code and number of each dwelling reached from a day on, in some buildings.

    Served by ``ix_visit_building_building_id``.
    """
    rows = session.execute(
        select(Building.code, func.unnest(VisitBuilding.dwelling_numbers))
        .join(VisitBuilding, VisitBuilding.building_id == Building.id)
        .join(Visit, Visit.id == VisitBuilding.visit_id)
        .where(VisitBuilding.building_id.in_(building_ids), Visit.visited_on >= since)
    )
    return [(code, number) for code, number in rows]


def dwellings_in(session: Session, grid_code: str, on: date) -> tuple[bool, int | None]:
    """Tell whether a grid was there on a day, and how many dwellings were counted in it."""
    found = session.execute(
        select(GridBoundary.dwelling_count).where(
            GridBoundary.grid_code == grid_code, valid_on(GridBoundary, on)
        )
    ).first()
    return found is not None, found[0] if found else None
