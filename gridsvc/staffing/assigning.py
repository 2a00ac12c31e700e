"""Let teams and branches look after grids from a day on: periods end and begin, none is rewritten.

Open cases follow their grid on the day itself: each grid that gets another team is noted in
`GridHandover`, which `gridsvc.incidents.handling.team_change` works through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.errors import RuleViolation
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import valid_on
from gridsvc.staffing.models import BranchAssignment, GridHandover, Team, TeamAssignment
from gridsvc.staffing.rules import term_end


@dataclass(frozen=True)
class Wish:
    """That a team or a branch looks after a grid; ``kind`` is ``team`` or ``branch``."""

    grid_code: str
    kind: str
    party_id: int
    valid_from: date
    valid_to: date | None


_LINKS: dict[str, tuple[Any, str]] = {
    "team": (TeamAssignment, "team_id"),
    "branch": (BranchAssignment, "branch_id"),
}


def assign(session: Session, wishes: Sequence[Wish], by: UserAccount, now: datetime) -> int:
    """Carry out wishes; whoever looked after a grid ends on the day that another begins.

    What was arranged for days within a wish is taken back: a period that never began stays,
    without a day. Where a wish changes nothing, nothing is written.

    Returns
    -------
    int
        The grids that get another team, whose open cases go along on that day.
    """
    codes = sorted({one.grid_code for one in wishes})
    # Two clerks at once take turns, in one order. FOR NO KEY UPDATE lets reports go on.
    lock = select(Grid.code).where(Grid.code.in_(codes)).order_by(Grid.code)
    session.execute(lock.with_for_update(key_share=True)).all()
    changed = 0
    for wish in sorted(wishes, key=lambda one: (one.grid_code, one.kind)):
        before = _assign(session, wish)
        if wish.kind == "team" and before != wish.party_id:
            changed += 1
            session.add(
                GridHandover(
                    grid_code=wish.grid_code,
                    from_team_id=before,
                    to_team_id=wish.party_id,
                    effective_on=wish.valid_from,
                    ordered_by_id=by.id,
                    ordered_at=now,
                )
            )
    session.flush()
    return changed


def _assign(session: Session, wish: Wish) -> int | None:
    """Write one wish; return who looked after the grid on its first day until now."""
    link, key = _LINKS[wish.kind]
    rows = session.scalars(
        select(link).where(link.grid_code == wish.grid_code, _overlaps(link, wish))
    ).all()
    first = next((one for one in rows if one.valid_from <= wish.valid_from), None)
    before: int | None = getattr(first, key) if first else None
    if first and before == wish.party_id and first.valid_to == wish.valid_to:
        return before
    for one in rows:
        one.valid_to = max(one.valid_from, wish.valid_from)
    # The old period must have ended before the new one begins.
    session.flush()
    new = {"grid_code": wish.grid_code, key: wish.party_id}
    session.add(link(**new, valid_from=wish.valid_from, valid_to=wish.valid_to))
    session.flush()
    return before


def _overlaps(link: Any, wish: Wish) -> ColumnElement[bool]:
    still = or_(link.valid_to.is_(None), link.valid_to > wish.valid_from)
    begun = link.valid_from < wish.valid_to if wish.valid_to else link.valid_from >= date.min
    empty = func.coalesce(link.valid_to == link.valid_from, False)
    return still & begun & ~empty


def grids_of_team(session: Session, team_id: int, on: date) -> list[str]:
    """Return the grids that a team looks after on a day, in order of code."""
    return list(
        session.scalars(
            select(TeamAssignment.grid_code)
            .where(TeamAssignment.team_id == team_id, valid_on(TeamAssignment, on))
            .order_by(TeamAssignment.grid_code)
        )
    )


def hand_over(
    session: Session,
    old: Team,
    new: Team,
    on: date,
    *,
    scope: Scope,
    by: UserAccount,
    now: datetime,
    today: date,
) -> list[str]:
    """Give all grids of a team to another one from a day on, for the usual term.

    Returns
    -------
    list of str
        The grids, in order of code.

    Raises
    ------
    RuleViolation
        ``reason`` is ``same_team``, ``past_day``, ``no_grids`` (the old team has none on the
        day), ``not_in_service`` (the new one is not there on the day) or ``outside`` (a grid or
        the new team lies outside ``scope``).
    """
    grids = grids_of_team(session, old.id, on)
    fault = None
    if old.id == new.id:
        fault = "same_team"
    elif on < today:
        fault = "past_day"
    elif not grids:
        fault = "no_grids"
    elif not (new.valid_from <= on and (new.valid_to is None or new.valid_to > on)):
        fault = "not_in_service"
    elif not all(scope.covers(code) for code in (*grids, new.division_code)):
        fault = "outside"
    if fault:
        refusal = RuleViolation(f"{old.code} cannot hand over to {new.code}: {fault}", grids)
        refusal.reason, refusal.values = fault, {"old": old.name, "new": new.name, "day": on}
        raise refusal
    end = term_end(on)
    if new.valid_to is not None:
        end = min(end, new.valid_to)
    assign(session, [Wish(code, "team", new.id, on, end) for code in grids], by, now)
    return grids
