"""The days on which an office closes, as data: what holds, what it was, and how it is changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.reports.models import CycleSetting
from gridsvc.reports.rules.closing import ClosingRule, rule_fault


def rule_for(session: Session, code: str, on: date) -> ClosingRule:
    """Return the rule of a division for a period that begins on a day; the nearest above counts."""
    found = session.scalars(
        select(CycleSetting)
        .where(func.starts_with(literal(code), CycleSetting.prefix), CycleSetting.valid_from <= on)
        .order_by(func.length(CycleSetting.prefix).desc(), CycleSetting.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return ClosingRule()
    return ClosingRule(tuple(found.closing_days), found.quarter_day, found.inclusive)


def rules_of(session: Session, code: str) -> list[CycleSetting]:
    """Return every rule that was ever set for a division or one above it, newest first."""
    reach = func.starts_with(literal(code), CycleSetting.prefix)
    return list(session.scalars(select(CycleSetting).where(reach).order_by(CycleSetting.id.desc())))


def change_rule(
    session: Session,
    code: str,
    rule: ClosingRule,
    reason: str,
    user: UserAccount,
    now: datetime,
) -> CycleSetting:
    """Set the days on which a division closes, for periods that begin today or later.

    Raises
    ------
    NotAllowed
        The division lies outside the account's area.
    BadInput
        No reason is given, or the days make no rule.
    """
    if not user.scope.covers(code):
        raise NotAllowed("These periods belong to another office.", [code])
    if not reason.strip():
        raise BadInput("Say why the closing days are changed.", ["reason"])
    fault = rule_fault(rule.closing_days, rule.quarter_day)
    if fault is not None:
        allowed = "1 to 31, each once" if fault == "closing_days" else "1 to 28"
        raise BadInput(f"Closing days are days of the month from {allowed}.", [fault])
    made = CycleSetting(
        prefix=code,
        closing_days=sorted(rule.closing_days),
        quarter_day=rule.quarter_day,
        inclusive=rule.inclusive,
        valid_from=now.astimezone(office_zone(session)).date(),
        made_by=user.id,
        reason=reason.strip(),
    )
    session.add(made)
    session.flush()
    record(session, user, "cycle.rule", code, {"days": made.closing_days})
    return made
