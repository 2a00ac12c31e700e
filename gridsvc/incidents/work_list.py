"""The cases of a viewer's area: how many need somebody, which come first, and a board of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.incidents.cases import lies_in, visible, waits_for_a_look
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.queries import Wanted
from gridsvc.incidents.rules import ENDED, Status, free_text
from gridsvc.staffing.models import Team

OVERDUE, TODAY, NOBODYS, ODD = "overdue", "today", "nobodys", "odd"
#: Digits from which a number is looked for among the grids' codes: a district has six.
SHORTEST_CODE = 6


@dataclass(frozen=True)
class Question:
    """Which cases are asked for.

    Attributes
    ----------
    wanted : Wanted
        By category, level and age.
    within : str
        Below this division or grid code; the empty text asks for the whole area.
    only : {"", "overdue", "today", "nobodys", "odd"}
        Past their deadline, due from now to ``tomorrow``, in no grid, or waiting for a look.
    text : str
        In the description, the category or the grid's name, or the beginning of the grid's code.
    status : Status or None
        Cases in this state, also an ended one; ``None`` asks for the open ones.
    tomorrow : datetime or None
        Aware: where today ends in the office's zone.
    newest_first : bool
        In order of arrival; else whatever is due first leads, and no deadline comes last.
    """

    wanted: Wanted = Wanted()
    within: str = ""
    only: str = ""
    newest_first: bool = False
    text: str = ""
    status: Status | None = None
    tomorrow: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One line of the list; the names are of the category, the team and the grid it works for."""

    incident: Incident
    category: Category
    grid: Grid | None
    division: Division | None
    team: Team | None


@dataclass(frozen=True)
class Tally:
    """How many cases are open, overdue, due from now to ``tomorrow``, in no grid, and odd."""

    open: int
    overdue: int
    nobodys: int
    today: int
    odd: int


@dataclass(frozen=True)
class Column:
    """One state of the board: how many cases are in it, and the first of them."""

    count: int
    rows: Sequence[Any]


def tally(
    session: Session, sight: Sight, within: str, now: datetime, tomorrow: datetime | None = None
) -> Tally:
    """Count what is open in the part of a viewer's area below a code."""
    late = func.count().filter(Incident.due_at < now)
    nobodys = func.count().filter(Incident.grid_code.is_(None))
    soon = func.count().filter(Incident.due_at >= now, Incident.due_at < (tomorrow or now))
    where = _asked(sight, Question(within=within), now)
    odd = func.count().filter(waits_for_a_look())
    row = session.execute(select(func.count(), late, nobodys, soon, odd).where(where)).one()
    return Tally(*row)


def count(session: Session, sight: Sight, question: Question, now: datetime) -> int:
    """Count the cases of a question."""
    return session.scalar(select(func.count()).where(_asked(sight, question, now))) or 0


def board(
    session: Session, sight: Sight, question: Question, now: datetime, *, limit: int
) -> dict[Status, Column]:
    """Return the open states in the order of a case's life, each with its first cases."""
    counts: dict[Status, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Incident.status, func.count())
            .where(_asked(sight, replace(question, status=None), now))
            .group_by(Incident.status)
        )
    }
    return {
        one: Column(
            counts.get(one, 0),
            page(session, sight, replace(question, status=one), now, offset=0, limit=limit)
            if counts.get(one)
            else [],
        )
        for one in Status
        if one not in ENDED
    }


def page(
    session: Session, sight: Sight, question: Question, now: datetime, *, offset: int, limit: int
) -> list[Row]:
    """Return a page of the cases of a question, in its order."""
    newest = (Incident.reported_at.desc(), Incident.id.desc())
    due = (Incident.due_at.asc().nulls_last(), Incident.reported_at, Incident.id)
    query = (
        select(Incident, Category, Grid, Division, Team)
        .join(Category, Category.id == Incident.category_id)
        .outerjoin(Grid, Grid.code == func.coalesce(Incident.handled_code, Incident.grid_code))
        .outerjoin(Division, Division.code == Incident.division_code)
        .outerjoin(Team, Team.id == Incident.team_id)
        .where(_asked(sight, question, now))
        .order_by(*(newest if question.newest_first else due))
        .offset(offset)
        .limit(limit)
    )
    return [Row(*row) for row in session.execute(query)]


def _asked(sight: Sight, question: Question, now: datetime) -> ColumnElement[bool]:
    wanted = question.wanted
    still_open = Incident.closed_at.is_(None)
    told = [still_open if question.status not in ENDED else ~still_open, visible(sight)]
    if question.status is not None:
        told.append(Incident.status == question.status)
    if question.text:
        told.append(with_text(question.text))
    if question.within:
        told.append(lies_in(Scope((question.within,))))
    if wanted.category_ids is not None:
        told.append(Incident.category_id.in_(wanted.category_ids))
    if wanted.level is not None:
        told.append(Incident.level == wanted.level)
    if wanted.older_than_days is not None:
        told.append(Incident.reported_at <= now - timedelta(wanted.older_than_days))
    if question.only == OVERDUE:
        told.append(Incident.due_at < now)
    if question.only == TODAY:
        told += [Incident.due_at >= now, Incident.due_at < question.tomorrow]
    if question.only == NOBODYS:
        told.append(Incident.grid_code.is_(None))
    if question.only == ODD:
        told.append(waits_for_a_look())
    return and_(*told)


def with_text(text: str) -> ColumnElement[bool]:
    """Say in SQL that a case has a text in its words, its category or its grid."""

    def named(table: type[Category] | type[Grid]) -> ColumnElement[bool]:
        parts = (one.icontains(text, autoescape=True) for one in (table.name, table.name_en))
        return or_(*parts)

    is_code = text.isascii() and text.isdigit() and SHORTEST_CODE <= len(text) <= GRID_DIGITS
    return or_(
        _in_words(text),
        Incident.category_id.in_(select(Category.id).where(named(Category))),
        Incident.grid_code.in_(grids := select(Grid.code).where(named(Grid))),
        Incident.handled_code.in_(grids),
        below(Incident.grid_code, Scope((text,)), GRID_DIGITS) if is_code else false(),
        below(Incident.handled_code, Scope((text,)), GRID_DIGITS) if is_code else false(),
        Incident.id == int(text) if is_code else false(),
    )


def _in_words(text: str) -> ColumnElement[bool]:
    """Say in SQL that a text stands in a case's words as lists show them.

    Were the hidden numbers searched as well, whoever guesses one could have it confirmed.
    """
    read, sought = func.translate(Incident.description, *free_text.SIGNS), free_text.plain(text)
    shown = func.regexp_replace(read, free_text.LOOKS, free_text.MASK, "g")
    # The cheap question first: few words hold the text, and only those are masked.
    return and_(read.icontains(sought, autoescape=True), shown.icontains(sought, autoescape=True))
