"""The log of a draft: edits, undo and redo, each exactly once and never over somebody's work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.geo.edits import Edit
from gridsvc.grids.rules import is_grid_code
from gridsvc.plans import atoms as store
from gridsvc.plans import misfits, queries
from gridsvc.plans.deltas import frame
from gridsvc.plans.gestures import Canvas, Drawn, draw
from gridsvc.plans.lines import Asked, append, recorded
from gridsvc.plans.locks import require_unlocked
from gridsvc.plans.models import Plan, PlanComment, PlanEdit
from gridsvc.plans.rules import (
    ABOUT_LINES,
    COMMUNITY_DIGITS,
    EDITABLE,
    Decision,
    EditKind,
)


class EditsMeet(Conflict):
    """Somebody else changed the same grids since the planner looked; ``ids`` are their lines."""

    code = "edits_meet"


@dataclass(frozen=True)
class Outcome:
    """What an edit did, or would do.

    Attributes
    ----------
    seq : int or None
        Its line; None for a preview.
    edit : Edit
        Before and after.
    atoms : GeoDataFrame
        The atoms of the communities concerned, before it; empty for a repeat.
    rebased : bool
        Others came in between, elsewhere.
    repeated : bool
        It was made before, by the same sender's id, and was not made again.
    """

    seq: int | None
    kind: EditKind
    edit: Edit
    atoms: gpd.GeoDataFrame = field(repr=False)
    rebased: bool = False
    repeated: bool = False


def edit(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Draw an edit on a draft as it is now, prove it, and append it to the log.

    Safe to call twice with the same ``client_id``. The draft's row must be locked
    (`gridsvc.plans.queries.plan_for`) unless it is a dry run.

    Raises
    ------
    EditsMeet
        Edits that the planner had not seen changed one of the same grids.
    Conflict
        The ``client_id`` came before with something else.
    RuleViolation
        The draft is not open for edits, a grid is locked, or the outcome breaks a rule.
    BadInput, NotFound
        What was drawn cannot be read, misses, or names what is not there.
    """
    if asked.kind in ABOUT_LINES or asked.kind is EditKind.PROPOSAL:
        raise BadInput(f"{asked.kind.value} is nothing that can be drawn.", ["kind"])

    def drawn() -> Drawn:
        return draw(Canvas(session, plan), asked.kind, asked.params)

    return perform(session, plan, user, asked, drawn, now, dry_run=dry_run)


def perform(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    make: Callable[[], Drawn],
    now: datetime,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Append what ``make`` draws to the log, exactly once, as `edit` does."""
    earlier = _repeat(session, plan, asked)
    if earlier is not None:
        return earlier
    _require_open(plan, asked.seen)
    # First what is named, because what was drawn for it may not even fit it any more.
    _require_unmet(session, plan, asked.seen, named(asked.params))
    drawn = make()
    rebased = _require_unmet(session, plan, asked.seen, drawn.edit.grids)
    require_unlocked(session, plan.id, drawn.edit.grids)
    if dry_run:
        return Outcome(None, asked.kind, drawn.edit, drawn.atoms, rebased)
    seq = append(session, plan, user, asked, drawn, now)
    _close(session, plan, user, asked, seq, now)
    return Outcome(seq, asked.kind, drawn.edit, drawn.atoms, rebased)


def undo(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Take the last edit that stands back, whoever made it; ``asked.params`` are not read.

    Raises
    ------
    EditsMeet
        The log went on since the planner looked: what would be undone is not what was seen.
    RuleViolation
        Nothing stands that could be undone.
    """
    return _step(session, plan, user, asked, now, dry_run=dry_run)


def redo(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Bring the edit that was undone last back; as `undo`."""
    return _step(session, plan, user, asked, now, dry_run=dry_run)


def _step(
    session: Session,
    plan: Plan,
    user: UserAccount,
    asked: Asked,
    now: datetime,
    *,
    dry_run: bool,
) -> Outcome:
    def drawn() -> Drawn:
        _require_last(session, plan, asked.seen)
        stand = queries.standing_of(session, plan.id)
        of_seq = stand.undo if asked.kind is EditKind.UNDO else stand.redo
        if of_seq is None:
            raise RuleViolation(f"There is nothing to {asked.kind.value} in draft {plan.id}.")
        line = session.get_one(PlanEdit, (plan.id, of_seq))
        atoms = store.load(session, plan.id, _communities(line.grids))
        way = recorded(line, atoms.geometry, back=asked.kind is EditKind.UNDO)
        return Drawn(way, atoms, {}, of_seq)

    return perform(session, plan, user, asked, drawn, now, dry_run=dry_run)


def _require_last(session: Session, plan: Plan, seen: int) -> None:
    if seen != plan.log_number:
        unseen = [line.seq for line in queries.lines(session, plan.id, seen)]
        raise EditsMeet(
            f"Draft {plan.id} went on since you looked: see line {unseen[-1]} first.", unseen
        )


def _communities(codes: Collection[str]) -> set[str]:
    return {code[:COMMUNITY_DIGITS] for code in codes}


def _repeat(session: Session, plan: Plan, asked: Asked) -> Outcome | None:
    """Give the first outcome of an edit that comes again."""
    if asked.client_id is None:
        return None
    line = session.scalar(
        select(PlanEdit).where(PlanEdit.plan_id == plan.id, PlanEdit.client_id == asked.client_id)
    )
    if line is None:
        return None
    same = line.kind is asked.kind and _agrees(line.params, asked.params)
    if not same:
        raise Conflict(
            f"client_id {asked.client_id} came before with another edit, line {line.seq}: send a "
            "new one under a new id.",
            [line.seq],
        )
    nothing = frame([], [])
    return Outcome(
        line.seq,
        line.kind,
        Edit(nothing, nothing, frozenset(line.grids), line.shifted_m),
        nothing,
        repeated=True,
    )


def _agrees(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Tell whether what was asked is what was stored, which has more words for the same.

    Nothing and no word for it are the same; a code or ids that the service found are its own.
    """
    return all((stored.get(name) or None) == (value or None) for name, value in asked.items())


def _require_open(plan: Plan, seen: int) -> None:
    if plan.state not in EDITABLE:
        raise RuleViolation(
            f"Draft {plan.id} is {plan.state.value}: only an open draft can be redrawn.", [plan.id]
        )
    if seen > plan.log_number:
        raise BadInput(
            f"Draft {plan.id} has {plan.log_number} lines, nobody has seen {seen}.", ["seen"]
        )


def named(params: Any) -> frozenset[str]:
    """Give every grid code that the params of an edit name."""
    if isinstance(params, str):
        return frozenset({params} if is_grid_code(params) else ())
    if isinstance(params, Mapping):
        return named([*params.keys(), *params.values()])
    if isinstance(params, list) and not (params and isinstance(params[0], int | float)):
        return frozenset().union(*map(named, params))
    return frozenset()


def _require_unmet(session: Session, plan: Plan, seen: int, grids: frozenset[str]) -> bool:
    """Let an edit pass others that came in between elsewhere; tell whether there were any."""
    if seen == plan.log_number:
        return False
    between = session.execute(
        select(PlanEdit.seq, PlanEdit.kind, PlanEdit.grids)
        .where(PlanEdit.plan_id == plan.id, PlanEdit.seq > seen)
        .order_by(PlanEdit.seq)
    ).all()
    meeting = [row for row in between if row.kind is EditKind.REBASE or grids & set(row.grids)]
    if meeting:
        shared = sorted(grids & {code for row in meeting for code in row.grids})
        what = f"Grid {shared[0]}" if shared else "The ground of the whole draft"
        raise EditsMeet(
            f"{what} was changed by line {meeting[-1].seq} since you looked: look at it, and draw "
            "anew if you still want to.",
            [row.seq for row in meeting],
        )
    return True


def _close(
    session: Session, plan: Plan, user: UserAccount, asked: Asked, seq: int, now: datetime
) -> None:
    """Close the comments that an edit answers, and the misfit that it draws anew."""
    if asked.closes:
        closed = session.scalars(
            update(PlanComment)
            .where(
                PlanComment.plan_id == plan.id,
                PlanComment.id.in_(asked.closes),
                PlanComment.closed_at.is_(None),
            )
            .values(closed_at=now, closed_by_id=user.id, closed_seq=seq)
            .returning(PlanComment.id)
        ).all()
        if missing := sorted(set(asked.closes) - set(closed)):
            raise NotFound(f"There is no open comment {missing[0]} in this draft.", missing)
    if asked.redoes is not None:
        misfits.decide(session, plan, user, asked.redoes, Decision.REDONE, now)
