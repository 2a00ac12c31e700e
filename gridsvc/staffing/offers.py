"""Vacant posts that are offered: claimed by one account, confirmed or declined by the community."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.grids.queries import below, valid_on
from gridsvc.staffing.models import PostHolding, PostOffer, Team, TeamAssignment, TeamPost
from gridsvc.staffing.rules import Decision, Post, Source, term_end
from gridsvc.staffing.vacancies import vacancies


@dataclass(frozen=True)
class Offer:
    """An open offer; ``place`` is the team's first grid, else its division."""

    id: int
    post_id: int
    place: str
    name: str
    name_en: str | None
    post: Post
    source: Source
    offered_at: datetime
    claimed_by_id: int | None
    claimed_by: str | None


def neighbourhood(scope: Scope) -> Scope:
    """Return where an account may claim: the communities that its grids lie in, and its area."""
    return Scope(tuple(prefix[:12] for prefix in scope.prefixes))


def open_offers(session: Session, scope: Scope, on: date) -> list[Offer]:
    """List the offers of a scope that nobody has decided, those that wait for a word first."""
    place = _place(on)
    who = func.coalesce(func.nullif(UserAccount.title, ""), UserAccount.username)
    rows = session.execute(
        select(PostOffer.id, TeamPost.id, place, Team.name, Team.name_en, TeamPost.post)
        .add_columns(TeamPost.source, PostOffer.offered_at, PostOffer.claimed_by_id, who)
        .join(TeamPost, TeamPost.id == PostOffer.post_id)
        .join(Team, Team.id == TeamPost.team_id)
        .outerjoin(UserAccount, UserAccount.id == PostOffer.claimed_by_id)
        .where(PostOffer.decided_at.is_(None), below(place, scope))
        .order_by(PostOffer.claimed_at, PostOffer.id)
    )
    return [Offer(*row) for row in rows]


def offer(session: Session, post_id: int, by: UserAccount, now: datetime, today: date) -> None:
    """Offer a vacant post of the account's area; offering it twice changes nothing.

    Raises
    ------
    NotFound
        The post is not vacant, or not in the area.
    """
    if not any(one.post_id == post_id for one in vacancies(session, by.scope, today)):
        raise NotFound("The post is not vacant, or not in your area.", [post_id])
    row = {"post_id": post_id, "offered_by_id": by.id, "offered_at": now}
    session.execute(insert(PostOffer).values(row).on_conflict_do_nothing())


def claim(session: Session, number: int, by: UserAccount, now: datetime, today: date) -> None:
    """Claim an offered post; of any number of accounts at once one gets it.

    Raises
    ------
    NotFound
        There is no such offer in the account's neighbourhood.
    Conflict
        Somebody was first, or the offer is decided.
    """
    _find(session, number, neighbourhood(by.scope), today)
    free = and_(PostOffer.claimed_at.is_(None), PostOffer.decided_at.is_(None))
    query = update(PostOffer).where(PostOffer.id == number, free)
    won = session.scalar(query.values(claimed_by_id=by.id, claimed_at=now).returning(PostOffer.id))
    if won is None:
        raise Conflict("Somebody else has claimed this post.", [number])


def decide(
    session: Session, number: int, decision: Decision, by: UserAccount, now: datetime, today: date
) -> None:
    """Confirm a claim, decline it, or withdraw the offer; who is confirmed holds it for a term.

    Raises
    ------
    NotFound
        There is no such offer in the account's area.
    Conflict
        It is decided already, or there is no claim to confirm or decline.
    RuleViolation
        The claim is the account's own, or the post is held by now.
    """
    _find(session, number, by.scope, today)
    made = session.get_one(PostOffer, number, with_for_update=True, populate_existing=True)
    claimed = made.claimed_at is not None
    if made.decided_at is not None or (decision is not Decision.WITHDRAWN and not claimed):
        raise Conflict("This offer was decided, or nobody has claimed it.", [number])
    if decision is Decision.CONFIRMED:
        if made.claimed_by_id == by.id:
            raise RuleViolation("Somebody else must confirm your own claim.", [number])
        _hold(session, made, today)
    made.decided_by_id, made.decided_at, made.decision = by.id, now, decision
    session.flush()


def _hold(session: Session, made: PostOffer, today: date) -> None:
    later = or_(PostHolding.valid_to.is_(None), PostHolding.valid_to > today)
    held = select(PostHolding.id).where(PostHolding.post_id == made.post_id, later)
    # Two offers of one post cannot be open, but a sheet or another desk may have filled it.
    session.execute(select(TeamPost.id).where(TeamPost.id == made.post_id).with_for_update()).one()
    if session.scalar(held.limit(1)) is not None:
        raise RuleViolation("The post is held by now: withdraw the offer.", [made.id])
    session.add(
        PostHolding(
            post_id=made.post_id,
            user_id=made.claimed_by_id,
            valid_from=today,
            valid_to=term_end(today),
        )
    )


def _find(session: Session, number: int, scope: Scope, today: date) -> None:
    query = (
        select(PostOffer.id)
        .join(TeamPost, TeamPost.id == PostOffer.post_id)
        .join(Team, Team.id == TeamPost.team_id)
        .where(PostOffer.id == number, below(_place(today), scope))
    )
    if session.scalar(query) is None:
        raise NotFound("There is no such offer in your area.", [number])


def _place(on: date) -> ColumnElement[str]:
    first = (
        select(func.min(TeamAssignment.grid_code))
        .where(TeamAssignment.team_id == Team.id, valid_on(TeamAssignment, on))
        .scalar_subquery()
    )
    return func.coalesce(first, Team.division_code)
