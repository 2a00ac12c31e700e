"""What people say about places of a draft."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows
from gridsvc.accounts.services import record
from gridsvc.errors import NotAllowed, NotFound, RuleViolation
from gridsvc.plans.models import Plan, PlanComment
from gridsvc.plans.rules import ENDED


def comments(session: Session, plan_id: int) -> list[PlanComment]:
    """Return what was said about a draft, what is still open first, then the newest."""
    query = select(PlanComment).where(PlanComment.plan_id == plan_id)
    order = (PlanComment.closed_at.is_not(None), PlanComment.id.desc())
    return list(session.scalars(query.order_by(*order)))


def say(
    session: Session,
    plan: Plan,
    user: UserAccount,
    lon: float,
    lat: float,
    words: str,
    now: datetime,
) -> PlanComment:
    """Pin words to a place, lon and lat in degrees, EPSG:4326.

    Raises
    ------
    RuleViolation
        The draft has been published or given up.
    """
    if plan.state in ENDED:
        raise RuleViolation(f"Draft {plan.id} is {plan.state.value}.", [plan.id])
    said = PlanComment(plan_id=plan.id, author=user, at=now, lon=lon, lat=lat, text=words)
    session.add(said)
    session.flush()
    return said


def close(
    session: Session, plan: Plan, user: UserAccount, comment_id: int, now: datetime
) -> PlanComment:
    """Close a comment without an edit; a second time changes nothing.

    Raises
    ------
    NotFound
        The draft has no such comment.
    NotAllowed
        It is somebody else's, and the user does not redraw.
    """
    found = session.get(PlanComment, comment_id)
    if found is None or found.plan_id != plan.id:
        raise NotFound(f"There is no comment {comment_id} in draft {plan.id}.", [comment_id])
    if user.id != found.author_id and not allows(user.role, Permission.EDIT_PLANS):
        raise NotAllowed("A comment is closed by who wrote it, or by a planner.", [comment_id])
    if found.closed_at is None:
        found.closed_at, found.closed_by = now, user
        record(session, user, "plan.close_comment", f"{plan.id}/{comment_id}")
        session.flush()
    return found
