"""Photos of a case: re-encoded on arrival, covered before anybody outside may see them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import HANDLERS, Role
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.incidents.evidence import pictures
from gridsvc.incidents.models import Category, Incident, Photo
from gridsvc.incidents.rules.reasons import because

PURPOSES = ("report", "resolve")
#: As many as a phone's chat takes at once, before and after the work.
MOST_OF_A_CASE = 18
LONGEST_CLIENT_ID = 100
#: Who adds photos and covers them; planners look at cases but do not work on them.
WORKING_ROLES = HANDLERS | {Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.DISTRICT}


def take(
    session: Session,
    incident_id: int,
    data: bytes,
    client_photo_id: str | None,
    purpose: str,
    user: UserAccount | None,
    now: datetime,
) -> Photo:
    """Keep a photo's pixels with a case; the caller has made sure that the user may see the case.

    Sending the same photo, or the same ``client_photo_id`` with it, again gives the first one.

    Parameters
    ----------
    data : bytes
        A JPEG, PNG, WebP or HEIC; nothing but its pixels is stored.
    purpose : {"report", "resolve"}
        Whether it shows the matter or the work done.

    Raises
    ------
    BadInput
        It is no photo, or too large; see `pictures.clean`.
    Conflict
        The id came before with another photo or for another case.
    RuleViolation
        The case has eighteen photos already.
    """
    if purpose not in PURPOSES:
        raise because(BadInput, "photo_purpose", ["purpose"], purposes=PURPOSES)
    if client_photo_id and (len(client_photo_id) > LONGEST_CLIENT_ID or "\0" in client_photo_id):
        raise because(BadInput, "photo_id", most=LONGEST_CLIENT_ID)
    digest = hashlib.sha256(data).digest()
    known = _known(session, incident_id, digest, client_photo_id)
    if known is not None:
        return known
    picture = pictures.clean(data)
    # Photos of one case wait for each other from here on, so that the count holds.
    session.execute(select(Incident.id).where(Incident.id == incident_id).with_for_update())
    known = _known(session, incident_id, digest, client_photo_id)
    if known is not None:
        return known
    if len(of_case(session, incident_id)) >= MOST_OF_A_CASE:
        raise because(RuleViolation, "photos_full", case=incident_id, most=MOST_OF_A_CASE)
    taken = insert(Photo).values(
        incident_id=incident_id,
        client_photo_id=client_photo_id,
        purpose=purpose,
        content_hash=digest,
        width=picture.width,
        height=picture.height,
        jpeg=picture.jpeg,
        covers=[],
        received_at=now,
        user_id=user.id if user else None,
    )
    number = session.scalar(taken.on_conflict_do_nothing().returning(Photo.id))
    if number is None:
        raise because(Conflict, "photo_elsewhere", [client_photo_id])
    record(session, user, "photo.add", str(incident_id), {"photo": number, "purpose": purpose})
    return session.get_one(Photo, number)


def reported_by(session: Session, incident_id: int, user: UserAccount) -> bool:
    """Tell whether a user reported a case, and so may add photos also where it lies elsewhere."""
    incident = session.get(Incident, incident_id)
    return incident is not None and incident.reporter_user_id == user.id


def of_case(session: Session, incident_id: int) -> list[Photo]:
    """Return what is known of a case's photos, without their pixels, oldest first."""
    chosen = select(Photo).where(Photo.incident_id == incident_id)
    return list(session.scalars(chosen.order_by(Photo.id)))


def photo(session: Session, incident_id: int, number: int) -> Photo:
    """Return one photo of a case, with its pixels.

    Raises
    ------
    NotFound
        The case has no such photo.
    """
    pixels = (undefer(Photo.jpeg), undefer(Photo.covered_jpeg))
    chosen = select(Photo).where(Photo.id == number, Photo.incident_id == incident_id)
    found = session.scalar(chosen.options(*pixels))
    if found is None:
        raise because(NotFound, "no_photo", [number], case=incident_id, photo=number)
    return found


def cover(
    session: Session,
    shown: Photo,
    covers: list[list[int]],
    publish: bool,
    user: UserAccount | None,
    now: datetime,
) -> Photo:
    """Cover faces and number plates, and say whether the covered picture is for the public.

    Parameters
    ----------
    shown : Photo
        As `photo` gives it.
    covers : list of [x, y, width, height]
        Pixels from the upper left corner; they replace the earlier ones. An empty list says
        that somebody looked and found nothing to cover.
    publish : bool
        Show the covered picture to the public, or take it back.

    Raises
    ------
    BadInput
        A rectangle does not lie in the photo.
    RuleViolation
        Photos of sensitive categories are not published.
    """
    if publish and _sensitive(session, shown.incident_id):
        raise because(RuleViolation, "photo_sensitive")
    shown.covered_jpeg = pictures.cover(shown.jpeg, covers)
    shown.covers = covers
    shown.published_at = (shown.published_at or now) if publish else None
    session.flush()
    told = {"photo": shown.id, "covers": len(covers), "published": publish}
    record(session, user, "photo.cover", str(shown.incident_id), told)
    return shown


def published(session: Session, number: int, public: ColumnElement[bool]) -> bytes:
    """Return a published photo of a case that the public may see, as covered.

    Parameters
    ----------
    public : SQL condition on Incident
        Which cases those are.

    Raises
    ------
    NotFound
        There is none, or not for the public: the two answers are the same.
    """
    jpeg = session.scalar(
        select(Photo.covered_jpeg)
        .join(Incident, Incident.id == Photo.incident_id)
        .where(Photo.id == number, Photo.published_at.is_not(None), public)
    )
    if jpeg is None:
        raise because(NotFound, "no_photo_number", [number], photo=number)
    return jpeg


def first_published(session: Session, numbers: list[int]) -> dict[int, int]:
    """Return the first published photo of each case that has one."""
    rows = session.execute(
        select(Photo.incident_id, func.min(Photo.id))
        .where(Photo.incident_id.in_(numbers), Photo.published_at.is_not(None))
        .group_by(Photo.incident_id)
    )
    return {row[0]: row[1] for row in rows}


def _known(
    session: Session, incident_id: int, digest: bytes, client_photo_id: str | None
) -> Photo | None:
    if client_photo_id:
        first = session.scalar(select(Photo).where(Photo.client_photo_id == client_photo_id))
        if first is not None:
            if (first.incident_id, first.content_hash) != (incident_id, digest):
                raise because(Conflict, "photo_otherwise", [client_photo_id], photo=client_photo_id)
            return first
    same = select(Photo).where(Photo.incident_id == incident_id, Photo.content_hash == digest)
    return session.scalar(same)


def _sensitive(session: Session, incident_id: int) -> bool:
    asked = select(Category.sensitive).join(Incident, Incident.category_id == Category.id)
    return bool(session.scalar(asked.where(Incident.id == incident_id)))
