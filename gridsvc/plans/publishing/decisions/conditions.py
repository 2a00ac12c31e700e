"""What must hold before a step of a review or of a roll back is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import Conflict, RuleViolation
from gridsvc.plans import queries, rules
from gridsvc.plans.findings import Severities, open_findings, severities_by
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.in_force.publication import not_overtaken
from gridsvc.plans.publishing.models import PlanReview
from gridsvc.plans.publishing.rules import ReviewAction, require_day


@dataclass(frozen=True)
class Asked:
    """Who asks for a step, when, and by which calendar day of the office.

    ``days_back`` is how many days ago a map may begin to hold: a setting, mostly 0; ``severities``
    how grave each kind of finding is, another one.
    """

    user: UserAccount
    now: datetime
    today: date
    days_back: int = 0
    severities: Severities = field(default_factory=lambda: severities_by(()))


def last(session: Session, plan_id: int, action: ReviewAction) -> PlanReview | None:
    """Return the newest step of a kind."""
    return session.scalar(
        select(PlanReview)
        .where(PlanReview.plan_id == plan_id, PlanReview.action == action)
        .order_by(PlanReview.id.desc())
        .limit(1)
    )


def taken(session: Session, plan_id: int, asked: Asked, action: str) -> Plan:
    """Lock a draft for a step that the user may take.

    Raises
    ------
    RuleViolation
        The step is not the user's, or not now.
    """
    plan = queries.plan_for(session, plan_id, asked.user.scope, lock=True)
    submitted = last(session, plan_id, ReviewAction.SUBMIT)
    authors = {plan.owner_id, submitted.by_id if submitted else plan.owner_id}
    may = rules.can(asked.user.role, plan.state, covers=True, author=asked.user.id in authors)
    if not may[action]:
        raise refused(plan, action)
    return plan


def refused(plan: Plan, action: str) -> RuleViolation:
    """Put into words that a step is not to be taken."""
    return RuleViolation(
        f"Draft {plan.id} is {plan.state.value}: “{action}” is not for you, or not now.", [plan.id]
    )


def require_sound(session: Session, plan: Plan, asked: Asked) -> None:
    """Refuse a draft that findings stand against.

    Raises
    ------
    RuleViolation
        One blocks it, or a warning has no written reason.
    """
    blocking, warnings = open_findings(session, plan, asked.severities)
    if blocking:
        raise RuleViolation(
            f"{len(blocking)} findings block draft {plan.id}: mend them first.",
            [f"{one.kind} {' '.join(one.grids)}" for one in blocking],
        )
    if warnings:
        raise RuleViolation(
            f"{len(warnings)} warnings of draft {plan.id} have no written reason: mend them, or "
            "write down why they are passed.",
            [f"{one.kind} {' '.join(one.grids)}" for one in warnings],
        )


def require_base(session: Session, plan: Plan, asked: Asked, effective_on: date) -> None:
    """Refuse a draft that was drawn upon a map which is no longer the newest, or too early a day.

    Raises
    ------
    Conflict
        A newer map is in force.
    RuleViolation
        The day lies before what the office allows.
    """
    overtaken = queries.overtaken(session, plan)
    not_overtaken(session, plan.scope_code, plan.base_on, overtaken)
    newest = ground.last_change(session, plan.scope_code)
    require_day(effective_on, asked.today, newest, asked.days_back)


_COMPARED = ("grid", "team_before", "branch_before", "team_after", "branch_after")


def require_seen(seen: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Refuse to assign anybody whom the reviewer did not see.

    Raises
    ------
    Conflict
        Others look after a grid now than when the tables were handed in.
    """
    old, new = (
        {tuple(row[name] for name in _COMPARED) for row in table["staffing"]}
        for table in (seen, found)
    )
    if grids := sorted({row[0] for row in old ^ new}):
        raise Conflict(
            f"Who looks after grid {grids[0]} has changed since the review: take it back and "
            "ask again.",
            grids,
        )
