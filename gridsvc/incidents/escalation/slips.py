"""督办单, supervision slips: a written demand on a case that must be answered in writing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.incidents import history, telling
from gridsvc.incidents.models import Incident, SupervisionSlip
from gridsvc.incidents.rules import ENDED, LimitKind
from gridsvc.incidents.rules.clock import due

ANSWER_DAYS = 2
"""Working days to answer in."""

TIME_LONG_PAST = "The time limit is long past and no lower level has ended the case."
"""Why the ladder issues a slip (``issued_by`` is then NULL); pages show it translated."""


def slips_of(session: Session, incident_id: int) -> list[SupervisionSlip]:
    """Return a case's slips, newest first, by ``ix_supervision_slip_incident_id``."""
    query = select(SupervisionSlip).where(SupervisionSlip.incident_id == incident_id)
    return list(session.scalars(query.order_by(SupervisionSlip.id.desc())))


def issue(
    session: Session, incident: Incident, reason: str, now: datetime, user: UserAccount
) -> SupervisionSlip:
    """Issue a slip by hand, and tell the team; the case must be locked by the caller.

    Raises
    ------
    BadInput
        No reason is given.
    Conflict
        The case has ended, or an earlier slip still waits for its answer.
    """
    if not reason.strip():
        raise BadInput("A supervision slip needs a reason: say what is demanded.", ["reason"])
    if incident.status in ENDED:
        raise Conflict(f"Case {incident.id} has ended: reopen it first.", [incident.id])
    slip = write(session, incident, reason.strip(), now, user)
    if slip is None:
        raise Conflict(
            f"Case {incident.id} has a slip that waits for its answer: one at a time.",
            [incident.id],
        )
    zone = office_zone(session)
    today = now.astimezone(zone).date()
    team = incident.team_id
    place = incident.grid_code or incident.division_code
    telling.notices.tell(
        session,
        dedupe_key=f"slip:{slip.id}",
        topic="slip_issued",
        params=telling.params(session, incident, zone.key),
        incident_id=incident.id,
        user_ids=telling.team_accounts(session, team, today) if team else (),
        code=place,
        now=now,
    )
    return slip


def write(
    session: Session, incident: Incident, reason: str, now: datetime, user: UserAccount | None
) -> SupervisionSlip | None:
    """Write a slip and the step of the case's history; ``None`` while an earlier one waits."""
    if any(one.answered_at is None for one in slips_of(session, incident.id)):
        return None
    place = incident.grid_code or incident.division_code
    calendar, zone = calendar_for(session, place, now), office_zone(session)
    slip = SupervisionSlip(
        incident_id=incident.id,
        issued_at=now,
        issued_by=user.id if user else None,
        reason=reason,
        answer_by=due(LimitKind.WORKING_DAYS, ANSWER_DAYS, now, calendar, zone).due_at,
    )
    session.add(slip)
    session.flush()
    history.append(
        session,
        incident,
        "supervise",
        now=now,
        user=user,
        from_status=incident.status,
        note=reason,
        detail={"slip": slip.id},
    )
    return slip


def answer(
    session: Session, slip_id: int, words: str, now: datetime, user: UserAccount
) -> SupervisionSlip:
    """Answer a slip, once; whether the account may is for the caller to judge.

    Raises
    ------
    NotFound
        There is no such slip.
    BadInput
        The answer is empty.
    Conflict
        It has been answered.
    """
    if not words.strip():
        raise BadInput("The answer is empty: say what was done.", ["answer"])
    case = select(SupervisionSlip.incident_id).where(SupervisionSlip.id == slip_id)
    locked = select(Incident).where(Incident.id == case.scalar_subquery()).with_for_update()
    incident = session.scalar(locked)
    if incident is None:
        raise NotFound(f"There is no supervision slip {slip_id}.", [slip_id])
    slip = session.get_one(SupervisionSlip, slip_id, populate_existing=True)
    if slip.answered_at is not None:
        raise Conflict(f"Supervision slip {slip_id} has been answered.", [slip_id])
    slip.answered_at, slip.answer = now, words.strip()
    history.append(
        session,
        incident,
        "answer_slip",
        now=now,
        user=user,
        from_status=incident.status,
        note=slip.answer,
        detail={"slip": slip.id},
    )
    return slip
