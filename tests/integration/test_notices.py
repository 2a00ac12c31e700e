"""Notices: who is told, once, over which channel."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.notices.models import Channel, Mailbox, Notice, Webhook
from gridsvc.notices.services import tell

NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)


@pytest.fixture
def desk(session: Session) -> UserAccount:
    made = UserAccount(username="desk", role=Role.STREET_STAFF, password_hash="x")
    session.add(made)
    session.flush()
    return made


def say(session: Session, **changes) -> int:
    told = {"dedupe_key": "k", "topic": "overdue", "params": {}, "incident_id": 7, "now": NOW}
    return tell(session, **{**told, **changes})


def hook(session: Session, prefix: str, **changes) -> Webhook:
    told = {"url": "http://x.test/", "secret": "s", "format": "plain", "topics": ["overdue"]}
    made = Webhook(prefix=prefix, **{**told, **changes})
    session.add(made)
    session.flush()
    return made


def test_an_account_with_a_mailbox_gets_a_row_in_its_inbox_and_a_mail(session, desk):
    assert say(session, user_ids=[desk.id, desk.id]) == 1
    session.add(Mailbox(user_id=desk.id, address="desk@example.org"))
    session.flush()
    assert say(session, user_ids=[desk.id], dedupe_key="other") == 2
    rows = session.execute(select(Notice.channel, Notice.delivered_at).order_by(Notice.id)).all()
    assert rows == [(Channel.INBOX, NOW), (Channel.INBOX, NOW), (Channel.EMAIL, None)]


def test_the_same_cause_is_told_once(session, desk):
    hook(session, "")
    assert say(session, user_ids=[desk.id]) == 2
    assert say(session, user_ids=[desk.id]) == 0


def test_a_webhook_hears_its_own_area_and_topics_alone(session):
    inner, whole = hook(session, "520302"), hook(session, "")
    hook(session, "520303")
    hook(session, "", topics=["closed"])
    hook(session, "", disabled_at=NOW)
    assert say(session, code="520302001001001") == 2
    assert set(session.scalars(select(Notice.webhook_id))) == {inner.id, whole.id}
    assert say(session, code=None, dedupe_key="outside") == 1


def test_a_disabled_account_is_told_nothing(session, desk):
    desk.disabled_at = NOW
    session.flush()
    assert say(session, user_ids=[desk.id]) == 0
    assert say(session) == 0
