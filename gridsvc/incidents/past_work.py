"""The work that was open at a past instant, as the histories of the cases tell it; to be read only.

What a viewer sees of it is decided by today's area: a change of post opens no old case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Subquery,
    Text,
    and_,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.rules import ENDED, Level, Status
from gridsvc.incidents.work_list import (
    NOBODYS,
    ODD,
    OVERDUE,
    TODAY,
    Column,
    Question,
    Tally,
    with_text,
)
from gridsvc.staffing.models import Team

_THEN = text(files(__package__).joinpath("past_work.sql").read_text("utf-8")).columns(
    id=BigInteger,
    status=Text,
    level=Text,
    urgency=Text,
    returns=Integer,
    team_id=Integer,
    due_at=DateTime(timezone=True),
    grid_code=Text,
    division_code=Text,
    handled_code=Text,
    paused=Boolean,
)


@dataclass(frozen=True)
class PastCase:
    """A case as it stood, with the names that a list asks for; it was open, so it had no end."""

    id: int
    kind: str
    description: str | None
    reported_at: datetime
    status: Status
    level: Level
    urgency: str
    return_count: int
    due_at: datetime | None
    grid_code: str | None
    division_code: str | None
    paused: bool
    closed_at: None = None
    review_reason: None = None
    reviewed_at: None = None


@dataclass(frozen=True)
class PastRow:
    """One line of the list; the team is the one that led the case then."""

    incident: PastCase
    category: Category
    grid: Grid | None
    division: Division | None
    team: Team | None


def tally(session: Session, sight: Sight, within: str, at: datetime) -> Tally:
    """Count what was open at an instant in the part of a viewer's area below a code."""
    then = _then(at)
    late = func.count().filter(then.c.due_at < at)
    nobodys = func.count().filter(then.c.grid_code.is_(None))
    query = _joined(then, sight, Question(within=within), at, func.count(), late, nobodys)
    everything, overdue, nowhere = session.execute(query).one()
    return Tally(everything, overdue, nowhere, today=0, odd=0)


def count(session: Session, sight: Sight, question: Question, at: datetime) -> int:
    """Count the cases of a question that were open at an instant."""
    return session.scalar(_joined(_then(at), sight, question, at, func.count())) or 0


def board(
    session: Session, sight: Sight, question: Question, at: datetime, *, limit: int
) -> dict[Status, Column]:
    """Return the open states, as `gridsvc.incidents.work_list.board` does."""
    found = {}
    for one in Status:
        if one not in ENDED:
            part = replace(question, status=one)
            rows = page(session, sight, part, at, offset=0, limit=limit)
            full = len(rows) == limit
            found[one] = Column(count(session, sight, part, at) if full else len(rows), rows)
    return found


def page(
    session: Session,
    sight: Sight,
    question: Question,
    at: datetime,
    *,
    limit: int,
    offset: int = 0,
    before: int | None = None,
) -> list[PastRow]:
    """Return a page of the cases of a question that were open at an instant, in its order.

    With ``before`` in order of number, the newest first, below that number.
    """
    then = _then(at)
    newest = (Incident.reported_at.desc(), Incident.id.desc())
    due = (then.c.due_at.asc().nulls_last(), Incident.reported_at, Incident.id)
    query = (
        _joined(then, sight, question, at, Incident, Category, Grid, Division, Team, *then.c)
        .outerjoin(Grid, Grid.code == func.coalesce(then.c.handled_code, then.c.grid_code))
        .outerjoin(Division, Division.code == then.c.division_code)
        .outerjoin(Team, Team.id == then.c.team_id)
        .offset(offset)
        .limit(limit)
    )
    if before is not None:
        query = query.where(then.c.id < before).order_by(then.c.id.desc())
    else:
        query = query.order_by(*(newest if question.newest_first else due))
    return [_row(*row) for row in session.execute(query)]


def _row(
    incident: Incident,
    category: Category,
    grid: Grid | None,
    division: Division | None,
    team: Team | None,
    *then: Any,
) -> PastRow:
    number, status, level, urgency, returns, _, due_at, grid_code, division_code, _, paused = then
    case = PastCase(
        number,
        incident.kind,
        incident.description,
        incident.reported_at,
        Status(status),
        Level(level),
        urgency,
        returns,
        due_at,
        grid_code,
        division_code,
        bool(paused),
    )
    return PastRow(case, category, grid, division, team)


def _then(at: datetime) -> Subquery:
    return _THEN.bindparams(at=at).subquery("past")


def _joined(then: Subquery, sight: Sight, question: Question, at: datetime, *asked: Any) -> Any:
    """Select from the cases of a question that were open at an instant."""
    return (
        select(*asked)
        .select_from(then)
        .join(Incident, Incident.id == then.c.id)
        .join(Category, Category.id == Incident.category_id)
        .where(_asked(then, sight, question, at))
    )


def _asked(then: Subquery, sight: Sight, question: Question, at: datetime) -> ColumnElement[bool]:
    wanted, told = question.wanted, [visible(sight)]
    if question.status is not None:
        told.append(then.c.status == question.status.value)
    if question.text:
        told.append(with_text(question.text))
    if question.within:
        scope = Scope((question.within,))
        outside = and_(then.c.grid_code.is_(None), below(then.c.division_code, scope))
        own = (below(one, scope, GRID_DIGITS) for one in (then.c.grid_code, then.c.handled_code))
        told.append(or_(*own, outside))
    if wanted.category_ids is not None:
        told.append(Incident.category_id.in_(wanted.category_ids))
    if wanted.level is not None:
        told.append(then.c.level == wanted.level.value)
    if wanted.older_than_days is not None:
        told.append(Incident.reported_at <= at - timedelta(wanted.older_than_days))
    if question.only in (OVERDUE, TODAY):
        told.append(then.c.due_at < at)
    if question.only == TODAY:  # the instant is the end of the day
        told.append(then.c.due_at >= at - timedelta(days=1))
    if question.only == NOBODYS:
        told.append(then.c.grid_code.is_(None))
    if question.only == ODD:
        looked_later = or_(Incident.reviewed_at.is_(None), Incident.reviewed_at > at)
        told += [Incident.review_reason.is_not(None), looked_later]
    return and_(*told)
