"""Which teams and branches are not made up as the rules ask."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment, TeamPost
from gridsvc.staffing.rule_book import RuleBook, rule_book
from gridsvc.staffing.rules import (
    Fault,
    Post,
    Seats,
    Source,
    TeamKind,
    branch_faults,
    team_faults,
)


@dataclass(frozen=True)
class CompositionFinding:
    """A team or a branch that breaks a rule.

    Attributes
    ----------
    kind : str
        ``team`` or ``branch``.
    code, name, name_en : str
        Of the team or the branch; ``name_en`` may be None.
    grid_codes : tuple of str
        The grids that it looks after on the day, in order; empty for those across grids.
    division_code : str
        Where it belongs.
    count : int
        Its posts, or its members.
    faults : tuple of Fault
        What it breaks, under the rule of its place and day.
    """

    kind: str
    code: str
    name: str
    name_en: str | None
    grid_codes: tuple[str, ...]
    division_code: str
    count: int
    faults: tuple[Fault, ...]

    @property
    def place(self) -> str:
        """Where it is counted: its first grid, else its division."""
        return self.grid_codes[0] if self.grid_codes else self.division_code


def composition(session: Session, scope: Scope, on: date) -> list[CompositionFinding]:
    """List the grid teams and branches of a day that are not made up as the rules ask.

    Teams first, each kind in order of code. What belongs to a scope is that which looks after a
    grid of it or whose division lies in it.
    """
    book = rule_book(session, on)
    return [*_teams(session, scope, on, book), *_branches(session, scope, on, book)]


def _teams(session: Session, scope: Scope, on: date, book: RuleBook) -> list[CompositionFinding]:
    held, known = _of_scope(session, Team, TeamAssignment, TeamAssignment.team_id, scope, on)
    posts: dict[int, dict[tuple[Post, Source], int]] = defaultdict(dict)
    rows = session.execute(
        select(TeamPost.team_id, TeamPost.post, TeamPost.source, func.count())
        .where(TeamPost.team_id.in_([one.id for one in known]), valid_on(TeamPost, on))
        .group_by(TeamPost.team_id, TeamPost.post, TeamPost.source)
    )
    for team_id, post, source, count in rows:
        posts[team_id][post, source] = count
    found = []
    for team in known:
        if team.kind is TeamKind.GRID:
            seats = Seats.of(posts[team.id])
            places = held[team.id] or (team.division_code,)
            faults = team_faults(seats, places, book.of(places[0]))
            found.append(_finding("team", team, held[team.id], seats.total, faults))
    return [one for one in found if one.faults]


def _branches(session: Session, scope: Scope, on: date, book: RuleBook) -> list[CompositionFinding]:
    held, known = _of_scope(
        session, Branch, BranchAssignment, BranchAssignment.branch_id, scope, on
    )
    found = []
    for branch in known:
        grids = held[branch.id]
        rule = book.of(grids[0] if grids else branch.division_code)
        faults = branch_faults(branch.kind, branch.member_count, len(grids), branch.valid_to, rule)
        found.append(_finding("branch", branch, grids, branch.member_count, faults))
    return [one for one in found if one.faults]


def _finding(
    kind: str, party: Any, grids: tuple[str, ...], count: int, faults: list[Fault]
) -> CompositionFinding:
    told = tuple(faults)
    return CompositionFinding(
        kind, party.code, party.name, party.name_en, grids, party.division_code, count, told
    )


def _of_scope(
    session: Session, party: Any, link: Any, key: Any, scope: Scope, on: date
) -> tuple[dict[int, tuple[str, ...]], list[Any]]:
    """Return the parties of a scope on a day, and all grids of each."""
    mine = exists().where(
        key == party.id, valid_on(link, on), below(link.grid_code, scope, GRID_DIGITS)
    )
    query = select(party).where(valid_on(party, on), or_(below(party.division_code, scope), mine))
    known = list(session.scalars(query.order_by(party.code)))
    grids: dict[int, tuple[str, ...]] = dict.fromkeys((one.id for one in known), ())
    rows = session.execute(
        select(key, func.array_agg(aggregate_order_by(link.grid_code, link.grid_code)))
        .where(key.in_(list(grids)), valid_on(link, on))
        .group_by(key)
    )
    grids.update({number: tuple(codes) for number, codes in rows})
    return grids, known
