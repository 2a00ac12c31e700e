"""The open cases of a viewer's area: how many need somebody, and which come first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.queries import Wanted
from gridsvc.staffing.models import Team

OVERDUE, NOBODYS = "overdue", "nobodys"


@dataclass(frozen=True)
class Question:
    """Which open cases are asked for.

    Attributes
    ----------
    wanted : Wanted
        By category, level and age.
    within : str
        Below this division or grid code; the empty text asks for the whole area.
    only : {"", "overdue", "nobodys"}
        Past their deadline, or in no grid.
    newest_first : bool
        In order of arrival; else whatever is due first leads, and no deadline comes last.
    """

    wanted: Wanted = Wanted()
    within: str = ""
    only: str = ""
    newest_first: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the list; the names are of the category, the grid and the team."""

    incident: Incident
    category: Category
    grid: Grid | None
    division: Division | None
    team: Team | None


@dataclass(frozen=True)
class Tally:
    """How many cases are open, past their deadline, and in no grid."""

    open: int
    overdue: int
    nobodys: int


def tally(session: Session, sight: Sight, within: str, now: datetime) -> Tally:
    """Count what is open in the part of a viewer's area below a code."""
    late = func.count().filter(Incident.due_at < now)
    nobodys = func.count().filter(Incident.grid_code.is_(None))
    where = _asked(sight, Question(within=within), now)
    row = session.execute(select(func.count(), late, nobodys).where(where)).one()
    return Tally(*row)


def count(session: Session, sight: Sight, question: Question, now: datetime) -> int:
    """Count the open cases of a question."""
    return session.scalar(select(func.count()).where(_asked(sight, question, now))) or 0


def page(
    session: Session, sight: Sight, question: Question, now: datetime, *, offset: int, limit: int
) -> list[Row]:
    """Return a page of the open cases of a question, in its order."""
    newest = (Incident.reported_at.desc(), Incident.id.desc())
    due = (Incident.due_at.asc().nulls_last(), Incident.reported_at, Incident.id)
    query = (
        select(Incident, Category, Grid, Division, Team)
        .join(Category, Category.id == Incident.category_id)
        .outerjoin(Grid, Grid.code == Incident.grid_code)
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
    told = [Incident.closed_at.is_(None), visible(sight)]
    if question.within:
        scope = Scope((question.within,))
        outside = and_(Incident.grid_code.is_(None), below(Incident.division_code, scope))
        told.append(or_(below(Incident.grid_code, scope, GRID_DIGITS), outside))
    if wanted.category_ids is not None:
        told.append(Incident.category_id.in_(wanted.category_ids))
    if wanted.level is not None:
        told.append(Incident.level == wanted.level)
    if wanted.older_than_days is not None:
        told.append(Incident.reported_at <= now - timedelta(wanted.older_than_days))
    if question.only == OVERDUE:
        told.append(Incident.due_at < now)
    if question.only == NOBODYS:
        told.append(Incident.grid_code.is_(None))
    return and_(*told)
