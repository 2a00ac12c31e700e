"""督办单, supervision slips: a written demand on a case that must be answered in writing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Sight
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.calendars.rules import Calendar
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound
from gridsvc.incidents import history, telling
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Incident, SupervisionSlip
from gridsvc.incidents.rules import ENDED, Level, LimitKind
from gridsvc.incidents.rules.clock import due
from gridsvc.incidents.rules.reasons import because

_SUPERVISES = {Role.STREET_STAFF: Level.SUBDISTRICT, Role.DISTRICT: Level.DISTRICT}
_HEIGHT = {level: height for height, level in enumerate(Level)}

ANSWER_DAYS = 2
"""Working days to answer in."""

TIME_LONG_PAST = "The time limit is long past and no lower level has ended the case."
"""Why the ladder issues a slip (``issued_by`` is then NULL); pages show it translated."""


def slips_of(session: Session, incident_id: int) -> list[SupervisionSlip]:
    """Return a case's slips, newest first, by ``ix_supervision_slip_incident_id``."""
    query = select(SupervisionSlip).where(SupervisionSlip.incident_id == incident_id)
    return list(session.scalars(query.order_by(SupervisionSlip.id.desc())))


def may_supervise(user: UserAccount, incident: Incident) -> bool:
    """Tell whether an account issues slips on a case: a street or district office above it."""
    reach = _SUPERVISES.get(user.role)
    return reach is not None and _HEIGHT[reach] >= _HEIGHT[incident.level]


def issue(
    session: Session, incident_id: int, reason: str, now: datetime, user: UserAccount, sight: Sight
) -> SupervisionSlip:
    """Issue a slip by hand, and tell the team.

    Raises
    ------
    NotFound
        The case is not there, or not for this user.
    NotAllowed
        The account stands below the case's level.
    BadInput
        No reason is given.
    Conflict
        The case has ended, or an earlier slip still waits for its answer.
    """
    incident = _locked(session, incident_id, sight)
    if not may_supervise(user, incident):
        raise because(NotAllowed, "slip_not_yours")
    if not reason.strip():
        raise because(BadInput, "slip_needs_reason", ["reason"])
    if incident.status in ENDED:
        raise because(Conflict, "slip_ended_case", [incident.id], case=incident.id)
    now = history.not_before(session, incident, now)
    if any(one.answered_at is None for one in slips_of(session, incident.id)):
        raise because(Conflict, "slip_waits", [incident.id], case=incident.id)
    slip = _written(session, incident, reason.strip(), now, user)
    on = now.astimezone(office_zone(session)).date()
    users = telling.team_accounts(session, incident.team_id, on) if incident.team_id else []
    _tell(session, incident, slip, "slip_issued", users, now)
    return slip


def _written(
    session: Session, incident: Incident, reason: str, now: datetime, user: UserAccount
) -> SupervisionSlip:
    calendar = calendar_for(session, incident.grid_code or incident.division_code, now)
    slip = SupervisionSlip(
        incident_id=incident.id,
        issued_at=now,
        issued_by=user.id,
        reason=reason,
        answer_by=_answer_by(calendar, office_zone(session), now),
    )
    session.add(slip)
    session.flush()
    _note(session, incident, slip, "supervise", now, user, reason)
    return slip


def write_all(
    session: Session,
    incidents: Sequence[Incident],
    now: datetime,
    calendars: Mapping[str | None, Calendar],
) -> set[int]:
    """Write the ladder's slips on locked cases, save where one waits; gives the cases' numbers.

    ``calendars`` are those of the cases' places.
    """
    waiting = select(SupervisionSlip.incident_id).where(
        SupervisionSlip.incident_id.in_([one.id for one in incidents]),
        SupervisionSlip.answered_at.is_(None),
    )
    spared, zone = set(session.scalars(waiting)), office_zone(session)
    chosen = [one for one in incidents if one.id not in spared]
    made = {
        one.id: SupervisionSlip(
            incident_id=one.id,
            issued_at=now,
            reason=TIME_LONG_PAST,
            answer_by=_answer_by(calendars[one.grid_code or one.division_code], zone, now),
        )
        for one in chosen
    }
    session.add_all(made.values())
    session.flush()
    steps = [
        history.Step(one, "supervise", TIME_LONG_PAST, {"slip": made[one.id].id}) for one in chosen
    ]
    history.append_all(session, steps, now)
    return set(made)


def _answer_by(calendar: Calendar, zone: ZoneInfo, now: datetime) -> datetime:
    return due(LimitKind.WORKING_DAYS, ANSWER_DAYS, now, calendar, zone).due_at


def answer(
    session: Session, slip_id: int, words: str, now: datetime, user: UserAccount, sight: Sight
) -> SupervisionSlip:
    """Answer a slip, once, and tell who issued it; whether the account may the caller judges.

    Raises
    ------
    NotFound
        There is no such slip, or its case is not for this user.
    BadInput
        The answer is empty.
    Conflict
        It has been answered.
    """
    if not words.strip():
        raise because(BadInput, "slip_answer_empty", ["answer"])
    slip, incident = _slip(session, slip_id, sight)
    if slip.answered_at is not None:
        raise because(Conflict, "slip_answered", [slip_id], slip=slip_id)
    now = history.not_before(session, incident, now)
    slip.answered_at, slip.answer = now, words.strip()
    _note(session, incident, slip, "answer_slip", now, user, slip.answer)
    place = incident.grid_code or incident.division_code
    issuers = [slip.issued_by] if slip.issued_by else []
    users = issuers or telling.accounts_over(session, place, frozenset({Role.DISTRICT}))
    _tell(session, incident, slip, "slip_answered", users, now)
    return slip


def close(
    session: Session, slip_id: int, now: datetime, user: UserAccount, sight: Sight
) -> SupervisionSlip:
    """Close an answered slip: the office is content with what was done.

    Raises
    ------
    NotFound
        There is no such slip, or its case is not for this user.
    NotAllowed
        The account stands below the case's level.
    Conflict
        It has not been answered, or is closed.
    """
    slip, incident = _slip(session, slip_id, sight)
    if not may_supervise(user, incident):
        raise because(NotAllowed, "slip_not_yours")
    if slip.answered_at is None:
        raise because(Conflict, "slip_unanswered", [slip_id], slip=slip_id)
    if slip.closed_at is not None:
        raise because(Conflict, "slip_closed", [slip_id], slip=slip_id)
    now = history.not_before(session, incident, now)
    slip.closed_at, slip.closed_by = now, user.id
    _note(session, incident, slip, "close_slip", now, user, None)
    return slip


def _slip(session: Session, slip_id: int, sight: Sight) -> tuple[SupervisionSlip, Incident]:
    """Find a slip and lock its case, so that two who answer are served one after the other."""
    number = session.scalar(
        select(SupervisionSlip.incident_id).where(SupervisionSlip.id == slip_id)
    )
    if number is None:
        raise because(NotFound, "no_slip", [slip_id], slip=slip_id)
    incident = _locked(session, number, sight)
    return session.get_one(SupervisionSlip, slip_id, populate_existing=True), incident


def _locked(session: Session, number: int, sight: Sight) -> Incident:
    chosen = select(Incident).where(Incident.id == number, visible(sight))
    incident = session.scalar(
        chosen.with_for_update(of=Incident).execution_options(populate_existing=True)
    )
    if incident is None:
        raise because(NotFound, "no_case", [number], case=number)
    return incident


def _note(
    session: Session,
    incident: Incident,
    slip: SupervisionSlip,
    action: str,
    now: datetime,
    user: UserAccount,
    words: str | None,
) -> None:
    history.append(
        session,
        incident,
        action,
        now=now,
        user=user,
        from_status=incident.status,
        note=words,
        detail={"slip": slip.id},
    )


def _tell(
    session: Session,
    incident: Incident,
    slip: SupervisionSlip,
    topic: str,
    users: Iterable[int],
    now: datetime,
) -> None:
    telling.notices.tell(
        session,
        dedupe_key=f"slip:{slip.id}:{topic}",
        topic=topic,
        params=telling.params(session, incident, office_zone(session).key),
        incident_id=incident.id,
        user_ids=users,
        code=incident.grid_code or incident.division_code,
        now=now,
    )
