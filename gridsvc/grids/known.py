"""Dated rows as they were known at an instant, which is not the day that they tell of.

A boundary has two times: the days on which it holds, and since when the service was told so. A
figure that was printed is had again by asking for both (docs/decisions/0026-two-times.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, case, cast, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

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


def as_known(table: type[_Table], as_of: datetime | None) -> type[_Table]:
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

    What was said at an instant is what the first change after it replaced. All of those are read
    at once by ``ix_said_before_table_name_until``: mostly none, since figures are asked about the
    past and boundaries change a few times a year.
    """
    if as_of is None:
        return table
    instant = known_at(as_of)
    name = table.__tablename__
    before = (
        select(SaidBefore.row_id, SaidBefore.said)
        .where(SaidBefore.table_name == name, SaidBefore.until > instant)
        .ext(distinct_on(SaidBefore.row_id))
        .order_by(SaidBefore.row_id, SaidBefore.until, SaidBefore.id)
        .subquery()
    )
    columns = table.__table__.c
    told = [
        case(
            (before.c.row_id.is_not(None), cast(before.c.said[one.key].astext, one.type)),
            else_=one,
        ).label(one.key)
        if one.key in _MAY_CHANGE[name]
        else one
        for one in columns
    ]
    rows = (
        select(*told)
        .outerjoin(before, before.c.row_id == columns.id)
        .where(columns.recorded_at <= instant)
    )
    return aliased(table, rows.subquery(), adapt_on_names=True)


def known_at(as_of: datetime) -> ColumnElement[datetime]:
    """Write in SQL the instant whose knowledge is meant, as `as_known` says."""
    first = select(func.min(GridBoundary.recorded_at)).scalar_subquery()
    asked = literal(as_of)
    return case((asked < first, first + _FIRST_DAY), else_=asked)


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
