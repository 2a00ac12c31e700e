"""Reads of notices: what waits for a carrier, what an inbox holds, how a webhook fares."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridsvc.notices.models import Channel, Notice, NoticeDelivery, Webhook


def next_due(session: Session, away: Collection[int | None], now: datetime) -> Notice | None:
    """Lock and return the notice that waits longest, passing over what another worker holds.

    ``away`` are webhooks, and ``None`` for the mail server, that are not asked in this round.
    Served by ``ix_notice_waiting``.
    """
    query = select(Notice).where(
        Notice.delivered_at.is_(None), Notice.given_up_at.is_(None), Notice.next_try_at <= now
    )
    for one in away:
        query = query.where(Notice.webhook_id.is_distinct_from(one))
    first = query.order_by(Notice.next_try_at, Notice.id).limit(1)
    return session.scalar(first.with_for_update(skip_locked=True))


def inbox(session: Session, user_id: int, *, before: int | None, limit: int) -> list[Notice]:
    """Return an account's notices, newest first, below an id when given."""
    query = select(Notice).where(Notice.user_id == user_id, Notice.channel == Channel.INBOX)
    if before is not None:
        query = query.where(Notice.id < before)
    return list(session.scalars(query.order_by(Notice.id.desc()).limit(limit)))


def unread(session: Session, user_id: int) -> int:
    """Count what an account has not read yet."""
    query = select(func.count()).where(
        Notice.user_id == user_id, Notice.channel == Channel.INBOX, Notice.read_at.is_(None)
    )
    return session.scalar(query) or 0


@dataclass(frozen=True)
class Standing:
    """A webhook, how many of its notices wait or were given up, and what it answered last."""

    hook: Webhook
    waiting: int
    given_up: int
    last: str | None

    @property
    def host(self) -> str:
        """The receiver's machine: the rest of an address may hold a key."""
        return urlsplit(self.hook.url).hostname or ""


@dataclass(frozen=True)
class Mails:
    """How many mails wait or were given up, and what the mail server said last."""

    waiting: int
    given_up: int
    last: str | None


@dataclass(frozen=True)
class Undelivered:
    """A notice that was given up, and what its last try was answered."""

    notice: Notice
    last: str | None


def mails(session: Session) -> Mails:
    """Return how the mails fare."""
    return Mails(*_fare(session, Notice.channel == Channel.EMAIL))


def given_up(session: Session, *, limit: int) -> list[Undelivered]:
    """Return the notices that were given up, the latest first, by ``ix_notice_given_up``."""
    tried = NoticeDelivery
    last = (
        select(tried.detail)
        .where(tried.notice_id == Notice.id)
        .order_by(tried.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Notice, last).where(Notice.given_up_at.is_not(None))
    rows = session.execute(query.order_by(Notice.given_up_at.desc(), Notice.id.desc()).limit(limit))
    return [Undelivered(notice, answer) for notice, answer in rows]


def webhooks(session: Session) -> list[Standing]:
    """Return every webhook with how it fares, in the order of their numbers."""
    return [
        _standing(session, one) for one in session.scalars(select(Webhook).order_by(Webhook.id))
    ]


def _standing(session: Session, hook: Webhook) -> Standing:
    return Standing(hook, *_fare(session, Notice.webhook_id == hook.id))


def _fare(session: Session, own: ColumnElement[bool]) -> tuple[int, int, str | None]:
    given_up = func.count().filter(Notice.given_up_at.is_not(None))
    waiting = func.count().filter(Notice.given_up_at.is_(None), Notice.delivered_at.is_(None))
    counts = session.execute(select(waiting, given_up).where(own)).one()
    last = session.scalar(
        select(NoticeDelivery.detail)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(own)
        .order_by(NoticeDelivery.id.desc())
        .limit(1)
    )
    return counts[0], counts[1], last
