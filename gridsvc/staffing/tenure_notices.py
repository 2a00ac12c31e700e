"""Telling the office, once for each step of nearness, what ends soon with nobody to follow."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.rules import Role, Scope
from gridsvc.grids.models import Division
from gridsvc.notices.services import Telling, tell_all
from gridsvc.staffing.rules import alert_step
from gridsvc.staffing.tenure import endings

#: They assign teams and posts; the district only looks on.
_TOLD = (Role.COMMUNITY_STAFF, Role.STREET_STAFF)
_COMMUNITY_DIGITS = 12


def tell_endings(session: Session, now: datetime, today: date) -> int:
    """Tell the offices of each community how many of its assignments end within 60, 30, 7 days.

    One notice for a community, an end and a step, whatever ends there that day: a term of three
    years lets all grids of a town end at once. Calling it again tells nothing twice.

    Returns
    -------
    int
        Notices written.
    """
    ends: Counter[tuple[str, date]] = Counter()
    for one in endings(session, Scope(("",)), today):
        ends[one.place[:_COMMUNITY_DIGITS], one.ends_on] += 1
    places = {code for code, _ in ends}
    found = session.scalars(select(Division).where(Division.code.in_(places)))
    names = {one.code: (one.name, one.name_en) for one in found}
    offices = {code: _offices(session, code) for code in places}
    tellings = []
    for (code, day), count in sorted(ends.items()):
        name, name_en = names.get(code, (code, None))
        step = alert_step((day - today).days)
        params = {
            "place": name,
            "place_en": name_en or name,
            "effective_on": day.isoformat(),
            "assignments": count,
        }
        key = f"tenure:{code}:{day}:{step}"
        tellings.append(Telling(key, "tenure_ends", params, None, offices[code], code))
    return sum(tell_all(session, tellings, now).values())


def _offices(session: Session, code: str) -> tuple[int, ...]:
    covers = func.starts_with(literal(code), UserScope.prefix)
    return tuple(
        session.scalars(
            select(UserAccount.id)
            .join(UserScope, UserScope.user_id == UserAccount.id)
            .where(UserAccount.role.in_(_TOLD), UserAccount.disabled_at.is_(None), covers)
            .distinct()
            .order_by(UserAccount.id)
        )
    )
