"""Lines of a draft's log: written with what they changed, and read back as edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.geo.edits import Edit
from gridsvc.plans import atoms as store
from gridsvc.plans import queries
from gridsvc.plans.deltas import packed, unpacked
from gridsvc.plans.gestures import Drawn
from gridsvc.plans.models import Plan, PlanEdit
from gridsvc.plans.rules import EditKind


@dataclass(frozen=True)
class Asked:
    """What a planner asks for.

    Attributes
    ----------
    kind, params
        What is drawn; see `gridsvc.plans.gestures`.
    seen : int
        The log number of the draft that the planner looked at.
    client_id : str or None
        Made by the sender, once an edit: a repeat with it is the same edit.
    closes : tuple of int
        Comments that this edit answers.
    redoes : int or None
        The line that did not fit a new base, and that this edit draws anew.
    """

    kind: EditKind
    params: Mapping[str, Any]
    seen: int
    client_id: str | None = None
    why: str | None = None
    closes: tuple[int, ...] = ()
    redoes: int | None = None


def append(
    session: Session, plan: Plan, user: UserAccount, asked: Asked, drawn: Drawn, now: datetime
) -> int:
    """Write a line and what it changes, without asking whether it may be; return its number."""
    made = drawn.edit
    after = store.apply(session, plan.id, made, drawn.atoms)
    plan.next_atom = max(plan.next_atom, int(after.index.max()) + 1)
    households = _households(drawn.atoms, after, made.grids)
    return write_line(session, plan, user, asked, made, drawn.params, now, households, drawn.of_seq)


def write_line(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    made: Edit,
    params: Mapping[str, Any],
    now: datetime,
    households: Mapping[str, Any] | None = None,
    of_seq: int | None = None,
) -> int:
    """Write a line of the log whose changes are made already; return its number."""
    plan.log_number += 1
    plan.changed_at = now
    session.add(
        PlanEdit(
            plan_id=plan.id,
            seq=plan.log_number,
            kind=asked.kind,
            params=dict(params),
            actor=user,
            at=now,
            why=asked.why,
            grids=sorted(made.grids),
            households=dict(households or {}),
            seen=asked.seen,
            client_id=asked.client_id,
            of_seq=of_seq,
            shifted_m=made.shifted_m,
            before=packed(made.before, made.after),
            after=packed(made.after, made.before),
        )
    )
    session.flush()
    return plan.log_number


def _households(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, grids: frozenset[str]
) -> dict[str, list[int | None]]:
    """Count the grids of an edit before and after it; None where there is no such grid."""
    sums = [one.groupby("grid")["households"].sum() for one in (before, after)]
    return {
        code: [int(one[code]) if code in one.index else None for one in sums]
        for code in sorted(grids)
    }


def recorded(line: PlanEdit, shapes: Mapping[int, Any], *, back: bool = False) -> Edit:
    """Read an edit back from its line.

    Parameters
    ----------
    shapes : mapping of int to Polygon
        Of the atoms as they are on the side that the edit starts from.
    back : bool
        Give the way back.
    """
    start, end = (line.after, line.before) if back else (line.before, line.after)
    before = unpacked(start, shapes)
    after = unpacked(end, {**shapes, **before.geometry})
    return Edit(before, after, frozenset(line.grids), line.shifted_m)


def base_atoms(session: Session, plan: Plan) -> gpd.GeoDataFrame:
    """Give the atoms that a draft began from, by going its log back in memory."""
    atoms = store.load(session, plan.id)
    shapes = dict(atoms.geometry)
    for seq in reversed(queries.standing_of(session, plan.id).edits):
        line = session.get_one(PlanEdit, (plan.id, seq))
        turned = recorded(line, shapes, back=True)
        atoms = pd.concat([atoms.drop(index=turned.before.index), turned.after])
        for gone in turned.before.index:
            shapes.pop(gone, None)
        shapes.update(turned.after.geometry)
    return atoms.sort_index()
