"""How much one account may report in a while: a day's queue at once, but no flood."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import TooMany
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules.reasons import because

#: A phone that was without a network all day brings some hundred at most; a script at fifty a
#: second is stopped within twelve seconds.
MOST, WINDOW = 600, timedelta(minutes=10)


def require_room(session: Session, user: UserAccount, now: datetime) -> None:
    """Refuse a further new report of an account that sent too many in the last minutes.

    Counted in the database, so that two workers share the limit; by ``ix_incident_reporter``.

    Raises
    ------
    TooMany
        Names the seconds after which there is room again: whoever waits loses nothing.
    """
    nth = (
        select(Incident.received_at)
        .where(Incident.reporter_user_id == user.id, Incident.received_at > now - WINDOW)
        .order_by(Incident.received_at.desc())
        .offset(MOST - 1)
        .limit(1)
    )
    oldest = session.scalar(nth)
    if oldest is not None:
        left = max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
        minutes = WINDOW // timedelta(minutes=1)
        raise because(TooMany, "report_flood", left, most=MOST, minutes=minutes, seconds=left)
