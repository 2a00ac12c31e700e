"""Reads of visits: which dwellings were reached, never whose."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pandas as pd
from sqlalchemy import BigInteger, Text, select, text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS, below, framed
from gridsvc.visits.models import Visit
from gridsvc.visits.rules import WINDOW_DAYS

_VISITED = text(files(__package__).joinpath("dwellings_visited.sql").read_text("utf-8"))


def dwellings_visited(
    session: Session, scope: Scope, on: date, window_days: int = WINDOW_DAYS
) -> pd.Series[int]:
    """Count the distinct dwellings visited in the window that ends on a day, per grid of that day.

    Index: ``code``; grids without a visit are left out. Values: int, dwellings, not capped at the
    dwellings there are. ``dwellings_visited.sql`` names the indexes.
    """
    found = [pd.Series(dtype=int)]
    for prefix in scope.prefixes:
        bound = _VISITED.bindparams(
            on=on,
            since=on - timedelta(days=window_days),
            first=prefix.ljust(GRID_DIGITS, "0"),
            last=prefix.ljust(GRID_DIGITS, "9"),
        )
        frame = framed(session, bound.columns(code=Text, visited=BigInteger))
        found.append(frame.set_index("code")["visited"].astype(int))
    return pd.concat(found).rename("visited")


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
