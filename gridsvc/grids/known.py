"""Dated rows as they were known at an instant, which is not the day that they tell of.

A boundary has two times: the days on which it holds, and since when the service was told so. A
figure that was printed is had again by asking for both (docs/decisions/0026-two-times.md).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session, aliased

from gridsvc.db import Base
from gridsvc.grids.models import Building, GridBoundary, SaidBefore, TerritoryFinding

_Table = TypeVar("_Table", bound=Base)

#: Dated table → the columns of which `SaidBefore` keeps what they said; the migration's triggers
#: write them.
_MAY_CHANGE = {
    GridBoundary.__tablename__: ("valid_to", "household_count", "dwelling_count"),
    "team_assignment": ("valid_to",),
    "branch_assignment": ("valid_to",),
    "team_post": ("valid_to",),
    "post_holding": ("valid_to",),
    Building.__tablename__: ("anchor",),
}
# A territory is told by several files on its first day; before that nothing could be printed.
_FIRST_DAY = text("interval '1 day'")


def as_known(session: Session, table: type[_Table], as_of: datetime | None) -> type[_Table]:
    """Return a dated table as it was known at an instant, to be queried like the table itself.

    Parameters
    ----------
    table : class
        A model with ``id`` and ``recorded_at`` whose changes are kept.
    as_of : datetime or None
        Aware. Without one the table itself: what is known now. An instant before the first grid
        was recorded asks for what was known after that first day.

    Notes
    -----
    Ask it for columns, not for itself: a session keeps one object for a row, as it is now.

    Where nothing was told since the instant the table itself is the answer, and costs nothing.
    Else what was said then is what the first change after it replaced, looked up row by row by
    ``ix_said_before_table_name_row_id_until``, and once: statistics are old just when many rows
    have changed, and a plan made by them takes seconds for 20,000 grids.
    """
    if as_of is None:
        return table
    instant = session.scalar(select(known_at(as_of)))
    name = table.__tablename__
    columns = table.__table__.c
    changed = and_(SaidBefore.table_name == name, SaidBefore.until > instant)
    told_since = exists().where(changed) | exists().where(columns.recorded_at > instant)
    if not session.scalar(select(told_since)):
        return table
    before = (
        select(SaidBefore.said)
        .where(changed, SaidBefore.row_id == columns.id)
        .correlate(table.__table__)
        .order_by(SaidBefore.until, SaidBefore.id)
        .limit(1)
        .lateral("before")
    )
    told = [
        case(
            (before.c.said.is_not(None), cast(before.c.said[one.key].astext, one.type)),
            else_=one,
        ).label(one.key)
        if one.key in _MAY_CHANGE[name]
        else one
        for one in columns
    ]
    rows = (
        select(*told)
        .select_from(table.__table__.outerjoin(before, true()))
        .where(columns.recorded_at <= instant)
    )
    return aliased(table, rows.cte().prefix_with("materialized"), adapt_on_names=True)


def known_at(as_of: datetime) -> ColumnElement[datetime]:
    """Write in SQL the instant whose knowledge is meant, as `as_known` says."""
    first = select(func.min(GridBoundary.recorded_at)).scalar_subquery()
    asked = literal(as_of)
    return case((asked < first, first + _FIRST_DAY), else_=asked)


def began(session: Session, within: str) -> tuple[date, datetime] | None:
    """Return the first day of any grid below a code, and when the first grid was recorded.

    None where there has never been a grid.
    """
    first = select(func.min(GridBoundary.valid_from)).where(
        GridBoundary.grid_code.between(within.ljust(15, "0"), within.ljust(15, "9"))
    )
    day, recorded = session.execute(
        select(
            first.scalar_subquery(), select(func.min(GridBoundary.recorded_at)).scalar_subquery()
        )
    ).one()
    return None if day is None else (day, recorded)


def found_by(as_of: datetime | None) -> ColumnElement[bool]:
    """Say in SQL that a finding of the territory was known at an instant, or is known now."""
    table = TerritoryFinding
    if as_of is None:
        return table.superseded_at.is_(None)
    instant = known_at(as_of)
    return and_(
        table.recorded_at <= instant,
        or_(table.superseded_at.is_(None), table.superseded_at > instant),
    )
