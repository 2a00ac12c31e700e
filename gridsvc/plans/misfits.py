"""Edits that a new base has no room for, until a planner drops them or draws them anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import NotFound
from gridsvc.plans.models import Plan, PlanEdit, PlanMisfit
from gridsvc.plans.rules import Decision, EditKind


def misfits(session: Session, plan_id: int) -> list[tuple[PlanMisfit, EditKind, dict[str, Any]]]:
    """Return the edits that did not fit, what is undecided first, with what they had asked."""
    rows = session.execute(
        select(PlanMisfit, PlanEdit.kind, PlanEdit.params)
        .join(PlanEdit, (PlanEdit.plan_id == PlanMisfit.plan_id) & (PlanEdit.seq == PlanMisfit.seq))
        .where(PlanMisfit.plan_id == plan_id)
        .order_by(PlanMisfit.decision.is_not(None), PlanMisfit.rebase_seq, PlanMisfit.seq)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def decide(
    session: Session,
    plan: Plan,
    user: UserAccount,
    seq: int,
    decision: Decision,
    now: datetime,
    why: str | None = None,
) -> None:
    """Say what became of an edit that no longer fits.

    Raises
    ------
    NotFound
        No such edit is waiting for a decision.
    """
    waiting = session.scalar(
        select(PlanMisfit)
        .where(PlanMisfit.plan_id == plan.id, PlanMisfit.seq == seq, PlanMisfit.decision.is_(None))
        .order_by(PlanMisfit.rebase_seq.desc())
    )
    if waiting is None:
        raise NotFound(f"Line {seq} of draft {plan.id} waits for no decision.", [seq])
    waiting.decision, waiting.decided_by_id, waiting.decided_at = decision, user.id, now
    record(session, user, f"plan.misfit_{decision.value}", f"{plan.id}/{seq}", {"why": why})
