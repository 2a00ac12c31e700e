"""Who stops looking after a grid soon, with nobody to follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import (
    Branch,
    BranchAssignment,
    PostHolding,
    Team,
    TeamAssignment,
    TeamPost,
)
from gridsvc.staffing.rules import ALERT_DAYS


@dataclass(frozen=True)
class Ending:
    """A team, a branch or the holding of a post that ends with nobody to follow.

    Attributes
    ----------
    kind : str
        ``team`` or ``branch`` of a grid, or ``post``.
    place : str
        The grid; of a post the team's first grid, else its division.
    code, name, name_en : str
        Of the team or branch; ``name_en`` may be None.
    post : str or None
        Which post, where ``kind`` is ``post``.
    ends_on : date
        First day without.
    """

    kind: str
    place: str
    code: str
    name: str
    name_en: str | None
    post: str | None
    ends_on: date


def endings(
    session: Session, scope: Scope, on: date, days: int = max(ALERT_DAYS), *, posts: bool = True
) -> list[Ending]:
    """List what holds on a day and ends within so many days, the soonest first.

    A team that is dissolved leaves its grids on that day, whatever was said of each grid. What
    another one takes over on its last day does not end, and neither does what ends with its grid.

    Parameters
    ----------
    days : int
        How far to look; the last of them counts.
    posts : bool
        Also the posts whose holder leaves.
    """
    until = on + timedelta(days)
    found = []
    for kind, link, party, key in (
        ("team", TeamAssignment, Team, TeamAssignment.team_id),
        ("branch", BranchAssignment, Branch, BranchAssignment.branch_id),
    ):
        query = _of_grids(link, party, key, scope, on, until)
        found += [
            Ending(kind, grid, code, name, name_en, None, ends_on)
            for grid, code, name, name_en, ends_on in session.execute(query)
        ]
    if posts:
        query = _of_posts(scope, on, until)
        found += [Ending("post", *row) for row in session.execute(query)]
    return sorted(found, key=lambda one: (one.ends_on, one.place, one.kind))


def _of_grids(link: Any, party: Any, key: Any, scope: Scope, on: date, until: date) -> Any:
    ends = func.least(link.valid_to, party.valid_to)
    other, other_party = aliased(link), aliased(party)
    follows = exists().where(
        other.grid_code == link.grid_code,
        other_party.id == getattr(other, key.key),
        and_(other.valid_from <= ends, or_(other.valid_to.is_(None), other.valid_to > ends)),
        or_(other_party.valid_to.is_(None), other_party.valid_to > ends),
    )
    stays = exists().where(
        GridBoundary.grid_code == link.grid_code,
        GridBoundary.valid_from <= ends,
        or_(GridBoundary.valid_to.is_(None), GridBoundary.valid_to > ends),
    )
    return (
        select(link.grid_code, party.code, party.name, party.name_en, ends)
        .join(party, party.id == key)
        .where(
            valid_on(link, on),
            ends > on,
            ends <= until,
            stays,
            ~follows,
            below(link.grid_code, scope, GRID_DIGITS),
        )
    )


def _of_posts(scope: Scope, on: date, until: date) -> Any:
    other = aliased(PostHolding)
    follows = exists().where(
        other.post_id == PostHolding.post_id, other.valid_from == PostHolding.valid_to
    )
    first = (
        select(func.min(TeamAssignment.grid_code))
        .where(TeamAssignment.team_id == Team.id, valid_on(TeamAssignment, on))
        .scalar_subquery()
    )
    place = func.coalesce(first, Team.division_code)
    stays = or_(TeamPost.valid_to.is_(None), TeamPost.valid_to > PostHolding.valid_to)
    team_stays = or_(Team.valid_to.is_(None), Team.valid_to > PostHolding.valid_to)
    return (
        select(place, Team.code, Team.name, Team.name_en, TeamPost.post, PostHolding.valid_to)
        .join(TeamPost, TeamPost.id == PostHolding.post_id)
        .join(Team, Team.id == TeamPost.team_id)
        .where(
            valid_on(PostHolding, on),
            PostHolding.valid_to.between(on + timedelta(1), until),
            stays,
            team_stays,
            ~follows,
            below(place, scope),
        )
    )
