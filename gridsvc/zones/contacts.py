"""Giving zones the post that their households turn to. Nothing here commits."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.errors import RuleViolation
from gridsvc.staffing.rules import Post
from gridsvc.zones.models import ContactZone, ZoneContact
from gridsvc.zones.posts import contact_posts
from gridsvc.zones.queries import lasting, zones_on
from gridsvc.zones.rules import shared_out


def assign(
    session: Session,
    zone: ContactZone,
    post_id: int,
    on: date,
    *,
    by: UserAccount | None,
    now: datetime,
    today: date,
) -> None:
    """Let the households of a zone turn to a post from a day on; the one before ends there.

    Raises
    ------
    RuleViolation
        ``reason`` is ``past_day``, ``not_there`` (the zone does not last on the day) or
        ``foreign_post`` (the post is not of the team that looks after the grid then).
    """
    if on < today:
        raise refused("past_day", f"{on} is over: choose today or a later day.", zone.grid_code)
    session.refresh(zone, with_for_update=True)
    if zone.valid_from > on or (zone.valid_to is not None and zone.valid_to <= on):
        raise refused("not_there", f"The zone is not there on {on}.", zone.grid_code)
    if post_id not in {one.id for one in contact_posts(session, zone.grid_code, on)}:
        said = f"Post {post_id} is not of the team that looks after {zone.grid_code} on {on}."
        raise refused("foreign_post", said, zone.grid_code)
    give(session, zone.id, post_id, on, by, now)


def share_out(
    session: Session, grid_code: str, on: date, *, by: UserAccount | None, now: datetime
) -> int:
    """Give every zone of a grid that has nobody to turn to a held post of its team, evenly.

    Members first; the deputy and the leader only where no member's post is held. Returns how
    many zones got a contact: none where the team has no held post.
    """
    posts = [one for one in contact_posts(session, grid_code, on) if one.held]
    posts = [one for one in posts if one.post is Post.MEMBER] or posts
    waiting = zones_on(session, Scope((grid_code,)), on, without=True)
    loads = {one.id: one.zones for one in posts}
    given = shared_out([one.id for one in waiting], [one.id for one in posts], loads)
    for zone_id, post_id in given.items():
        give(session, zone_id, post_id, on, by, now)
    session.flush()
    return len(given)


def give(
    session: Session, zone_id: int, post_id: int, on: date, by: UserAccount | None, now: datetime
) -> None:
    """Let a zone turn to a post from a day on; what was arranged for that day and later ends."""
    rows = session.scalars(
        select(ZoneContact).where(
            ZoneContact.zone_id == zone_id,
            or_(ZoneContact.valid_to.is_(None), ZoneContact.valid_to > on),
            lasting(ZoneContact),
        )
    ).all()
    if any(one.post_id == post_id and one.valid_from <= on and not one.valid_to for one in rows):
        return
    for one in rows:
        one.valid_to = max(one.valid_from, on)
    session.flush()
    session.add(
        ZoneContact(
            zone_id=zone_id,
            post_id=post_id,
            valid_from=on,
            given_at=now,
            given_by_id=by.id if by else None,
        )
    )


def refused(reason: str, said: str, grid_code: str) -> RuleViolation:
    """Make a refusal with the key by which the edge says it in the reader's language."""
    refusal = RuleViolation(said, [grid_code])
    refusal.reason = reason
    return refusal
