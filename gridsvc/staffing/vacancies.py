"""Posts that nobody holds on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost
from gridsvc.staffing.rules import Post, Source


@dataclass(frozen=True)
class Vacancy:
    """A post that nobody holds.

    Attributes
    ----------
    post_id : int
        Its number.
    team_code, name, name_en : str
        The team's; ``name_en`` may be None.
    place : str
        Where it is counted: the team's first grid, else the team's division.
    post, source
        What is missing, and where its holder is to be drawn from.
    since : date
        First day without a holder.
    """

    post_id: int
    team_code: str
    name: str
    name_en: str | None
    place: str
    post: Post
    source: Source
    since: date


def vacancies(session: Session, scope: Scope, on: date) -> list[Vacancy]:
    """List the posts of a scope's teams that nobody holds on a day: leaders first, then by age.

    A post that a rule asks for and the team does not have is no vacancy: see
    `gridsvc.staffing.composition.composition`.
    """
    left = (
        select(func.max(PostHolding.valid_to))
        .where(PostHolding.post_id == TeamPost.id, PostHolding.valid_to <= on)
        .scalar_subquery()
    )
    grids, mine = _posts_of(scope, on)
    held = exists().where(PostHolding.post_id == TeamPost.id, valid_on(PostHolding, on))
    place = func.coalesce(grids.c.first, Team.division_code)
    since = func.coalesce(left, TeamPost.valid_from)
    rank = case({Post.LEADER: 0, Post.DEPUTY: 1}, value=TeamPost.post, else_=2)
    rows = session.execute(
        select(TeamPost.id, Team.code, Team.name, Team.name_en, place, TeamPost.post)
        .add_columns(TeamPost.source, since)
        .join(Team, Team.id == TeamPost.team_id)
        .outerjoin(grids, grids.c.team_id == Team.id)
        .where(mine, ~held)
        .order_by(rank, since, Team.code, TeamPost.id)
    )
    return [Vacancy(*row) for row in rows]


def post_count(session: Session, scope: Scope, on: date) -> int:
    """Count the posts that the teams of a scope have on a day, held or not."""
    grids, mine = _posts_of(scope, on)
    query = (
        select(func.count(TeamPost.id))
        .join(Team, Team.id == TeamPost.team_id)
        .outerjoin(grids, grids.c.team_id == Team.id)
        .where(mine)
    )
    return session.scalar(query) or 0


def _posts_of(scope: Scope, on: date) -> tuple[Subquery, ColumnElement[bool]]:
    """Return the first grid of every team, and which posts are a scope's on a day.

    A team is of a scope that its division or one of its grids lies in.
    """
    grids = (
        select(
            TeamAssignment.team_id,
            func.min(TeamAssignment.grid_code).label("first"),
            func.bool_or(below(TeamAssignment.grid_code, scope, GRID_DIGITS)).label("mine"),
        )
        .where(valid_on(TeamAssignment, on))
        .group_by(TeamAssignment.team_id)
        .subquery()
    )
    inside = or_(below(Team.division_code, scope), func.coalesce(grids.c.mine, false()))
    return grids, and_(valid_on(Team, on), valid_on(TeamPost, on), inside)
