"""Who looks after which grid, and who has which open case, once a new map holds.

What is decided here for a draft is what the reviewer sees; on the day the same functions decide
what is done (docs/decisions/0023-publishing.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridsvc.grids.queries import valid_on
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.rules import Kind, Status
from gridsvc.plans.publishing.change.ground import Change, located
from gridsvc.plans.publishing.rules import goes_along
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment


@dataclass(frozen=True)
class Pair:
    """The team and the branch of a grid, by their numbers."""

    team: int | None = None
    branch: int | None = None

    def filled(self, other: Pair) -> Pair:
        """Return this pair, with what it lacks from another one."""
        team = self.team if self.team is not None else other.team
        return Pair(team, self.branch if self.branch is not None else other.branch)


Staffing = Mapping[str, Pair]
NOBODY = Pair()


@dataclass(frozen=True)
class Move:
    """An open case that goes along with its ground; teams as they lead before and after."""

    incident_id: int
    from_code: str
    to_code: str
    from_team: int | None
    to_team: int | None
    branch: int | None


@dataclass(frozen=True)
class OpenCase:
    """What decides over an open case; ``home`` is the grid whose people work on it now."""

    id: int
    kind: Kind
    status: Status
    home: str
    team: int | None
    branch: int | None
    lon: float
    lat: float
    due_at: datetime | None
    category: str
    sensitive: bool


def assigned(session: Session, codes: Iterable[str], on: date) -> dict[str, Pair]:
    """Return the teams and branches of grids on a day, by code."""
    wanted = sorted(set(codes))
    found: list[dict[str, int]] = []
    for link, party in LINKS:
        rows = session.execute(
            select(link.grid_code, party).where(link.grid_code.in_(wanted), valid_on(link, on))
        )
        found.append(dict(rows.all()))
    teams, branches = found
    return {code: Pair(teams.get(code), branches.get(code)) for code in wanted}


LINKS: tuple[tuple[Any, Any], ...] = (
    (TeamAssignment, TeamAssignment.team_id),
    (BranchAssignment, BranchAssignment.branch_id),
)


def in_service(
    session: Session, pairs: Iterable[Pair], on: date
) -> tuple[dict[int, bool], dict[int, bool]]:
    """Tell of the teams, and of the branches, of some pairs whether they are there on a day."""
    wanted = list(pairs)
    found = []
    for kind, party in (("team", Team), ("branch", Branch)):
        numbers = {getattr(one, kind) for one in wanted} - {None}
        rows = session.execute(select(party.id, valid_on(party, on)).where(party.id.in_(numbers)))
        found.append(dict(rows.all()))
    return found[0], found[1]


def proposed(change: Change, now_assigned: Staffing) -> dict[str, Pair]:
    """Propose who looks after each grid that is new or changed.

    A grid that goes on keeps its team and its branch; a new one gets those of the grid that gives
    it most households.
    """
    givers = change.givers
    return {
        code: now_assigned.get(code if code in change.before.index else givers[code], NOBODY)
        for code in change.after.index
    }


def open_cases(
    session: Session, chosen: ColumnElement[bool], *, lock_first: int | None = None
) -> list[OpenCase]:
    """Read open cases with a place and a grid, in order of number.

    With ``lock_first`` only so many, their rows locked until the transaction ends.
    """
    home = func.coalesce(Incident.handled_code, Incident.grid_code)
    query = (
        select(
            Incident.id,
            Incident.kind,
            Incident.status,
            home,
            Incident.team_id,
            Incident.branch_id,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
            Incident.due_at,
            Category.code,
            Category.sensitive,
        )
        .join(Category, Category.id == Incident.category_id)
        .where(Incident.closed_at.is_(None), Incident.grid_code.is_not(None), chosen)
        .order_by(Incident.id)
    )
    if lock_first is not None:
        query = query.limit(lock_first).with_for_update(of=Incident)
    return [OpenCase(*row) for row in session.execute(query)]


def at_home_in(codes: Iterable[str]) -> ColumnElement[bool]:
    """Say in SQL that a case is worked on in one of some grids."""
    wanted = sorted(set(codes))
    # Not coalesce(): neither index would serve it.
    stamped = Incident.handled_code.is_(None) & Incident.grid_code.in_(wanted)
    return stamped | Incident.handled_code.in_(wanted)


def moves(change: Change, cases: list[OpenCase], before: Staffing, after: Staffing) -> list[Move]:
    """Decide which open cases go along with their ground, and to whom.

    A case belongs to the grid that holds its place from the day on. One that its reporter gave to
    a neighbour stays there, or goes where most of that neighbour's households go.
    """
    lon, lat = (np.array([getattr(one, name) for one in cases], float) for name in ("lon", "lat"))
    was, becomes = located(change.before, lon, lat), located(change.after, lon, lat)
    heirs, found = change.heirs, []
    for case, inside, holder in zip(cases, was, becomes, strict=True):
        stays = case.home if case.home in change.after.index else heirs.get(case.home, case.home)
        to_code = holder if inside == case.home and holder is not None else stays
        old, new = before.get(case.home, NOBODY), after.get(to_code, NOBODY)
        goes = goes_along(case.kind, case.status, case.team, old.team)
        team = new.team if goes and new.team is not None else case.team
        follows = goes and new.branch is not None and case.branch in (None, old.branch)
        branch = new.branch if follows else case.branch
        if (to_code, team, branch) != (case.home, case.team, case.branch):
            found.append(Move(case.id, case.home, to_code, case.team, team, branch))
    return found
