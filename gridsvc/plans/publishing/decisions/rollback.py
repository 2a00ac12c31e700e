"""Putting a former map back in force: published again, as a version of its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from gridsvc.errors import NotAllowed, NotFound, RuleViolation
from gridsvc.grids.models import Division
from gridsvc.plans.publishing import telling
from gridsvc.plans.publishing.change import ground, handover
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.change.handover import Pair, Staffing
from gridsvc.plans.publishing.change.tables import handover_tables
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.plans.publishing.in_force.publication import Act, one_at_a_time, put_in_force
from gridsvc.plans.publishing.models import Publication
from gridsvc.plans.publishing.rules import PublicationKind, require_day


def put_back(
    session: Session,
    scope: str,
    restores_on: date,
    effective_on: date,
    asked: Asked,
    reason: str,
) -> Publication:
    """Let a division have the grids of a former day again, from a day on.

    Shapes, codes and counts are those of that day, to the last digit; what was published since
    stays in the history. A version announced for a later day is taken back by choosing that day:
    it then was never in force.

    A grid that comes back gets the team and branch that it had on that day, where they are still
    in service, else those of the grid that gives it most households; one that goes on keeps its
    own.

    Raises
    ------
    NotFound
        There is no such division, or it had no grids that day.
    RuleViolation
        The day is too early, or the ground was another: the frame has changed since.
    Conflict
        That map is in force as it is.
    """
    one_at_a_time(session)
    whole, change = drawn(session, scope, restores_on, effective_on, asked)
    after, seen = tables(session, change, restores_on, asked.now)
    act = Act(asked.user, asked.now, reason)
    what = {"kind": PublicationKind.ROLLBACK, "restores_on": restores_on, "seen": seen}
    made = put_in_force(session, change, whole, after, act, what)
    telling.published(session, made, seen, None)
    return made


def drawn(
    session: Session, scope: str, restores_on: date, effective_on: date, asked: Asked
) -> tuple[Any, Change]:
    """Return the map in force and what putting the former one back changes of it."""
    if session.get(Division, scope) is None:
        raise NotFound(f"There is no division {scope}.", [scope])
    if not asked.user.scope.covers(scope):
        raise NotAllowed(f"Division {scope} lies outside your area.", [scope])
    if restores_on >= effective_on:
        raise RuleViolation(
            f"The map of {restores_on} cannot be put back from {effective_on}: name an earlier "
            "day.",
            ["to"],
        )
    newest = ground.last_change(session, scope)
    require_day(effective_on, asked.today, newest, asked.days_back)
    former = ground.in_force(session, scope, restores_on)
    if former.empty:
        raise NotFound(f"{scope} had no grids on {restores_on}.", [scope])
    whole = ground.in_force(session, scope, effective_on)
    return whole, ground.change(session, scope, effective_on, whole, former)


def tables(
    session: Session, change: Change, restores_on: date, now: datetime
) -> tuple[Staffing, dict[str, Any]]:
    """Return who looks after what and which cases go along, as `tables.handover_tables`."""
    back = [code for code in change.after.index if code not in change.before.index]
    then = handover.assigned(session, back, restores_on)
    return handover_tables(session, change, _in_service(session, then, change.on), now, back=True)


def _in_service(session: Session, staffing: Staffing, on: date) -> dict[str, Pair]:
    """Leave out the teams and branches that are no longer in service."""
    teams, branches = handover.in_service(session, staffing.values(), on)
    return {
        code: Pair(
            pair.team if teams.get(pair.team or 0) else None,
            pair.branch if branches.get(pair.branch or 0) else None,
        )
        for code, pair in staffing.items()
    }
