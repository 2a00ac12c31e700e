"""The tables that a reviewer sees before a map holds: who gets which grid, and which open case."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.plans.publishing.change import scopes
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.change.handover import (
    LINKS,
    NOBODY,
    Move,
    OpenCase,
    Pair,
    Staffing,
    assigned,
    at_home_in,
    moves,
    open_cases,
    proposed,
)
from gridsvc.plans.publishing.rules import is_near
from gridsvc.staffing.models import Branch, Team


def handover_tables(
    session: Session, change: Change, chosen: Staffing, now: datetime, *, back: bool = False
) -> tuple[dict[str, Pair], dict[str, Any]]:
    """Work out the whole hand-over of a map that does not hold yet.

    Parameters
    ----------
    chosen : mapping of str to Pair
        What the planner chose; what he left open is as proposed.
    now : datetime
        Aware.
    back : bool
        A former map is put back.

    Returns
    -------
    tuple
        Who looks after each grid that is new or changed, and the tables ``staffing``, ``cases``,
        ``parties`` and ``accounts`` as JSON, with teams and branches by their codes.
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
        "cases": _case_table(session, change.on, now, cases, moved),
        "parties": _party_table(session, change, before, after),
        "accounts": scopes.table(scopes.going(session, change, before, after, back=back)),
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
    session: Session, on: date, now: datetime, cases: list[OpenCase], moved: list[Move]
) -> list[dict[str, Any]]:
    wanted = {number for one in moved for number in (one.from_team, one.to_team)} - {None}
    teams = dict(session.execute(select(Team.id, Team.code).where(Team.id.in_(wanted))).all())
    begins = datetime.combine(on, time(), office_zone(session))
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
                "near": is_near(case.due_at, now, begins),
            }
        )
    return rows


def _party_table(
    session: Session, change: Change, before: Staffing, after: Staffing
) -> list[dict[str, Any]]:
    """Tell of each team and branch concerned how many grids and households it has, and will."""
    rows: list[dict[str, Any]] = []
    sides: tuple[tuple[str, Any], ...] = (("team", Team), ("branch", Branch))
    for (kind, party), (link, key) in zip(sides, LINKS, strict=True):
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
