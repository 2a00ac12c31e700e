"""Reads of who looks after a grid on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.known import as_known
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, framed, valid_on
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
from gridsvc.staffing.sheet.words import HEADINGS


def staffing_on(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> pd.DataFrame:
    """Return how every grid of a day is staffed, in order of code, as known at an instant or now.

    Index: ``code``. Columns: ``has_team``, ``has_branch``, ``has_leader`` (bool), ``held`` (int,
    posts held that day), ``posts`` (int, posts that a complete team has: its own, and never fewer
    than its place asks for). Served by ``one_team_at_a_time``, ``one_branch_at_a_time`` and
    ``ix_team_post_team_id``.
    """
    boundary, team = (
        as_known(session, GridBoundary, as_of),
        as_known(session, TeamAssignment, as_of),
    )
    branch = as_known(session, BranchAssignment, as_of)
    strength = _strength(session, scope, on, as_of).cte("strength")
    grid = select(boundary.grid_code).where(
        valid_on(boundary, on), below(boundary.grid_code, scope, GRID_DIGITS)
    )
    on_grid = grid.cte("on_grid")
    branched = exists().where(branch.grid_code == on_grid.c.grid_code, valid_on(branch, on))
    query = (
        select(
            on_grid.c.grid_code.label("code"),
            team.id.is_not(None).label("has_team"),
            branched.label("has_branch"),
            func.coalesce(strength.c.led, False).label("has_leader"),
            func.coalesce(strength.c.held, 0).label("held"),
            func.coalesce(strength.c.posts, 0).label("posts"),
        )
        .select_from(on_grid)
        .outerjoin(team, (team.grid_code == on_grid.c.grid_code) & valid_on(team, on))
        .outerjoin(strength, strength.c.team_id == team.team_id)
        .order_by(on_grid.c.grid_code)
    )
    kinds = {"has_team": bool, "has_branch": bool, "has_leader": bool, "held": int, "posts": int}
    frame = framed(session, query).set_index("code").astype(kinds)
    fewest = rule_book(session, on, as_of).fewest(frame.index.tolist())
    return frame.assign(posts=frame["posts"].clip(lower=pd.Series(fewest, frame.index, dtype=int)))


def _strength(
    session: Session, scope: Scope, on: date, as_of: datetime | None
) -> Select[Any, Any, Any, Any]:
    """Select a row a team of a scope: posts it has on a day, posts held, whether it is led."""
    team, post = as_known(session, TeamAssignment, as_of), as_known(session, TeamPost, as_of)
    holding = as_known(session, PostHolding, as_of)
    teams = select(team.team_id).where(
        valid_on(team, on), below(team.grid_code, scope, GRID_DIGITS)
    )
    held = holding.id.is_not(None)
    return (
        select(
            post.team_id,
            func.count().label("posts"),
            func.count(holding.id).label("held"),
            func.bool_or(held & (post.post == Post.LEADER)).label("led"),
        )
        .outerjoin(holding, (holding.post_id == post.id) & valid_on(holding, on))
        .where(valid_on(post, on), post.team_id.in_(teams))
        .group_by(post.team_id)
    )


@dataclass(frozen=True)
class PostLine:
    """Posts of one kind and source in a team, and how many of them are held."""

    post: Post
    source: Source
    posts: int
    held: int


def post_lines(session: Session, team_id: int, on: date) -> list[PostLine]:
    """Return a team's posts of a day by kind and source: leader, deputy, members."""
    rank = case({Post.LEADER: 0, Post.DEPUTY: 1}, value=TeamPost.post, else_=2)
    rows = session.execute(
        select(TeamPost.post, TeamPost.source, func.count(), func.count(PostHolding.id))
        .outerjoin(PostHolding, (PostHolding.post_id == TeamPost.id) & valid_on(PostHolding, on))
        .where(TeamPost.team_id == team_id, valid_on(TeamPost, on))
        .group_by(TeamPost.post, TeamPost.source)
        .order_by(rank, TeamPost.source)
    )
    return [PostLine(*row) for row in rows]


def team_of(session: Session, code: str, on: date) -> Team | None:
    """Return the one team of a grid on a day, by ``one_team_at_a_time``."""
    return session.scalar(
        select(Team)
        .join(TeamAssignment, TeamAssignment.team_id == Team.id)
        .where(TeamAssignment.grid_code == code, valid_on(TeamAssignment, on))
    )


def branch_of(session: Session, code: str, on: date) -> Branch | None:
    """Return the one branch of a grid on a day, by ``one_branch_at_a_time``."""
    return session.scalar(
        select(Branch)
        .join(BranchAssignment, BranchAssignment.branch_id == Branch.id)
        .where(BranchAssignment.grid_code == code, valid_on(BranchAssignment, on))
    )


@dataclass(frozen=True)
class Assignment:
    """Who looked after a grid in a period; ``valid_to`` is exclusive, ``None`` means still."""

    grid_code: str
    kind: str
    code: str
    name: str
    name_en: str | None
    valid_from: date
    valid_to: date | None


def assignments(
    session: Session, scope: Scope, on: date | None = None, *, after: str = "", limit: int = 1000
) -> list[Assignment]:
    """Return the teams and branches of the grids of a scope, of a day or of all time.

    In order of grid code, then newest first. ``kind`` is ``team`` or ``branch``; ``after`` and
    ``limit`` page by grid code, so that no grid is cut in two.
    """
    pages = (
        select(GridBoundary.grid_code)
        .where(below(GridBoundary.grid_code, scope, GRID_DIGITS), GridBoundary.grid_code > after)
        .distinct()
        .order_by(GridBoundary.grid_code)
        .limit(limit)
        .subquery()
    )
    found: list[Assignment] = []
    for kind, link, party, key in (
        ("team", TeamAssignment, Team, TeamAssignment.team_id),
        ("branch", BranchAssignment, Branch, BranchAssignment.branch_id),
    ):
        columns = (link.grid_code, party.code, party.name, party.name_en)
        query = (
            select(*columns, link.valid_from, link.valid_to)
            .join(party, party.id == key)
            .join(pages, pages.c.grid_code == link.grid_code)
        )
        if on is not None:
            query = query.where(valid_on(link, on))
        found += [Assignment(row[0], kind, *row[1:]) for row in session.execute(query)]
    return sorted(found, key=lambda one: (one.grid_code, -one.valid_from.toordinal(), one.kind))


def teams(session: Session, scope: Scope, on: date, *, after: str, limit: int) -> list[Team]:
    """Return a page of the teams of a day whose division lies in a scope, in order of code.

    A team is also shown to whoever sees a grid that it looks after.
    """
    mine = exists().where(
        TeamAssignment.team_id == Team.id,
        valid_on(TeamAssignment, on),
        below(TeamAssignment.grid_code, scope, GRID_DIGITS),
    )
    where = (valid_on(Team, on), below(Team.division_code, scope) | mine, Team.code > after)
    return list(session.scalars(select(Team).where(*where).order_by(Team.code).limit(limit)))


def branches(session: Session, scope: Scope, on: date, *, after: str, limit: int) -> list[Branch]:
    """Return a page of the branches of a day, as :func:`teams` does."""
    mine = exists().where(
        BranchAssignment.branch_id == Branch.id,
        valid_on(BranchAssignment, on),
        below(BranchAssignment.grid_code, scope, GRID_DIGITS),
    )
    where = (valid_on(Branch, on), below(Branch.division_code, scope) | mine, Branch.code > after)
    return list(session.scalars(select(Branch).where(*where).order_by(Branch.code).limit(limit)))


def assigned_on(session: Session, scope: Scope, on: date) -> pd.DataFrame:
    """Return who looks after every grid of a day, in the columns of a sheet of assignments.

    Columns: those of `gridsvc.staffing.sheet.words.HEADINGS`, in order of grid; what is not there
    is None. ``post`` and what follows are empty: a row that is sent back as it is changes
    nothing.
    """
    columns = {
        "grid": GridBoundary.grid_code,
        "team": Team.code,
        "team_name": Team.name,
        "phone": Team.duty_phone,
        "branch": Branch.code,
        "branch_name": Branch.name,
        "branch_kind": Branch.kind,
        "members": Branch.member_count,
    }
    same_grid = GridBoundary.grid_code
    rows = session.execute(
        select(*columns.values())
        .select_from(GridBoundary)
        .outerjoin(
            TeamAssignment, (TeamAssignment.grid_code == same_grid) & valid_on(TeamAssignment, on)
        )
        .outerjoin(Team, Team.id == TeamAssignment.team_id)
        .outerjoin(
            BranchAssignment,
            (BranchAssignment.grid_code == same_grid) & valid_on(BranchAssignment, on),
        )
        .outerjoin(Branch, Branch.id == BranchAssignment.branch_id)
        .where(valid_on(GridBoundary, on), below(same_grid, scope, GRID_DIGITS))
        .order_by(same_grid)
    )
    found = pd.DataFrame(rows.all(), columns=list(columns), dtype=object)
    whole = found.reindex(columns=list(HEADINGS)).astype(object)
    return whole.where(whole.notna(), None)
