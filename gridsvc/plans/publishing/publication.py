"""Putting a new map in force from a day on, in the one transaction of the caller.

Whatever fails, and wherever the process dies, the old map stays whole; that it does is what
tests/e2e/test_publish_kill.py shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import geopandas as gpd
import pandas as pd
from geoalchemy2.shape import from_shape
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import Conflict, RuleViolation
from gridsvc.grids import territory
from gridsvc.grids.models import Division, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.publishing import handover
from gridsvc.plans.publishing.assignments import assign, require_in_service
from gridsvc.plans.publishing.ground import Change
from gridsvc.plans.publishing.handover import Staffing
from gridsvc.plans.publishing.models import GridLineage, Publication
from gridsvc.plans.publishing.rules import LineageKind

_PROOF = text(files(__package__).joinpath("chain_proof.sql").read_text("utf-8"))

# Two publications at once would each find its base current; the number is ours alone.
_ADVISORY_LOCK = 20_260_102


@dataclass(frozen=True)
class Act:
    """Who publishes, when, and why."""

    user: UserAccount
    now: datetime
    reason: str | None = None


def one_at_a_time(session: Session) -> None:
    """Let nobody else publish until this transaction ends; whoever waits finds the newer map."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


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
    _end_boundaries(session, change)
    _begin_grids(session, change)
    _begin_boundaries(session, change)
    proof = _proved(session, change, whole)
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
    _write_lineage(session, made, change)
    assign(session, before, after, change.on)
    territory.refresh(session, [change.scope])
    record(
        session,
        act.user,
        "plan.publish" if made.plan_id else "plan.rollback",
        change.scope,
        {
            "publication": made.id,
            "effective_on": change.on.isoformat(),
            "grids": sorted(set(change.before.index) | set(change.after.index)),
            "proof": proof,
        },
    )
    return made


def _end_boundaries(session: Session, change: Change) -> None:
    ids = [int(one) for one in change.before["boundary_id"]]
    if ids:
        ended = update(GridBoundary).where(GridBoundary.id.in_(ids))
        session.execute(ended.values(valid_to=change.on))


def _begin_grids(session: Session, change: Change) -> None:
    """Write the grids whose codes were never in force; one that is put back has its row."""
    codes = list(change.after.index)
    known = set(session.scalars(select(Grid.code).where(Grid.code.in_(codes))))
    fresh = [code for code in codes if code not in known]
    if not fresh:
        return
    communities = {
        one.code: one
        for one in session.scalars(
            select(Division).where(Division.code.in_({code[:12] for code in fresh}))
        )
    }
    session.execute(
        insert(Grid),
        [
            {
                "code": code,
                "community_code": code[:12],
                "kind": GridKind.RESIDENTIAL,
                **_name(session, change, code, communities[code[:12]]),
            }
            for code in fresh
        ],
    )


def _name(session: Session, change: Change, code: str, community: Division) -> dict[str, Any]:
    """Name a new grid by its number in the community; one that was renumbered keeps its own."""
    renumbered = change.flows[
        (change.flows["to_code"] == code) & (change.flows["kind"] == LineageKind.RENUMBERED)
    ]
    if len(renumbered):
        old = session.get_one(Grid, renumbered["from_code"].iloc[0])
        return {"name": old.name, "name_en": old.name_en}
    number = int(code[12:])
    english = f"{community.name_en} Grid {number}" if community.name_en else None
    return {"name": f"{community.name}第{number}网格", "name_en": english}


def _begin_boundaries(session: Session, change: Change) -> None:
    rows = [
        {
            "grid_code": code,
            "geom": from_shape(row.geometry, 4326),
            "household_count": None if pd.isna(row.households) else int(row.households),
            "dwelling_count": None if pd.isna(row.dwellings) else int(row.dwellings),
            "valid_from": change.on,
        }
        for code, row in zip(change.after.index, change.after.itertuples(), strict=True)
    ]
    if rows:
        session.execute(insert(GridBoundary), rows)


def _write_lineage(session: Session, made: Publication, change: Change) -> None:
    ended = change.before["boundary_id"]
    begun = dict(
        session.execute(
            select(GridBoundary.grid_code, GridBoundary.id).where(
                GridBoundary.grid_code.in_(list(change.after.index)),
                valid_on(GridBoundary, change.on),
            )
        ).all()
    )
    rows = [
        {
            "publication_id": made.id,
            "from_boundary_id": int(ended[row["from_code"]]),
            "to_boundary_id": begun[row["to_code"]],
            **row,
        }
        for row in change.flows.to_dict("records")
    ]
    if rows:
        session.execute(insert(GridLineage), rows)


def _proved(session: Session, change: Change, whole: gpd.GeoDataFrame) -> dict[str, Any]:
    """Let the database prove the new map against the one in force; see ``chain_proof.sql``."""
    found = session.execute(
        _PROOF,
        {
            "low": change.scope.ljust(GRID_DIGITS, "0"),
            "high": change.scope.ljust(GRID_DIGITS, "9"),
            "old": [int(one) for one in whole["boundary_id"]],
            "day": change.on,
        },
    ).one()
    if found.residual:
        raise RuleViolation(
            f"The new map does not cover what the old one covers: {found.residual} edges have no "
            f"counterpart, one of them at {found.lon:.7f}, {found.lat:.7f}.",
            change.after.index,
            (float(found.lon), float(found.lat)),
        )
    if found.communities:
        raise RuleViolation(
            f"The new map has {found.households_after} households, the old one "
            f"{found.households_before}: community {found.communities[0]} gains or loses some.",
            found.communities,
        )
    return {
        "segments": found.segments,
        "residual": found.residual,
        "households": int(found.households_after or 0),
    }


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
