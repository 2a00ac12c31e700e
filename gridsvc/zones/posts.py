"""Reads of the posts that the households of a grid can turn to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from gridsvc.grids.queries import valid_on
from gridsvc.staffing.models import PostHolding, TeamAssignment, TeamPost
from gridsvc.staffing.rules import Post, Source
from gridsvc.zones.models import ContactZone, ZoneContact


@dataclass(frozen=True)
class ContactPost:
    """A post of the team of a grid that can be a contact, and how many zones it has."""

    id: int
    post: Post
    source: Source
    held: bool
    zones: int


def contact_posts(session: Session, grid_code: str, on: date) -> list[ContactPost]:
    """List the posts of the team that looks after a grid on a day: members, deputy, leader."""
    zones = (
        select(func.count())
        .select_from(ZoneContact)
        .join(ContactZone, ContactZone.id == ZoneContact.zone_id)
        .where(
            ZoneContact.post_id == TeamPost.id,
            ContactZone.grid_code == grid_code,
            valid_on(ZoneContact, on),
            valid_on(ContactZone, on),
        )
        .scalar_subquery()
    )
    rank = case({Post.MEMBER: 0, Post.DEPUTY: 1}, value=TeamPost.post, else_=2)
    rows = session.execute(
        select(TeamPost.id, TeamPost.post, TeamPost.source, PostHolding.id.is_not(None), zones)
        .join(TeamAssignment, TeamAssignment.team_id == TeamPost.team_id)
        .outerjoin(PostHolding, and_(PostHolding.post_id == TeamPost.id, valid_on(PostHolding, on)))
        .where(
            TeamAssignment.grid_code == grid_code,
            valid_on(TeamAssignment, on),
            valid_on(TeamPost, on),
        )
        .order_by(rank, TeamPost.id)
    )
    return [ContactPost(*row) for row in rows]
