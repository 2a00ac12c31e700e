"""A draft on its way: submitted, looked at by the street office, approved or returned, published.

Every step is a line of `PlanReview` and of the audit log, in the transaction of what it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridsvc.accounts.services import record
from gridsvc.errors import RuleViolation
from gridsvc.plans import queries
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing import telling
from gridsvc.plans.publishing.change import handover, prospect
from gridsvc.plans.publishing.change.tables import handover_tables
from gridsvc.plans.publishing.decisions.conditions import (
    Asked,
    last,
    refused,
    require_base,
    require_seen,
    require_sound,
    taken,
)
from gridsvc.plans.publishing.in_force.assignments import by_code
from gridsvc.plans.publishing.in_force.publication import (
    Act,
    one_at_a_time,
    put_in_force,
)
from gridsvc.plans.publishing.models import PlanReview, PlanStaffing, Publication
from gridsvc.plans.publishing.rules import PublicationKind, ReviewAction
from gridsvc.plans.rules import PlanState


def submit(
    session: Session, plan_id: int, asked: Asked, effective_on: date, reason: str | None = None
) -> PlanReview:
    """Hand a draft to the street office, with the tables of who gets what.

    Not safe to call twice: the second call finds a submitted draft.

    Raises
    ------
    RuleViolation
        Findings block it, a warning has no written reason, a grid would have no team or no branch
        and nobody says why, or the day is too early.
    Conflict
        A newer map is in force than the one that was drawn upon.
    """
    plan = taken(session, plan_id, asked, "submit")
    require_sound(session, plan, asked)
    require_base(session, plan, asked, effective_on)
    _, seen = prospect.tables(session, plan, effective_on, asked.now)
    bare = [
        row["grid"]
        for row in seen["staffing"]
        if row["change"] != "ended" and not (row["team_after"] and row["branch_after"])
    ]
    if bare and not reason:
        raise RuleViolation(
            f"Grid {bare[0]} would have no team or no branch: choose one, or write down why.", bare
        )
    plan.effective_on = effective_on
    return _decided(session, plan, asked, ReviewAction.SUBMIT, reason, seen)


def recall(session: Session, plan_id: int, asked: Asked, reason: str | None = None) -> PlanReview:
    """Take a submitted or approved draft back, to draw on.

    Raises
    ------
    RuleViolation
        It is neither.
    """
    plan = queries.plan_for(session, plan_id, asked.user.scope, lock=True)
    if plan.state not in (PlanState.SUBMITTED, PlanState.APPROVED):
        raise refused(plan, "recall")
    return _decided(session, plan, asked, ReviewAction.RECALL, reason)


def approve(session: Session, plan_id: int, asked: Asked, reason: str | None = None) -> PlanReview:
    """Agree to a submitted draft: the street office's word, never its author's.

    Raises
    ------
    RuleViolation
        It is not submitted, or by the one who should judge it.
    """
    plan = taken(session, plan_id, asked, "approve")
    return _decided(session, plan, asked, ReviewAction.APPROVE, reason)


def send_back(session: Session, plan_id: int, asked: Asked, reason: str) -> PlanReview:
    """Return a submitted draft to its planner, with the reason.

    Raises
    ------
    RuleViolation
        As `approve`.
    """
    plan = taken(session, plan_id, asked, "approve")
    return _decided(session, plan, asked, ReviewAction.RETURN, reason)


def publish(
    session: Session, plan_id: int, asked: Asked, effective_on: date | None = None
) -> Publication:
    """Put an approved draft in force from the approved day, or from a later one.

    Of two planners at once one wins; the other waits, and is told of the newer version.

    Raises
    ------
    Conflict
        A newer map came since, or other people look after the grids than the reviewer saw.
    RuleViolation
        It is not approved, or the day is too early.
    """
    one_at_a_time(session)
    plan = taken(session, plan_id, asked, "publish")
    submitted = last(session, plan_id, ReviewAction.SUBMIT)
    assert submitted is not None and submitted.seen is not None  # noqa: S101  approved, so submitted
    assert plan.effective_on is not None  # noqa: S101  set by submit
    on = effective_on or plan.effective_on
    if on < plan.effective_on:
        raise RuleViolation(
            f"Draft {plan.id} was approved for {plan.effective_on}: it cannot hold from {on}.",
            ["effective_on"],
        )
    require_base(session, plan, asked, on)
    whole, change = prospect.drawn(session, plan, on)
    after, now_seen = handover_tables(session, change, prospect.chosen(session, plan_id), asked.now)
    require_seen(submitted.seen, now_seen)
    act = Act(asked.user, asked.now, submitted.reason)
    what = {
        "kind": PublicationKind.PLAN,
        "plan_id": plan.id,
        "plan_log": plan.log_number,
        "seen": submitted.seen,
    }
    made = put_in_force(session, change, whole, after, act, what)
    plan.effective_on = on
    _decided(session, plan, asked, ReviewAction.PUBLISH, None)
    telling.published(session, made, now_seen, plan.name)
    return made


def choose(
    session: Session,
    plan_id: int,
    asked: Asked,
    table: Mapping[str, tuple[str | None, str | None]],
) -> None:
    """Choose teams and branches, by their codes, for grids of a draft; None takes a choice back.

    Raises
    ------
    RuleViolation
        The draft is under review, or there is no such grid, team or branch.
    """
    plan = taken(session, plan_id, asked, "edit")
    known = set(queries.outlines(session, plan.id, list(table)).index)
    if missing := sorted(set(table) - known):
        raise RuleViolation(f"The draft has no grid {missing[0][:20]}.", missing)
    pairs = by_code(session, table)
    session.execute(
        delete(PlanStaffing).where(
            PlanStaffing.plan_id == plan.id, PlanStaffing.grid_code.in_(list(table))
        )
    )
    for code, pair in pairs.items():
        if pair != handover.NOBODY:
            session.add(
                PlanStaffing(
                    plan_id=plan.id, grid_code=code, team_id=pair.team, branch_id=pair.branch
                )
            )
    session.flush()


def reviews(session: Session, plan_id: int) -> list[PlanReview]:
    """Return the steps of a draft's review, oldest first."""
    query = select(PlanReview).where(PlanReview.plan_id == plan_id).order_by(PlanReview.id)
    return list(session.scalars(query))


_BECOMES = {
    ReviewAction.SUBMIT: PlanState.SUBMITTED,
    ReviewAction.RECALL: PlanState.DRAFT,
    ReviewAction.APPROVE: PlanState.APPROVED,
    ReviewAction.RETURN: PlanState.RETURNED,
    ReviewAction.PUBLISH: PlanState.PUBLISHED,
}


def _decided(
    session: Session,
    plan: Plan,
    asked: Asked,
    action: ReviewAction,
    reason: str | None,
    seen: dict[str, Any] | None = None,
) -> PlanReview:
    step = PlanReview(
        plan_id=plan.id,
        plan_log=plan.log_number,
        action=action,
        by_id=asked.user.id,
        at=asked.now,
        reason=reason,
        effective_on=plan.effective_on,
        seen=seen,
    )
    session.add(step)
    plan.state, plan.changed_at = _BECOMES[action], asked.now
    session.flush()
    detail = {"log_number": plan.log_number, "reason": reason}
    if action is not ReviewAction.PUBLISH:
        record(session, asked.user, f"plan.{action.value}", str(plan.id), detail)
        telling.reviewed(session, plan, step)
    return step
