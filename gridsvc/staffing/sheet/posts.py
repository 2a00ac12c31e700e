"""Posts that a sheet asks for: so many of a kind and source in a team, on offer or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.staffing.models import PostHolding, PostOffer, Team, TeamPost
from gridsvc.staffing.rules import Post, Source
from gridsvc.staffing.sheet.judged import Judged, Line

#: The columns that speak of posts; a grid may have several rows that differ in these alone.
POST_FIELDS = frozenset({"post", "source", "posts", "offered"})


@dataclass(frozen=True)
class PostWish:
    """That a team has at least so many posts of a kind and source from a day on."""

    team: str
    post: Post
    source: Source
    posts: int
    offered: bool
    valid_from: date


def judge_posts(judged: Judged, session: Session, today: date) -> None:
    """Say of each line what is wrong with the posts that it asks for.

    A team has one leader and one deputy; two rows about the same posts must say the same; posts
    that are to be claimed must be there today.
    """
    seen: dict[tuple[str, Post, Source], tuple[int, PostWish]] = {}
    first = _firsts(judged, session)
    for line in judged.lines:
        if not line.values.keys() & POST_FIELDS:
            continue
        wish = wish_of(line)
        if wish is None:
            _incomplete(line)
            continue
        row, before = seen.setdefault((wish.team, wish.post, wish.source), (line.number, wish))
        if before != wish:
            line.wrong("post", "post_differs", row=row)
        if wish.offered and wish.valid_from > today:
            line.wrong("offered", "offered_later", day=today)
        if wish.post in (Post.LEADER, Post.DEPUTY):
            other = first.setdefault((wish.team, wish.post), wish.source)
            if wish.posts > 1 or other is not wish.source:
                line.wrong("post", "only_one", text=wish.team)


def wish_of(line: Line) -> PostWish | None:
    """Return what a line asks for, ``None`` where it says too little."""
    values = line.values
    if not {"team", "post", "source", "valid_from"} <= values.keys():
        return None
    return PostWish(
        values["team"],
        values["post"],
        values["source"],
        values.get("posts", 1),
        values.get("offered", False),
        values["valid_from"],
    )


def _incomplete(line: Line) -> None:
    told = {one.field for one in line.faults}
    for name in ("team", "post", "source"):
        if name not in line.values and name not in told:
            line.wrong(name, "post_incomplete")


def _firsts(judged: Judged, session: Session) -> dict[tuple[str, Post], Source]:
    """Return where the leader and deputy of each team that is there come from."""
    rows = session.execute(
        select(Team.code, TeamPost.post, TeamPost.source)
        .join(TeamPost, TeamPost.team_id == Team.id)
        .where(
            Team.code.in_(set(judged.teams) - judged.made),
            TeamPost.post.in_([Post.LEADER, Post.DEPUTY]),
            TeamPost.valid_to.is_(None),
        )
    )
    return {(code, post): source for code, post, source in rows}


def load_posts(
    session: Session, judged: Judged, by: UserAccount, now: datetime, today: date
) -> tuple[int, int]:
    """Add the posts that are missing, and offer the vacant ones; teams must have been written.

    Posts that a team has already count, whenever they began: loading twice adds nothing. Nothing
    is taken away.

    Returns
    -------
    tuple of int
        Posts added, and posts that are on offer now and were not before.
    """
    wishes = {wish for line in judged.lines if (wish := wish_of(line)) is not None}
    added, offered = 0, 0
    for wish in sorted(wishes, key=lambda one: (one.team, one.post, one.source)):
        posts = _posts(session, judged.teams[wish.team].id, wish)
        new = [
            TeamPost(
                team_id=judged.teams[wish.team].id,
                post=wish.post,
                source=wish.source,
                valid_from=wish.valid_from,
            )
            for _ in range(wish.posts - len(posts))
        ]
        session.add_all(new)
        session.flush()
        added += len(new)
        if wish.offered:
            offered += _offer(session, [*posts, *(one.id for one in new)], by, now, today)
    return added, offered


def _posts(session: Session, team_id: int, wish: PostWish) -> list[int]:
    lasting = or_(TeamPost.valid_to.is_(None), TeamPost.valid_to > wish.valid_from)
    query = select(TeamPost.id).where(
        TeamPost.team_id == team_id,
        TeamPost.post == wish.post,
        TeamPost.source == wish.source,
        lasting,
    )
    return list(session.scalars(query.order_by(TeamPost.id)))


def _offer(session: Session, posts: list[int], by: UserAccount, now: datetime, today: date) -> int:
    """Offer those of the posts that nobody holds today or later; those on offer stay so."""
    later = or_(PostHolding.valid_to.is_(None), PostHolding.valid_to > today)
    held = set(
        session.scalars(select(PostHolding.post_id).where(PostHolding.post_id.in_(posts), later))
    )
    rows = [
        {"post_id": post, "offered_by_id": by.id, "offered_at": now}
        for post in posts
        if post not in held
    ]
    if not rows:
        return 0
    query = insert(PostOffer).values(rows).on_conflict_do_nothing().returning(PostOffer.id)
    return len(session.scalars(query).all())
