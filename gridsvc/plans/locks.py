"""Grids and communities that a draft must leave as they are, and who said so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import NotFound, RuleViolation
from gridsvc.plans.models import Plan, PlanGrid, PlanLock
from gridsvc.plans.queries import locks
from gridsvc.plans.rules import COMMUNITY_DIGITS, require_code


def require_unlocked(session: Session, plan_id: int, grids: Collection[str]) -> None:
    """Refuse an edit that changes what is locked.

    Raises
    ------
    RuleViolation
        Names the lock, who set it and why.
    """
    for lock in locks(session, plan_id):
        held = sorted(code for code in grids if code.startswith(lock.code))
        if held:
            what = "Community" if len(lock.code) == COMMUNITY_DIGITS else "Grid"
            raise RuleViolation(
                f"{what} {lock.code} is locked by {lock.by.username}: {lock.why}.", [lock.code]
            )


def lock(
    session: Session, plan: Plan, user: UserAccount, code: str, why: str, now: datetime
) -> PlanLock:
    """Lock a grid or a community of a draft; a second time it only changes the reason.

    Raises
    ------
    NotFound
        The draft has no such grid or community.
    """
    require_code(code, COMMUNITY_DIGITS, 15)
    here = session.query(PlanGrid).filter(
        PlanGrid.plan_id == plan.id,
        PlanGrid.grid_code.between(code.ljust(15, "0"), code.ljust(15, "9")),
    )
    if not session.query(here.exists()).scalar():
        raise NotFound(f"There is no {code} in draft {plan.id}.", [code])
    held = session.get(PlanLock, (plan.id, code))
    if held is None:
        held = PlanLock(plan_id=plan.id, code=code)
        session.add(held)
    held.why, held.by, held.at = why, user, now
    record(session, user, "plan.lock", f"{plan.id}/{code}")
    return held


def unlock(session: Session, plan: Plan, user: UserAccount, code: str) -> None:
    """Take a lock away.

    Raises
    ------
    NotFound
        It is not locked.
    """
    held = session.get(PlanLock, (plan.id, code))
    if held is None:
        raise NotFound(f"{code[:20]} is not locked in draft {plan.id}.", [code[:20]])
    session.delete(held)
    record(session, user, "plan.unlock", f"{plan.id}/{code}")
