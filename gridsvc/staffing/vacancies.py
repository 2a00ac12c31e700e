"""Posts that a team should have on a day and nobody holds, and grids that no team looks after.

The one place where a vacancy is defined: every page that tells a number of them counts this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.known import as_known
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost
from gridsvc.staffing.rule_book import rule_book
from gridsvc.staffing.rules import Post, Source, TeamKind


@dataclass(frozen=True)
class Vacancy:
    """A post that nobody holds.

    Attributes
    ----------
    post_id : int or None
        Its number; None where the rule of the place asks for a post that was never set up.
    team_code, name, name_en : str
        The team's; ``name_en`` may be None.
    place : str
        Where it is counted: the team's first grid in the scope, else the team's division.
    post, source
        What is missing, and where its holder is to be drawn from (None where it was never set up).
    since : date or None
        First day without a holder, None where it was never set up.
    """

    post_id: int | None
    team_code: str
    name: str
    name_en: str | None
    place: str
    post: Post
    source: Source | None
    since: date | None


def vacancies(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> list[Vacancy]:
    """List the posts of a scope's teams that nobody holds: leaders first, then by age.

    The posts that a team has on the day, and those that it lacks of the fewest that the rule of
    its place asks for; in grids of every kind, as known at an instant, or now. A grid without a
    team has no vacancy: see `without_team`.
    """
    post, holding = as_known(session, TeamPost, as_of), as_known(session, PostHolding, as_of)
    left = (
        select(func.max(holding.valid_to))
        .where(holding.post_id == post.id, holding.valid_to <= on)
        .scalar_subquery()
    )
    grids, mine = _of(session, scope, on, as_of)
    held = exists().where(holding.post_id == post.id, valid_on(holding, on))
    place = func.coalesce(grids.c.first, Team.division_code)
    since = func.coalesce(left, post.valid_from)
    rank = case({Post.LEADER: 0, Post.DEPUTY: 1}, value=post.post, else_=2)
    rows = session.execute(
        select(post.id, Team.code, Team.name, Team.name_en, place, post.post)
        .add_columns(post.source, since)
        .select_from(post)
        .join(Team, Team.id == post.team_id)
        .outerjoin(grids, grids.c.team_id == Team.id)
        .where(mine, valid_on(post, on), ~held)
        .order_by(rank, since, Team.code, post.id)
    )
    return [*(Vacancy(*row) for row in rows), *_never_set_up(session, scope, on, as_of)]


def post_count(session: Session, scope: Scope, on: date) -> int:
    """Count the posts that the teams of a scope should have on a day, held or not."""
    own = sum(row.posts for row in _sizes(session, scope, on, None))
    return own + len(_never_set_up(session, scope, on, None))


def without_team(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> list[str]:
    """List the grids of a day, of every kind, that no team looks after, in order of code."""
    boundary = as_known(session, GridBoundary, as_of)
    team = as_known(session, TeamAssignment, as_of)
    charged = exists().where(team.grid_code == boundary.grid_code, valid_on(team, on))
    query = select(boundary.grid_code).where(
        valid_on(boundary, on), below(boundary.grid_code, scope, GRID_DIGITS), ~charged
    )
    return sorted(session.scalars(query))


def _never_set_up(
    session: Session, scope: Scope, on: date, as_of: datetime | None
) -> list[Vacancy]:
    book = rule_book(session, on, as_of)
    return [
        Vacancy(None, row.code, row.name, row.name_en, row.place, Post.MEMBER, None, None)
        for row in _sizes(session, scope, on, as_of)
        if row.kind is TeamKind.GRID
        for _ in range(book.of(row.place).team[0] - row.posts)
    ]


def _sizes(session: Session, scope: Scope, on: date, as_of: datetime | None) -> list[Any]:
    """Return the teams of a scope, each with its place and how many posts it has on a day."""
    post = as_known(session, TeamPost, as_of)
    grids, mine = _of(session, scope, on, as_of)
    own = select(func.count(post.id)).where(post.team_id == Team.id, valid_on(post, on))
    query = (
        select(Team.code, Team.name, Team.name_en, Team.kind)
        .add_columns(
            func.coalesce(grids.c.first, Team.division_code).label("place"),
            own.scalar_subquery().label("posts"),
        )
        .outerjoin(grids, grids.c.team_id == Team.id)
        .where(mine)
        .order_by(Team.code)
    )
    return list(session.execute(query))


def _of(
    session: Session, scope: Scope, on: date, as_of: datetime | None
) -> tuple[Subquery, ColumnElement[bool]]:
    """Return the first grid of a scope of every team, and which teams are the scope's on a day.

    A team is of a scope that its division or one of its grids lies in.
    """
    team = as_known(session, TeamAssignment, as_of)
    grids = (
        select(team.team_id, func.min(team.grid_code).label("first"))
        .where(valid_on(team, on), below(team.grid_code, scope, GRID_DIGITS))
        .group_by(team.team_id)
        .subquery()
    )
    inside = or_(below(Team.division_code, scope), grids.c.first.is_not(None))
    return grids, and_(valid_on(Team, on), inside)
