"""Writing notices: in the transaction of what they tell of, so that neither comes alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.notices.models import Channel, Mailbox, Notice, Webhook


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
        What the sentence needs, as JSON: names and numbers of places and posts. Never a
        reporter's contact or the free text of a report, since mails leave the house.
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
    told = {"topic": topic, "params": params, "incident_id": incident_id}
    moment = {"created_at": now, "next_try_at": now}
    rows = [
        {**told, **moment, **recipient, "dedupe_key": _key(dedupe_key, recipient)}
        for recipient in (*_users(session, sorted(set(user_ids))), *_hooks(session, topic, code))
    ]
    if not rows:
        return 0
    for row in rows:
        # An inbox needs no carrier: the row is the delivery.
        row["delivered_at"] = now if row["channel"] is Channel.INBOX else None
    query = insert(Notice).values(rows).on_conflict_do_nothing(index_elements=["dedupe_key"])
    return len(session.scalars(query.returning(Notice.id)).all())


def _key(cause: str, recipient: dict[str, Any]) -> str:
    who = recipient["webhook_id"] or recipient["user_id"]
    return f"{cause}|{recipient['channel'].value}|{who}"


def _users(session: Session, user_ids: list[int]) -> list[dict[str, Any]]:
    query = (
        select(UserAccount.id, Mailbox.address)
        .outerjoin(Mailbox, Mailbox.user_id == UserAccount.id)
        .where(UserAccount.id.in_(user_ids), UserAccount.disabled_at.is_(None))
        .order_by(UserAccount.id)
    )
    found: list[dict[str, Any]] = []
    for user_id, address in session.execute(query) if user_ids else ():
        whom = {"user_id": user_id, "webhook_id": None}
        found.append({**whom, "channel": Channel.INBOX, "address": None})
        if address is not None:
            found.append({**whom, "channel": Channel.EMAIL, "address": address})
    return found


def _hooks(session: Session, topic: str, code: str | None) -> list[dict[str, Any]]:
    query = (
        select(Webhook.id)
        .where(
            Webhook.disabled_at.is_(None),
            Webhook.topics.contains([topic]),
            func.starts_with(literal(code or ""), Webhook.prefix),
        )
        .order_by(Webhook.id)
    )
    channel = {"channel": Channel.WEBHOOK, "user_id": None, "address": None}
    return [{**channel, "webhook_id": one} for one in session.scalars(query)]
