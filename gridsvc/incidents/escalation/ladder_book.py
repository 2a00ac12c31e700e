"""The ladders as data: which rungs an office has, how they are changed, and what they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.incidents.models import EscalationStep
from gridsvc.incidents.rules.escalation import RungWish, fault
from gridsvc.incidents.rules.reasons import because


def in_force(session: Session, code: str) -> tuple[str, list[EscalationStep]]:
    """Return whose ladder holds for a division, by code, and its rungs, lowest first."""
    reach = func.starts_with(literal(code), EscalationStep.prefix)
    used = select(EscalationStep).where(EscalationStep.disabled_at.is_(None), reach)
    rungs = list(session.scalars(used))
    owner = max((one.prefix for one in rungs), key=len, default="")
    own = [one for one in rungs if one.prefix == owner]
    return owner, sorted(own, key=lambda one: (one.at_percent, one.tell_role))


def past(session: Session, code: str) -> list[EscalationStep]:
    """Return every rung that a division's own ladder ever had, newest first."""
    own = select(EscalationStep).where(EscalationStep.prefix == code)
    return list(session.scalars(own.order_by(EscalationStep.made_at.desc(), EscalationStep.id)))


def change(
    session: Session,
    code: str,
    wishes: Sequence[RungWish],
    reason: str,
    user: UserAccount,
    now: datetime,
) -> int:
    """Give a division this ladder; gives how many rungs were ended or made.

    Rungs that stay keep their number, so that nobody is told again of what was climbed. No rungs
    at all leave a division with the ladder above it. Calling it twice changes nothing more.

    Raises
    ------
    NotAllowed
        The division lies outside the account's area.
    BadInput
        No reason is given, or the rungs make no ladder.
    """
    if not user.scope.covers(code):
        raise because(NotAllowed, "ladder_not_yours", [code])
    if not reason.strip():
        raise because(BadInput, "ladder_needs_reason", ["reason"])
    wrong = fault(wishes, everywhere=not code)
    if wrong is not None:
        raise because(BadInput, wrong.reason, ["rungs"], **wrong.values)
    used = select(EscalationStep).where(
        EscalationStep.prefix == code, EscalationStep.disabled_at.is_(None)
    )
    # Two who change one ladder at once are served one after the other.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"ladder:{code}", 0))))
    before = {_wish(one): one for one in session.scalars(used)}
    ended = [rung for wish, rung in before.items() if wish not in wishes]
    for rung in ended:
        rung.disabled_at, rung.disabled_by = now, user.id
        rung.disabled_reason = reason.strip()
    session.flush()
    made = [
        EscalationStep(
            prefix=code,
            at_percent=wish.at_percent,
            tell_role=wish.tell_role.value,
            raises_level=wish.raises_level,
            issues_slip=wish.issues_slip,
            made_at=now,
            made_by=user.id,
            reason=reason.strip(),
        )
        for wish in wishes
        if wish not in before
    ]
    session.add_all(made)
    session.flush()
    if ended or made:
        record(session, user, "ladder.change", code, {"ended": len(ended), "made": len(made)})
    return len(ended) + len(made)


def _wish(rung: EscalationStep) -> RungWish:
    return RungWish.of(rung.at_percent, rung.tell_role, rung.raises_level, rung.issues_slip)
