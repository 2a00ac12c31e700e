"""Who looks after which grid, and who has which open case, once a new map holds.

What is worked out here for a draft is what the reviewer sees; on the day the same functions
decide what is done (docs/decisions/0023-publishing.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.rules import Kind, Status
from gridsvc.plans.publishing.ground import Change, located
from gridsvc.plans.publishing.rules import goes_along, is_near
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
    for link, party in _LINKS:
        rows = session.execute(
            select(link.grid_code, party).where(link.grid_code.in_(wanted), valid_on(link, on))
        )
        found.append(dict(rows.all()))
    teams, branches = found
    return {code: Pair(teams.get(code), branches.get(code)) for code in wanted}


_LINKS: tuple[tuple[Any, Any], ...] = (
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


def tables(
    session: Session, change: Change, chosen: Staffing
) -> tuple[dict[str, Pair], dict[str, Any]]:
    """Work out the whole hand-over of a map that does not hold yet.

    Parameters
    ----------
    chosen : mapping of str to Pair
        What the planner chose; what he left open is as proposed.

    Returns
    -------
    tuple
        Who looks after each grid that is new or changed, and the tables ``staffing``, ``cases``
        and ``parties`` as JSON, with teams and branches by their codes.
    """
    before = assigned(session, change.before.index, change.on)
    offered = proposed(change, before)
    after = {code: chosen.get(code, NOBODY).filled(pair) for code, pair in offered.items()}
    names = _names(session, [*before.values(), *offered.values(), *after.values()])
    # Where nothing but a border's corners changed, only who is put in charge is of interest.
    concerned = {*change.redrawn, *(c for c in after if after[c] != before.get(c, NOBODY))}
    cases = open_cases(session, at_home_in(concerned))
    moved = moves(change, cases, before, after)
    return after, {
        "effective_on": change.on.isoformat(),
        "staffing": [
            _staffing_row(change, code, (before, offered, after), names)
            for code in sorted(concerned)
        ],
        "cases": _case_table(session, change.on, cases, moved),
        "parties": _party_table(session, change, before, after),
    }


Names = tuple[dict[int, str], dict[int, str]]


def _names(session: Session, pairs: list[Pair]) -> Names:
    teams = {one.team for one in pairs} - {None}
    branches = {one.branch for one in pairs} - {None}
    return (
        dict(session.execute(select(Team.id, Team.code).where(Team.id.in_(teams))).all()),
        dict(session.execute(select(Branch.id, Branch.code).where(Branch.id.in_(branches))).all()),
    )


def _staffing_row(
    change: Change, code: str, staffings: tuple[Staffing, Staffing, Staffing], names: Names
) -> dict[str, Any]:
    teams, branches = names
    ends, begins = code not in change.after.index, code not in change.before.index
    count = (change.before if ends else change.after).at[code, "households"]
    row = {
        "grid": code,
        "change": "ended" if ends else "new" if begins else "changed",
        "households": None if pd.isna(count) else int(count),
        "to": change.heirs.get(code) if ends else None,
    }
    for when, staffing in zip(("before", "proposed", "after"), staffings, strict=True):
        pair = staffing.get(code, NOBODY)
        row[f"team_{when}"] = teams.get(pair.team or 0)
        row[f"branch_{when}"] = branches.get(pair.branch or 0)
    return row


def _case_table(
    session: Session, on: date, cases: list[OpenCase], moved: list[Move]
) -> list[dict[str, Any]]:
    wanted = {number for one in moved for number in (one.from_team, one.to_team)} - {None}
    teams = dict(session.execute(select(Team.id, Team.code).where(Team.id.in_(wanted))).all())
    takes_over = datetime.combine(on, time(), office_zone(session))
    by_number = {one.id: one for one in cases}
    rows = []
    for move in moved:
        case = by_number[move.incident_id]
        rows.append(
            {
                "id": case.id,
                "category": case.category,
                "sensitive": case.sensitive,
                "status": case.status.value,
                "grid_from": move.from_code,
                "grid_to": move.to_code,
                "team_from": teams.get(move.from_team or 0),
                "team_to": teams.get(move.to_team or 0),
                "due_at": case.due_at.isoformat() if case.due_at else None,
                "near": is_near(case.due_at, takes_over),
            }
        )
    return rows


def _party_table(
    session: Session, change: Change, before: Staffing, after: Staffing
) -> list[dict[str, Any]]:
    """Tell of each team and branch concerned how many grids and households it has, and will."""
    rows: list[dict[str, Any]] = []
    sides: tuple[tuple[str, Any], ...] = (("team", Team), ("branch", Branch))
    for (kind, party), (link, key) in zip(sides, _LINKS, strict=True):
        all_grids = _looked_after(session, link, key, change)
        concerned = {getattr(one, kind) for one in (*before.values(), *after.values())} - {None}
        found = session.scalars(select(party).where(party.id.in_(concerned)).order_by(party.code))
        for one in found:
            old = dict(all_grids.get(one.id, {}))
            new = {c: n for c, n in old.items() if c not in change.before.index}
            mine = (c for c, pair in after.items() if getattr(pair, kind) == one.id)
            new |= {code: _count(change.after.at[code, "households"]) for code in mine}
            rows.append(
                {
                    "kind": kind,
                    "code": one.code,
                    "name": one.name,
                    "name_en": one.name_en,
                    "grids_before": len(old),
                    "grids_after": len(new),
                    "households_before": sum(old.values()),
                    "households_after": sum(new.values()),
                }
            )
    return rows


def _looked_after(
    session: Session, link: Any, key: Any, change: Change
) -> dict[int, dict[str, int]]:
    """Give the grids of the whole division, with their households, by who looks after them."""
    rows = session.execute(
        select(key, link.grid_code, func.coalesce(GridBoundary.household_count, 0))
        .join(GridBoundary, GridBoundary.grid_code == link.grid_code)
        .where(
            valid_on(link, change.on),
            valid_on(GridBoundary, change.on),
            below(link.grid_code, Scope((change.scope,)), GRID_DIGITS),
        )
    )
    found: dict[int, dict[str, int]] = {}
    for number, code, households in rows:
        found.setdefault(number, {})[code] = households
    return found


def _count(households: Any) -> int:
    return 0 if pd.isna(households) else int(households)
