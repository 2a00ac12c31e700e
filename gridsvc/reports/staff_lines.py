"""Who answers for each grid of a day: counts and names of teams, never of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.known import as_known
from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.staffing.models import (
    Branch,
    BranchAssignment,
    PostHolding,
    Team,
    TeamAssignment,
    TeamPost,
)
from gridsvc.staffing.rule_book import rule_book
from gridsvc.staffing.rules import Post, Source


@dataclass
class StaffLine:
    """One grid: its team and branch, and which posts are held.

    ``sources`` counts the posts that are held by where their holders come from; ``ends_on`` is
    the first day on which team or branch no longer answer for the grid.
    """

    code: str
    name: str
    name_en: str | None
    team: Team | None
    branch: Branch | None
    ends_on: date | None
    posts: int = 0
    held: int = 0
    has_leader: bool = False
    has_deputy: bool = False
    sources: dict[Source, int] = field(default_factory=dict)


def staff_lines(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> list[StaffLine]:
    """Return how each grid of a day, in which people live, is staffed, in order of code.

    As it was known at an instant, or is known now; names are always today's.
    """
    boundary, team = (
        as_known(session, GridBoundary, as_of),
        as_known(session, TeamAssignment, as_of),
    )
    branch = as_known(session, BranchAssignment, as_of)
    query = (
        select(
            Grid.code,
            Grid.name,
            Grid.name_en,
            Team,
            Branch,
            func.least(team.valid_to, branch.valid_to),
        )
        .join(boundary, (boundary.grid_code == Grid.code) & valid_on(boundary, on))
        .outerjoin(team, (team.grid_code == Grid.code) & valid_on(team, on))
        .outerjoin(Team, Team.id == team.team_id)
        .outerjoin(branch, (branch.grid_code == Grid.code) & valid_on(branch, on))
        .outerjoin(Branch, Branch.id == branch.branch_id)
        .where(Grid.kind == GridKind.RESIDENTIAL, below(Grid.code, scope, GRID_DIGITS))
        .order_by(Grid.code)
    )
    lines = [StaffLine(*row) for row in session.execute(query)]
    _count_posts(session, lines, on, as_of)
    return lines


def _count_posts(
    session: Session, lines: list[StaffLine], on: date, as_of: datetime | None
) -> None:
    """Fill in the posts of the lines' teams; a team of two grids stands with both."""
    teams = {line.team.id for line in lines if line.team}
    seat, holding = as_known(session, TeamPost, as_of), as_known(session, PostHolding, as_of)
    rows = session.execute(
        select(seat.team_id, seat.post, seat.source, func.count(), func.count(holding.id))
        .outerjoin(holding, (holding.post_id == seat.id) & valid_on(holding, on))
        .where(seat.team_id.in_(teams), valid_on(seat, on))
        .group_by(seat.team_id, seat.post, seat.source)
        .order_by(seat.source)
    ).all()
    of_team: dict[int, list[tuple[Post, Source, int, int]]] = {}
    for number, post, source, posts, held in rows:
        of_team.setdefault(number, []).append((post, source, posts, held))
    book = rule_book(session, on, as_of)
    for line in lines:
        for post, source, posts, held in of_team.get(line.team.id, []) if line.team else []:
            line.posts += posts
            line.held += held
            line.has_leader |= post is Post.LEADER and held > 0
            line.has_deputy |= post is Post.DEPUTY and held > 0
            if held:
                line.sources[source] = line.sources.get(source, 0) + held
        # Whoever has no team lacks a whole one, as in `staffing_on`.
        line.posts = max(line.posts, book.of(line.code).team[0])
