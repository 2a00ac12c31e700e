"""Two reports of one thing made one case, and two again when that was wrong.

The older case goes on, so that merging never wins time; the younger one's clock stands still,
and goes on from there when they are parted. Both histories tell of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.errors import NotFound, RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.incidents.rules import ENDED, Status
from gridsvc.incidents.rules.reasons import because


def lock_with(session: Session, number: int, other: int | None) -> None:
    """Lock a case and the one it is merged into, or is to be, in the order of their numbers.

    Always in one order, or two who merge crosswise would wait for each other for ever.
    """
    merged_into = select(Incident.merged_into_id).where(Incident.id == number).scalar_subquery()
    both = Incident.id.in_([number, other or number]) | (Incident.id == merged_into)
    session.execute(select(Incident.id).where(both).order_by(Incident.id).with_for_update())


def merge(
    session: Session,
    incident: Incident,
    into_id: int,
    user: UserAccount | None,
    sight: Sight,
    now: datetime,
) -> dict[str, Any]:
    """Merge a locked case into an older open one; returns what its history notes.

    Raises
    ------
    NotFound
        The other case is not there, or not for this user.
    RuleViolation
        It is the same, ended or younger; or other cases were merged into this one.
    """
    into = session.scalar(
        select(Incident)
        .where(Incident.id == into_id, visible(sight))
        .execution_options(populate_existing=True)
    )
    if into is None:
        raise because(NotFound, "no_case", [into_id], case=into_id)
    _require_mergeable(session, incident, into)
    incident.status = Status.MERGED
    incident.merged_into_id, incident.closed_at = into.id, now
    clock.pause(session, incident, now, user, f"merge {into.id}")
    into.households_affected += incident.households_affected
    head = session.scalar(
        select(IncidentEvent.hash)
        .where(IncidentEvent.incident_id == incident.id)
        .order_by(IncidentEvent.seq.desc())
        .limit(1)
    )
    # The hash binds the other's history into this one's: neither can be rewritten alone.
    carried = {
        "case": incident.id,
        "households": incident.households_affected,
        "hash": head.hex() if head else None,
    }
    history.append(
        session,
        into,
        "absorb",
        now=history.not_before(session, into, now),
        user=user,
        from_status=into.status,
        detail=carried,
    )
    return {"into": into.id, "households": incident.households_affected}


def unmerge(
    session: Session, incident: Incident, user: UserAccount | None, note: str | None, now: datetime
) -> dict[str, Any]:
    """Part a locked case from the one it was merged into: its state and time left come back."""
    into = session.get_one(Incident, incident.merged_into_id, populate_existing=True)
    merged = session.scalars(
        select(IncidentEvent)
        .where(IncidentEvent.incident_id == incident.id, IncidentEvent.action == "merge")
        .order_by(IncidentEvent.seq.desc())
        .limit(1)
    ).one()
    incident.status = merged.from_status or Status.REPORTED
    incident.merged_into_id = incident.closed_at = None
    clock.resume(session, incident, now, user, note)
    carried = int(merged.detail["households"])
    into.households_affected = max(1, into.households_affected - carried)
    history.append(
        session,
        into,
        "release",
        now=history.not_before(session, into, now),
        user=user,
        from_status=into.status,
        detail={"case": incident.id, "households": carried},
    )
    return {"from": into.id}


def _require_mergeable(session: Session, incident: Incident, into: Incident) -> None:
    if into.id == incident.id or into.status in ENDED:
        raise because(RuleViolation, "into_ended", [into.id], into=into.id)
    if (into.reported_at, into.id) > (incident.reported_at, incident.id):
        raise because(RuleViolation, "into_younger", [into.id], into=into.id, case=incident.id)
    if session.scalar(select(exists().where(Incident.merged_into_id == incident.id))):
        raise because(RuleViolation, "others_merged", [incident.id], case=incident.id)
