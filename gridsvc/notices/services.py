"""Writing notices and delivering them.

A notice is written in the transaction of what it tells of, so that neither comes alone; it is
carried later, by whichever worker finds it due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.notices import carriers, letters
from gridsvc.notices.models import Channel, Mailbox, Notice, NoticeDelivery, Webhook
from gridsvc.notices.queries import next_due
from gridsvc.notices.rules import WAITS, next_try
from gridsvc.settings import Settings


def tell(
    session: Session,
    *,
    dedupe_key: str,
    topic: str,
    params: dict[str, Any],
    incident_id: int | None,
    user_ids: Iterable[int] = (),
    code: str | None = None,
    now: datetime,
) -> int:
    """Tell accounts, and the webhooks of an area, of something; flushed, not committed.

    Every account gets a row in its inbox, and a mail when it has a mailbox; every webhook whose
    prefix holds ``code`` and whose topics name ``topic`` gets a call. Disabled accounts and
    webhooks hear nothing.

    Parameters
    ----------
    dedupe_key : str
        Names the cause. The same cause, however often it is worked through and by however many
        workers at once, makes one notice for a recipient and channel.
    topic : str
        One of `gridsvc.notices.rules.TOPICS`.
    params : dict
        What the sentence needs, as JSON: ``category``, ``category_en``, ``grid``, ``grid_en``
        (names) and ``due_at`` (ISO, in the office's time), each optional; others go to webhooks
        alone. Never a reporter's contact or the text of a report, since mails leave the house.
    incident_id : int or None
        The case.
    user_ids : iterable of int
        Accounts.
    code : str, optional
        Grid or division code of the case; without it only webhooks of the whole installation hear.
    now : datetime
        Aware.

    Returns
    -------
    int
        Notices written; 0 when all were there already.
    """
    users = tuple(user_ids)
    one = Telling(dedupe_key, topic, params, incident_id, users, code)
    return tell_all(session, [one], now)[dedupe_key]


@dataclass(frozen=True)
class Telling:
    """One cause to tell of, as the parameters of `tell`."""

    dedupe_key: str
    topic: str
    params: dict[str, Any]
    incident_id: int | None
    user_ids: tuple[int, ...] = ()
    code: str | None = None


def tell_all(session: Session, tellings: Sequence[Telling], now: datetime) -> dict[str, int]:
    """Tell of many causes in three statements; gives the notices written for each cause's key."""
    users = _users(session, sorted({who for one in tellings for who in one.user_ids}))
    hooks = session.scalars(select(Webhook).where(Webhook.disabled_at.is_(None)))
    every_hook = sorted(hooks, key=lambda hook: hook.id)
    rows, causes = [], {}
    for one in tellings:
        told = {"topic": one.topic, "params": one.params, "incident_id": one.incident_id}
        for recipient in (*_of(one, users), *_hooked(one, every_hook)):
            key = _key(one.dedupe_key, recipient)
            causes[key] = one.dedupe_key
            # An inbox needs no carrier: the row is the delivery.
            delivered = now if recipient["channel"] is Channel.INBOX else None
            moment = {"created_at": now, "next_try_at": now, "delivered_at": delivered}
            rows.append({**told, **moment, **recipient, "dedupe_key": key})
    written = dict.fromkeys((one.dedupe_key for one in tellings), 0)
    if rows:
        query = insert(Notice).values(rows).on_conflict_do_nothing(index_elements=["dedupe_key"])
        for key in session.scalars(query.returning(Notice.dedupe_key)):
            written[causes[key]] += 1
    return written


def deliver_due(session_factory: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """Carry every mail and call that is due; any number of workers may do so at once.

    A try is counted and the next one set before anybody is called, in a transaction of its own
    that passes over what another worker holds. So a worker that dies on the way costs a wait,
    not a notice; its receiver may then hear the same notice again, with the same id. Once a
    receiver cannot be reached, its other notices wait for the next round.

    Returns
    -------
    int
        Notices delivered.
    """
    delivered = 0
    away: set[int | None] = set()
    while True:
        with session_factory.begin() as session:
            notice = next_due(session, away, now)
            if notice is None:
                return delivered
            notice.tries += 1
            notice.next_try_at = next_try(notice.tries, now) or now + WAITS[-1]
        ok, detail, reached = _carry(session_factory, notice, settings, now)
        delivered += ok
        if not reached:
            away.add(notice.webhook_id)
        with session_factory.begin() as session:
            _record(session, notice, ok, detail, now)


def mark_read(session: Session, user_id: int, now: datetime, up_to: int) -> int:
    """Mark the notices of an inbox as read, up to an id, so that none unseen is swallowed."""
    query = (
        update(Notice)
        .where(
            Notice.user_id == user_id,
            Notice.channel == Channel.INBOX,
            Notice.read_at.is_(None),
            Notice.id <= up_to,
        )
        .values(read_at=now)
        .returning(Notice.id)
    )
    return len(session.scalars(query).all())


def _carry(
    session_factory: sessionmaker[Session], notice: Notice, settings: Settings, now: datetime
) -> tuple[bool, str, bool]:
    """Return whether it arrived, what was answered, and whether anybody was there."""
    with session_factory() as session:
        hook = session.get(Webhook, notice.webhook_id) if notice.webhook_id else None
        user = session.get(UserAccount, notice.user_id) if notice.user_id else None
    try:
        if hook is not None:
            called = letters.call(notice, hook, settings.language, settings.public_url, now)
            return True, carriers.post(called, hook.format), True
        if settings.smtp_url is None or settings.mail_from is None:
            return False, "GRIDSVC_SMTP_URL is not set", False
        language = (user.language if user else None) or settings.language
        letter = letters.mail(notice, settings.mail_from, language, settings.public_url, now)
        return True, carriers.send(letter, settings.smtp_url), True
    except carriers.Undelivered as refused:
        return False, str(refused), refused.reached


def _record(session: Session, notice: Notice, ok: bool, detail: str, now: datetime) -> None:
    session.add(NoticeDelivery(notice_id=notice.id, at=now, ok=ok, detail=detail))
    if ok:
        end = {"delivered_at": now}
    elif next_try(notice.tries, now) is None:
        end = {"given_up_at": now}
    else:
        return
    session.execute(update(Notice).where(Notice.id == notice.id).values(end))


def _key(cause: str, recipient: dict[str, Any]) -> str:
    who = recipient["webhook_id"] or recipient["user_id"]
    return f"{cause}|{recipient['channel'].value}|{who}"


def _users(session: Session, user_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(UserAccount.id, Mailbox.address)
        .outerjoin(Mailbox, Mailbox.user_id == UserAccount.id)
        .where(UserAccount.id.in_(user_ids), UserAccount.disabled_at.is_(None))
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for user_id, address in session.execute(query) if user_ids else ():
        whom = {"user_id": user_id, "webhook_id": None}
        found[user_id] = [{**whom, "channel": Channel.INBOX, "address": None}]
        if address is not None:
            found[user_id].append({**whom, "channel": Channel.EMAIL, "address": address})
    return found


def _of(one: Telling, users: dict[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [ways for who in sorted(set(one.user_ids)) for ways in users.get(who, [])]


def _hooked(one: Telling, hooks: Iterable[Webhook]) -> list[dict[str, Any]]:
    channel = {"channel": Channel.WEBHOOK, "user_id": None, "address": None}
    return [
        {**channel, "webhook_id": hook.id}
        for hook in hooks
        if one.topic in hook.topics and (one.code or "").startswith(hook.prefix)
    ]
