"""Writing who looks after a grid from a day on: periods end and begin, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from gridsvc.errors import RuleViolation
from gridsvc.plans.publishing.change.handover import NOBODY, Pair, Staffing
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment


def require_in_service(session: Session, staffing: Staffing, on: date) -> None:
    """Refuse teams and branches that are dissolved on the day, or not yet there.

    Raises
    ------
    RuleViolation
        One of them is not in service then.
    """
    for kind, party in (("team", Team), ("branch", Branch)):
        wanted = {getattr(pair, kind) for pair in staffing.values()} - {None}
        gone = session.scalars(
            select(party.code)
            .where(
                party.id.in_(wanted),
                or_(party.valid_from > on, func.coalesce(party.valid_to, date.max) <= on),
            )
            .order_by(party.code)
        ).all()
        if gone:
            raise RuleViolation(
                f"The {kind} {gone[0]} is not in service on {on}: choose another one for its "
                "grids.",
                gone,
            )


def assign(
    session: Session, before: Staffing, after: Staffing, on: date
) -> tuple[set[str], set[str]]:
    """Let teams and branches look after grids from a day on.

    Where nothing changes nothing is written. What was arranged for later days is taken back:
    a period that never began stays, without a day.

    Parameters
    ----------
    before : mapping of str to Pair
        Who looks after each grid on that day as yet, also after those that end.
    after : mapping of str to Pair
        Who does from then on; a grid that is not there ends.

    Returns
    -------
    tuple of two sets of str
        The grids that got another team, and those that got another branch.
    """
    changed = []
    for kind, link in (("team", TeamAssignment), ("branch", BranchAssignment)):
        changed.append(_assign(session, link, kind, before, after, on))
    return changed[0], changed[1]


def _assign(
    session: Session, link: Any, kind: str, before: Staffing, after: Staffing, on: date
) -> set[str]:
    old = {code: getattr(pair, kind) for code, pair in before.items()}
    new = {code: getattr(pair, kind) for code, pair in after.items()}
    codes = {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
    codes |= old.keys() - new.keys()
    session.execute(
        update(link)
        .where(link.grid_code.in_(codes), func.coalesce(link.valid_to, date.max) > on)
        .values(valid_to=func.greatest(link.valid_from, on))
    )
    rows = [
        {"grid_code": code, f"{kind}_id": new[code], "valid_from": on}
        for code in sorted(codes)
        if new.get(code) is not None
    ]
    if rows:
        session.execute(insert(link), rows)
    return codes


def by_code(session: Session, table: Mapping[str, tuple[str | None, str | None]]) -> Staffing:
    """Return pairs of numbers for pairs of codes, of a team and a branch.

    Raises
    ------
    RuleViolation
        There is no such team or branch.
    """
    teams = _numbers(session, Team, {team for team, _ in table.values()})
    branches = _numbers(session, Branch, {branch for _, branch in table.values()})
    return {
        grid: Pair(teams.get(team or ""), branches.get(branch or "")) if team or branch else NOBODY
        for grid, (team, branch) in table.items()
    }


def _numbers(session: Session, party: Any, codes: set[str | None]) -> dict[str, int]:
    wanted = {code for code in codes if code}
    rows = session.execute(select(party.code, party.id).where(party.code.in_(wanted)))
    found: dict[str, int] = dict(rows.all())
    if missing := sorted(wanted - found.keys()):
        name = party.__tablename__
        raise RuleViolation(f"There is no {name} {missing[0][:40]}.", missing)
    return found
