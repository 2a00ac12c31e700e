"""The history of a case: steps are appended, each chained to the one before, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.incidents.rules import Status
from gridsvc.staffing.models import Team


def append(
    session: Session,
    incident: Incident,
    action: str,
    *,
    now: datetime,
    user: UserAccount | None = None,
    from_status: Status | None = None,
    note: str | None = None,
    team_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> IncidentEvent:
    """Append a step, flushed; ``incident.status`` is where it ends.

    The caller holds the row lock of the incident, or has just inserted it: numbers have no gaps.
    ``from_status`` is ``None`` for the first step alone.
    """
    last = session.scalar(
        select(func.max(IncidentEvent.seq)).where(IncidentEvent.incident_id == incident.id)
    )
    event = IncidentEvent(
        incident_id=incident.id,
        seq=(last or 0) + 1,
        at=now,
        action=action,
        from_status=from_status,
        to_status=incident.status,
        user_id=user.id if user else None,
        note=note,
        team_id=team_id,
        detail=detail or {},
    )
    session.add(event)
    session.flush()
    return event


@dataclass(frozen=True)
class Step:
    """A step to append, as the parameters of `append`; nobody took it."""

    incident: Incident
    action: str
    note: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def append_all(session: Session, steps: Sequence[Step], now: datetime) -> None:
    """Append a step to each of some locked cases, one a case, in two statements; flushed."""
    newest = (
        select(IncidentEvent.incident_id, func.max(IncidentEvent.seq).label("newest"))
        .where(IncidentEvent.incident_id.in_([one.incident.id for one in steps]))
        .group_by(IncidentEvent.incident_id)
    )
    last = {one.incident_id: one.newest for one in session.execute(newest)}
    session.add_all(
        IncidentEvent(
            incident_id=one.incident.id,
            seq=last.get(one.incident.id, 0) + 1,
            at=now,
            action=one.action,
            from_status=one.incident.status,
            to_status=one.incident.status,
            note=one.note,
            detail=one.detail,
        )
        for one in steps
    )
    session.flush()


def not_before(session: Session, incident: Incident, now: datetime) -> datetime:
    """Return now, or the time of the last step of a locked case when that is later.

    Whoever waited for the lock asked before the step that he waited for was taken, and two
    machines' clocks differ: a history does not run backwards.
    """
    last = session.scalar(
        select(func.max(IncidentEvent.at)).where(IncidentEvent.incident_id == incident.id)
    )
    return max(now, last) if last else now


def told(session: Session, number: int) -> list[tuple[IncidentEvent, str | None, str | None]]:
    """Return the steps of a case, oldest first, each with the account's and the team's name."""
    rows = session.execute(
        select(IncidentEvent, UserAccount.username, Team.code)
        .outerjoin(UserAccount, UserAccount.id == IncidentEvent.user_id)
        .outerjoin(Team, Team.id == IncidentEvent.team_id)
        .where(IncidentEvent.incident_id == number)
        .order_by(IncidentEvent.seq)
    )
    return [(event, username, team) for event, username, team in rows]


def broken(session: Session, numbers: Iterable[int]) -> set[int]:
    """Return those of some cases whose chain does not hold, by working out every hash again."""
    rows = session.scalars(
        text(_BROKEN + " and e.incident_id = any(:numbers)"), {"numbers": list(numbers)}
    )
    return set(rows)


#: The number of each case with a step whose hash is not that of its content and predecessor.
_BROKEN = """
    select distinct e.incident_id
    from gridsvc.incident_event e
    left join gridsvc.incident_event before
        on before.incident_id = e.incident_id and before.seq = e.seq - 1
    where e.hash is distinct from gridsvc.event_hash(before.hash, e)
"""
