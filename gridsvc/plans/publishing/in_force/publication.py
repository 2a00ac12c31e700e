"""Putting a new map in force from a day on, in the one transaction of the caller.

Whatever fails, and wherever the process dies, the old map stays whole; that it does is what
tests/e2e/test_publish_kill.py shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import Conflict
from gridsvc.grids import territory
from gridsvc.plans.publishing.change import handover
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.change.handover import Staffing
from gridsvc.plans.publishing.in_force.assignments import assign, require_in_service
from gridsvc.plans.publishing.in_force.boundaries import write_boundaries, write_lineage
from gridsvc.plans.publishing.in_force.proof import proved
from gridsvc.plans.publishing.models import Publication

# Two publications at once would each find its base current; the number is ours alone.
_ADVISORY_LOCK = 20_260_102
# Longer than other locks are waited for: a district takes seconds to publish, and whoever waits is
# to be told of its map. A statement ends after half a minute.
_PATIENCE_MS = 25_000
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Act:
    """Who publishes, when, and why."""

    user: UserAccount
    now: datetime
    reason: str | None = None


def one_at_a_time(session: Session) -> None:
    """Let nobody else publish until this transaction ends; whoever waits finds the newer map.

    Raises
    ------
    Conflict
        Another map has been on its way for longer than anybody waits.
    """
    session.execute(text(f"set local lock_timeout = '{_PATIENCE_MS}ms'"))
    try:
        session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    except OperationalError as fault:
        if getattr(fault.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise Conflict(
            "Another map is being put in force just now: try again in a moment."
        ) from None


def put_in_force(
    session: Session,
    change: Change,
    whole: gpd.GeoDataFrame,
    after: Staffing,
    act: Act,
    what: Mapping[str, Any],
) -> Publication:
    """Write a new map: boundaries, teams, branches, lineage, the publication itself.

    Parameters
    ----------
    change : Change
        What differs from the map in force; ``Conflict`` when nothing does.
    whole : GeoDataFrame
        The map in force on that day as yet, as `ground.in_force` gives it; the proof is about it.
    after : mapping of str to Pair
        Who looks after each grid that is new or changed.
    what : mapping
        Columns of `Publication` that say where the map comes from.

    Raises
    ------
    Conflict
        Nothing changes.
    RuleViolation
        The new map would not cover what the old one covered, or would gain or lose households.
    """
    if change.before.empty and change.after.empty:
        raise Conflict("This map is the one in force: there is nothing to publish.")
    require_in_service(session, after, change.on)
    before = handover.assigned(session, change.before.index, change.on)
    write_boundaries(session, change)
    proof = proved(session, change, whole)
    made = Publication(
        scope_code=change.scope,
        effective_on=change.on,
        published_at=act.now,
        published_by_id=act.user.id,
        reason=act.reason,
        grids_before=len(whole),
        grids_after=len(whole) - len(change.before) + len(change.after),
        households=proof["households"],
        proof=proof,
        **what,
    )
    session.add(made)
    session.flush()
    write_lineage(session, made.id, change)
    assign(session, before, after, change.on)
    territory.refresh(session, [change.scope], since=change.on)
    _note(session, made, change, act)
    return made


def _note(session: Session, made: Publication, change: Change, act: Act) -> None:
    detail = {
        "publication": made.id,
        "effective_on": change.on.isoformat(),
        "grids": change.redrawn,
        "proof": made.proof,
    }
    action = "plan.publish" if made.plan_id else "plan.rollback"
    record(session, act.user, action, change.scope, detail)


def newer_version(session: Session, scope: str, base_on: date) -> str:
    """Say in words which map came since; for whoever was overtaken."""
    newest = session.scalar(
        select(Publication).where(_meets(scope)).order_by(Publication.id.desc()).limit(1)
    )
    if newest is None:
        return f"boundaries were imported after {base_on}"
    return (
        f"version {newest.id}, published on {newest.published_at:%Y-%m-%d} by "
        f"{newest.published_by.username}, holds from {newest.effective_on}"
    )


def _meets(scope: str) -> Any:
    above = [scope[:digits] for digits in range(1, len(scope) + 1)]
    return Publication.scope_code.in_(above) | Publication.scope_code.startswith(scope)


def not_overtaken(session: Session, scope: str, base_on: date, grids: list[str]) -> None:
    """Refuse to publish over a map that the draft does not know.

    Raises
    ------
    Conflict
        ``grids`` names grids whose boundaries are newer than the draft.
    """
    if grids:
        raise Conflict(
            f"The map of {scope} is newer than this draft: {newer_version(session, scope, base_on)}"
            f" ({len(grids)} grids differ). Draw the draft anew upon it.",
            grids,
        )


__all__ = ["Act", "not_overtaken", "one_at_a_time", "put_in_force"]
