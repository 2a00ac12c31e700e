"""Reads of cases: where work is open, and each case for those who may see it.

What a viewer may count is decided here and nowhere else (docs/decisions/0014-masking.md):

- *exact*: where the viewer sees everything, without sensitive kinds unless he handles them there;
- *masked*: shown only through ``rules.masked_count``; elsewhere nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import BadInput
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, framed, locating, moved, valid_on
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.rules import Level
from gridsvc.incidents.rules.reasons import because

Code = ColumnElement[str] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Moment:
    """When open work is counted.

    Attributes
    ----------
    on : date
        The day whose grids the cases are counted under.
    at : datetime
        Aware: now, or the end of a past day in the office's zone.
    start : datetime
        Aware: the start of that day; masked counts are taken then, so that they change once a day.
    past : bool
        Whether the day is over; the present is served by the partial indexes of open cases.
    """

    on: date
    at: datetime
    start: datetime
    past: bool


def moment(on: date, now: datetime, zone: str) -> Moment:
    """Return the moment at which a day's open work is counted; for today and later it is now."""
    office = ZoneInfo(zone)
    today = now.astimezone(office).date()
    start = datetime.combine(min(on, today), time(), office)
    if on >= today:
        return Moment(on, now, start, past=False)
    return Moment(on, datetime.combine(on + timedelta(days=1), time(), office), start, past=True)


@dataclass(frozen=True)
class Wanted:
    """Which open cases are asked for; ``None`` asks for all."""

    category_ids: tuple[int, ...] | None = None
    sensitive: bool = False
    older_than_days: int | None = None
    level: Level | None = None

    @property
    def filtered(self) -> bool:
        """Tell whether anything narrows the question."""
        return any(v is not None for v in (self.category_ids, self.older_than_days, self.level))


def wanted(
    session: Session,
    *,
    category: str | None = None,
    older_than_days: int | None = None,
    level: Level | None = None,
) -> Wanted:
    """Look a category's code up and put the question together.

    Raises
    ------
    BadInput
        No category has this code.
    """
    if category is None:
        return Wanted(older_than_days=older_than_days, level=level)
    found = session.execute(
        select(Category.id, Category.sensitive).where(Category.code == category)
    ).all()
    if not found:
        raise because(BadInput, "no_category", ["category"], category=category[:40])
    ids = tuple(row[0] for row in found)
    return Wanted(ids, any(row[1] for row in found), older_than_days, level)


def categories(session: Session, on: date) -> list[Category]:
    """Return the categories that may be chosen on a day, by kind and code."""
    order = (Category.kind, Category.code, Category.id)
    return list(session.scalars(select(Category).where(valid_on(Category, on)).order_by(*order)))


def exact_scope(sight: Sight, asked: Wanted) -> Scope:
    """Give where counts are shown as they are: sensitive kinds to the handling team alone."""
    return sight.handles if asked.sensitive else sight.full


@dataclass(frozen=True)
class OpenCounts:
    """Open cases per grid code; codes without any are left out.

    Attributes
    ----------
    exact : Series of int
        For codes in ``exact_scope``.
    masked : Series of int
        True counts elsewhere: to be shown, alone or summed, only through ``masked_count``.
    """

    exact: pd.Series[int]
    masked: pd.Series[int]


def open_counts(
    session: Session, sight: Sight, asked: Wanted, moment: Moment, within: Scope
) -> OpenCounts:
    """Count open cases under the grids of a day.

    A case counts for the grid that it was stamped with, on every day on which the boundary of its
    stamp is in force; on other days its place is looked up under the shapes of the day. Served by
    ``ix_incident_open_grid`` alone for the present.
    """
    exact, masked = (
        None if part is None else _count(session, part, within, moment)
        for part in (exact_part(sight, asked, moment), masked_part(sight, asked, moment))
    )
    empty = pd.Series(dtype=int)
    return OpenCounts(empty if exact is None else exact, empty if masked is None else masked)


@dataclass(frozen=True)
class Part:
    """Which cases are counted, and for which grid codes."""

    cases: ColumnElement[bool]
    scope: Scope
    but_not: Scope = Scope()
    sensitive_in: Scope | None = None

    def holds(self, code: Code, digits: int | None = GRID_DIGITS) -> ColumnElement[bool]:
        """Say in SQL that a case under this code may be counted."""
        told = below(code, self.scope, digits)
        if self.but_not.prefixes:
            told = and_(told, not_(below(code, self.but_not, digits)))
        if self.sensitive_in is not None:
            sensitive = select(Category.id).where(Category.sensitive)
            handled = below(code, self.sensitive_in, digits)
            told = and_(told, or_(Incident.category_id.not_in(sensitive), handled))
        return told


def exact_part(sight: Sight, asked: Wanted, moment: Moment) -> Part | None:
    """Give what a viewer may count as it is, or ``None``."""
    scope = exact_scope(sight, asked)
    if not scope.prefixes:
        return None
    quiet = None if asked.category_ids is not None else sight.handles
    return Part(_matching(asked, moment), scope, sensitive_in=quiet)


def masked_part(sight: Sight, asked: Wanted, moment: Moment) -> Part | None:
    """Give what a viewer may count with small counts hidden, or ``None``.

    Of a sensitive kind, to whom does not handle it: the cases of the dawn, by kind alone. Where he
    sees only what is public: all cases of the dawn, without sensitive kinds and without any filter,
    since every filter would be one more cut to subtract.
    """
    dawn = Moment(moment.on, moment.start, moment.start, past=True)
    if asked.sensitive:
        if asked.older_than_days is not None or asked.level is not None:
            return None
        return Part(_matching(asked, dawn), sight.full, but_not=sight.handles)
    if asked.filtered or not sight.public.prefixes:
        return None
    return Part(_matching(asked, dawn), sight.public, but_not=sight.full, sensitive_in=Scope())


def _matching(asked: Wanted, moment: Moment) -> ColumnElement[bool]:
    still_open = Incident.closed_at.is_(None)
    told: ColumnElement[bool] = and_(still_open)
    if moment.past:
        told = and_(
            Incident.reported_at < moment.at, or_(still_open, Incident.closed_at >= moment.at)
        )
    if asked.category_ids is not None:
        told = and_(told, Incident.category_id.in_(asked.category_ids))
    if asked.level is not None:
        told = and_(told, Incident.level == asked.level)
    if asked.older_than_days is not None:
        told = and_(told, Incident.reported_at <= moment.at - timedelta(asked.older_than_days))
    return told


def _by_stamp(part: Part, within: Scope) -> Select[Any, Any]:
    """Count the cases of a part by the grid that they were stamped with."""
    return (
        select(Incident.grid_code.label("code"), func.count().label("cases"))
        .where(
            part.cases,
            part.holds(Incident.grid_code),
            below(Incident.grid_code, within, GRID_DIGITS),
        )
        .group_by(Incident.grid_code)
    )


def _count(session: Session, part: Part, within: Scope, moment: Moment) -> pd.Series[int]:
    elsewhere = moved(moment.on)
    stamped = _by_stamp(part, within).where(
        Incident.grid_code.is_not(None), Incident.grid_code.not_in(elsewhere)
    )
    same = select(GridBoundary.id).where(
        valid_on(GridBoundary, moment.on), GridBoundary.grid_code.in_(elsewhere)
    )
    kept = _by_stamp(part, within).where(
        Incident.grid_code.in_(elsewhere), Incident.grid_boundary_id.in_(same)
    )
    place = locating(Incident.geom, moment.on).lateral("place")
    placed = (
        select(place.c.grid_code.label("code"), func.count().label("cases"))
        .select_from(Incident)
        .join(place, true())
        .where(
            part.cases,
            Incident.grid_code.in_(elsewhere),
            Incident.grid_boundary_id.not_in(same),
            part.holds(place.c.grid_code),
            below(place.c.grid_code, within, GRID_DIGITS),
        )
        .group_by(place.c.grid_code)
    )
    both = framed(session, union_all(stamped, kept, placed))
    return both.astype({"cases": int}).groupby("code")["cases"].sum()
