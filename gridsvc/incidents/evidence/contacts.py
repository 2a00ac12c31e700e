"""How to reach who reported: for the case's handlers, each look with a reason, then erased."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import HANDLERS, Role, Scope
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotAllowed, NotFound
from gridsvc.incidents.models import ContactLook, Incident, ReporterContact
from gridsvc.incidents.rules import Level
from gridsvc.incidents.rules.reasons import because

#: Days that a contact outlives its closed case (domain: 30, at most 180).
ERASED_AFTER_DAYS = 30
LONGEST_DAYS = 180
#: Looks of one account in an hour beyond which the log says so (ASVS: reveals are watched).
MANY_LOOKS = 20
_SHORTEST_REASON = 4
_LONGEST = {"name": 60, "phone": 40, "email": 200}

#: Who handles a case at a level beside the grid's own team; administrators and auditors never.
_AT_LEVEL = {
    Level.COMMUNITY: Role.COMMUNITY_STAFF,
    Level.SUBDISTRICT: Role.STREET_STAFF,
    Level.DISTRICT: Role.DISTRICT,
}


def keep(
    session: Session,
    incident: Incident,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> bool:
    """Keep what a reporter gave, apart from the case, and tell whether there was anything.

    Raises
    ------
    BadInput
        A field is too long, or the address for mail is none.
    """
    given = {"name": name, "phone": phone, "email": email}
    told = {field: value.strip() for field, value in given.items() if value and value.strip()}
    for field, value in told.items():
        if len(value) > _LONGEST[field]:
            raise because(BadInput, "contact_long", [field], field=field, most=_LONGEST[field])
    if "email" in told and "@" not in told["email"]:
        raise because(BadInput, "contact_mail", ["email"])
    if told:
        session.merge(ReporterContact(incident_id=incident.id, **{**given, **told}))
        session.flush()
    return bool(told)


def may_look(role: Role, scope: Scope, incident: Incident) -> bool:
    """Tell whether somebody handles a case: on the team there, or at the level it has risen to."""
    handles = role in HANDLERS or _AT_LEVEL.get(incident.level) is role
    return handles and scope.covers(incident.place)


def look(
    session: Session, incident_id: int, user: UserAccount, reason: str, now: datetime
) -> ReporterContact:
    """Return a contact, and write down who looked, when and why.

    Raises
    ------
    BadInput
        No reason is given.
    NotAllowed
        The user does not handle this case.
    NotFound
        There is no such case in the user's scope, or nothing was left or it is erased by now.
    """
    incident = session.get(Incident, incident_id)
    if incident is None or not user.scope.covers(incident.place):
        raise because(NotFound, "no_case", [incident_id], case=incident_id)
    if not may_look(user.role, user.scope, incident):
        raise because(NotAllowed, "look_not_yours", case=incident_id)
    if len(reason.strip()) < _SHORTEST_REASON:
        raise because(BadInput, "look_needs_reason", ["reason"])
    contact = session.get(ReporterContact, incident_id)
    if contact is None:
        raise because(NotFound, "no_contact", [incident_id], case=incident_id)
    _write_down(session, incident_id, user, "contact", reason.strip()[:200], now)
    return contact


def look_at_words(session: Session, incident: Incident, user: UserAccount, now: datetime) -> None:
    """Write down that somebody reads the words of a case with the numbers that lists hide.

    Raises
    ------
    NotAllowed
        The user does not handle this case.
    """
    if not may_look(user.role, user.scope, incident):
        raise because(NotAllowed, "look_not_yours", case=incident.id)
    _write_down(session, incident.id, user, "words", "", now)


def erase_due(session: Session, now: datetime, days: int = ERASED_AFTER_DAYS) -> int:
    """Erase every contact whose case was closed that many days ago, and count them.

    A merged case waits for the one it was merged into. Safe to call again, and to be cut off.

    Parameters
    ----------
    days : int
        From 1 to 180.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(f"Contacts are kept 1 to {LONGEST_DAYS} days after closing, not {days}.")
    lead = aliased(Incident)
    limit = now - timedelta(days)
    over = (
        select(Incident.id)
        .outerjoin(lead, lead.id == Incident.merged_into_id)
        .where(Incident.closed_at <= limit, or_(lead.id.is_(None), lead.closed_at <= limit))
    )
    erased = session.scalars(
        delete(ReporterContact)
        .where(ReporterContact.incident_id.in_(over))
        .returning(ReporterContact.incident_id)
    ).all()
    if erased:
        record(session, None, "contact.erase", detail={"count": len(erased)})
    return len(erased)


def is_kept(session: Session, incident_id: int) -> bool:
    """Tell whether a case has a contact, without looking at it."""
    return bool(session.scalar(select(exists().where(ReporterContact.incident_id == incident_id))))


def _write_down(
    session: Session, incident_id: int, user: UserAccount, what: str, reason: str, now: datetime
) -> None:
    session.add(
        ContactLook(incident_id=incident_id, user_id=user.id, at=now, what=what, reason=reason)
    )
    session.flush()
    record(session, user, f"{what}.look", str(incident_id))
    if _looks_of_the_hour(session, user, now) == MANY_LOOKS + 1:
        record(session, user, "contact.many_looks", user.username, {"in_an_hour": MANY_LOOKS + 1})


def _looks_of_the_hour(session: Session, user: UserAccount, now: datetime) -> int:
    recent = ContactLook.at > now - timedelta(hours=1)
    asked = select(func.count()).where(ContactLook.user_id == user.id, recent)
    return session.scalar(asked) or 0
