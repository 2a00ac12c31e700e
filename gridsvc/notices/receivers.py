"""Who is called and mailed: kept by an administrator on the command line, never by a page.

That no request can add or change an address is the guard against being made to call inner
machines for somebody else.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.orm import Session

from gridsvc.errors import BadInput, NotFound
from gridsvc.notices.models import Channel, Mailbox, Notice, Webhook, WebhookFormat
from gridsvc.notices.rules import TOPICS, address_fault


def add_webhook(
    session: Session,
    *,
    url: str,
    prefix: str,
    format: WebhookFormat,
    topics: list[str],
    secret: str | None = None,
) -> Webhook:
    """Add an address to call, with the receiver's secret or a new one of 256 bits.

    Raises
    ------
    BadInput
        The address, the prefix or a topic cannot be used.
    """
    fault = address_fault(url)
    if fault is not None:
        raise BadInput(f"The webhook's address cannot be used: {fault}.", ["url"])
    if not re.fullmatch(r"[0-9]{0,15}", prefix):
        raise BadInput(f"“{prefix}” is no division or grid code.", ["prefix"])
    unknown = sorted(set(topics) - set(TOPICS))
    if unknown or not topics:
        told = ", ".join(unknown) or "nothing"
        raise BadInput(f"{told}: topics are {', '.join(TOPICS)}.", ["topics"])
    hook = Webhook(
        prefix=prefix,
        url=url,
        secret=secret or secrets.token_hex(32),
        format=format,
        topics=topics,
    )
    session.add(hook)
    session.flush()
    return hook


def disable_webhook(session: Session, webhook_id: int, now: datetime) -> None:
    """Stop calling an address; what still waits for it is given up. Safe to call twice.

    Raises
    ------
    NotFound
        There is no such webhook.
    """
    hook = session.get(Webhook, webhook_id)
    if hook is None:
        raise NotFound(f"There is no webhook {webhook_id}.", [webhook_id])
    hook.disabled_at = hook.disabled_at or now
    waits = Notice.delivered_at.is_(None) & Notice.given_up_at.is_(None)
    session.execute(
        update(Notice).where(Notice.webhook_id == webhook_id, waits).values(given_up_at=now)
    )


def set_mailbox(session: Session, user_id: int, address: str | None) -> None:
    """Set where an account's notices are mailed to as well, or nowhere.

    Raises
    ------
    BadInput
        It is no mail address.
    """
    session.execute(delete(Mailbox).where(Mailbox.user_id == user_id))
    if address is None:
        return
    if not re.fullmatch(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)*", address, re.ASCII):
        raise BadInput(f"“{address}” is no mail address.", ["address"])
    session.add(Mailbox(user_id=user_id, address=address))
    session.flush()


def replay(
    session: Session, now: datetime, *, webhook_id: int | None, since: datetime | None
) -> int:
    """Send notices of a webhook, or of all mailboxes for ``None``, once more.

    Those that were given up; from ``since`` on also those that were delivered. The record of
    earlier tries stays.

    Returns
    -------
    int
        Notices that wait again.

    Raises
    ------
    NotFound
        There is no such webhook, or it is disabled.
    """
    if webhook_id is not None:
        hook = session.get(Webhook, webhook_id)
        if hook is None or hook.disabled_at is not None:
            raise NotFound(f"There is no webhook {webhook_id} in use.", [webhook_id])
    given_up = Notice.given_up_at.is_not(None)
    delivered = Notice.delivered_at.is_not(None)
    chosen = or_(given_up, and_(delivered, Notice.created_at >= since)) if since else given_up
    channel = Channel.EMAIL if webhook_id is None else Channel.WEBHOOK
    again = {"given_up_at": None, "delivered_at": None, "tries": 0, "next_try_at": now}
    query = (
        update(Notice)
        .where(
            Notice.channel == channel, Notice.webhook_id.is_not_distinct_from(webhook_id), chosen
        )
        .values(again)
        .returning(Notice.id)
    )
    return len(session.scalars(query).all())
