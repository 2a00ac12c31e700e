"""The notices of review and publication: who has to judge, who gains or loses ground or cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.rules import Role
from gridsvc.incidents.telling import accounts_over, team_accounts
from gridsvc.notices import services as notices
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.models import PlanReview, Publication, RollbackRequest
from gridsvc.plans.publishing.rules import ReviewAction
from gridsvc.staffing.models import Team

_OFFICES = (Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.PLANNER)

_TOPICS = {
    ReviewAction.SUBMIT: "plan_submitted",
    ReviewAction.RECALL: "plan_recalled",
    ReviewAction.APPROVE: "plan_approved",
    ReviewAction.RETURN: "plan_returned",
}


def reviewed(session: Session, plan: Plan, step: PlanReview) -> None:
    """Tell the street office what waits for its word, and the planner what it said."""
    office = accounts_over(session, plan.scope_code, frozenset({Role.STREET_STAFF}))
    to_office = step.action in (ReviewAction.SUBMIT, ReviewAction.RECALL)
    users = set(office) if to_office else {plan.owner_id}
    notices.tell(
        session,
        dedupe_key=f"plan:{plan.id}:{step.id}",
        topic=_TOPICS[step.action],
        params={"plan": plan.name, "plan_id": plan.id, **_from(step.effective_on)},
        incident_id=None,
        user_ids=users - {step.by_id},
        code=plan.scope_code,
        now=step.at,
    )


def rollback_asked(session: Session, wish: RollbackRequest) -> None:
    """Tell the street office that a planner wants a former map back."""
    office = accounts_over(session, wish.scope_code, frozenset({Role.STREET_STAFF}))
    notices.tell(
        session,
        dedupe_key=f"rollback:{wish.id}",
        topic="rollback_asked",
        params=_from(wish.effective_on),
        incident_id=None,
        user_ids=set(office) - {wish.asked_by_id},
        code=wish.scope_code,
        now=wish.asked_at,
    )


def rollback_answered(session: Session, wish: RollbackRequest) -> None:
    """Tell the planner what became of the wish."""
    notices.tell(
        session,
        dedupe_key=f"rollback:{wish.id}:answer",
        topic="rollback_answered",
        params=_from(wish.effective_on),
        incident_id=None,
        user_ids={wish.asked_by_id} - {wish.decided_by_id or 0},
        code=wish.scope_code,
        now=wish.decided_at or wish.asked_at,
    )


def published(
    session: Session, made: Publication, seen: Mapping[str, Any], name: str | None
) -> None:
    """Tell the offices of the area, and every team that gains or loses a grid or households."""
    wanted = {
        row["code"]
        for row in seen["parties"]
        if row["kind"] == "team"
        and any(row[f"{what}_before"] != row[f"{what}_after"] for what in ("grids", "households"))
    }
    numbers = session.scalars(select(Team.id).where(Team.code.in_(wanted)))
    users = {one for team in numbers for one in team_accounts(session, team, made.effective_on)}
    notices.tell(
        session,
        dedupe_key=f"publication:{made.id}",
        topic="map_published",
        params={"publication": made.id, "plan": name, **_from(made.effective_on)},
        incident_id=None,
        user_ids=(users | _offices(session, made.scope_code)) - {made.published_by_id},
        code=made.scope_code,
        now=made.published_at,
    )


def handed_over(session: Session, made: Publication, teams: Mapping[int, int], now: Any) -> None:
    """Tell each team how many open cases came to it with its ground, by its number."""
    for team_id, cases in sorted(teams.items()):
        notices.tell(
            session,
            dedupe_key=f"handover:{made.id}:{team_id}",
            topic="cases_came",
            params={"publication": made.id, "cases": cases},
            incident_id=None,
            user_ids=team_accounts(session, team_id, made.effective_on),
            code=made.scope_code,
            now=now,
        )


def differs(session: Session, made: Publication, cases: int, now: Any) -> None:
    """Tell whoever published that other cases went along than were seen before."""
    notices.tell(
        session,
        dedupe_key=f"handover:{made.id}:differs",
        topic="handover_differs",
        params={"publication": made.id, "cases": cases},
        incident_id=None,
        user_ids=[made.published_by_id],
        now=now,
    )


def _from(day: Any) -> dict[str, str]:
    return {"effective_on": day.isoformat()} if day else {}


def _offices(session: Session, scope: str) -> set[int]:
    """Return the offices whose area has anything in common with a division."""
    meets = or_(
        func.starts_with(literal(scope), UserScope.prefix), UserScope.prefix.startswith(scope)
    )
    return set(
        session.scalars(
            select(UserAccount.id)
            .join(UserScope, UserScope.user_id == UserAccount.id)
            .where(UserAccount.role.in_(_OFFICES), UserAccount.disabled_at.is_(None), meets)
        )
    )
