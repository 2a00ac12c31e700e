"""Sign-in, sessions and the audit log on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridsvc.accounts import api_keys, expiry, services
from gridsvc.accounts.models import (
    AccessToken,
    ApiKeyUse,
    AuditEntry,
    SignInAttempt,
    UserAccount,
)
from gridsvc.accounts.rules import Role
from gridsvc.errors import BadInput, Conflict, TooMany

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


@pytest.fixture
def street(session: Session) -> UserAccount:
    return services.add_user(
        session,
        username="Street",
        role=Role.STREET_STAFF,
        password=PASSWORD,
        prefixes=["520398001"],
    )


def enter(session: Session, password: str = PASSWORD, at: datetime = NOW, kind: str = "browser"):
    return services.sign_in(
        session, username="street", password=password, address="10.0.0.7", now=at, kind=kind
    )


def test_a_name_is_kept_in_lower_case_and_taken_once(session: Session, street: UserAccount) -> None:
    assert street.username == "street"
    with pytest.raises(Conflict, match="street"):
        services.add_user(
            session, username="STREET", role=Role.ADMIN, password=PASSWORD, prefixes=[]
        )


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "my-street-password"])
def test_a_weak_password_is_refused(session: Session, street: UserAccount, password: str) -> None:
    with pytest.raises(BadInput):
        services.reset_password(session, username="street", password=password)


def test_a_token_recognises_its_account_until_it_has_been_idle(
    session: Session, street: UserAccount
) -> None:
    token, _ = enter(session)
    assert services.recognise(session, token, "browser", NOW + timedelta(minutes=29)) is street
    assert services.recognise(session, token, "browser", NOW + timedelta(minutes=60)) is None


def test_use_keeps_a_session_alive_but_never_beyond_twelve_hours(
    session: Session, street: UserAccount
) -> None:
    token, _ = enter(session)
    for minutes in range(20, 720, 20):
        at = NOW + timedelta(minutes=minutes)
        assert services.recognise(session, token, "browser", at) is street
    assert services.recognise(session, token, "browser", NOW + timedelta(hours=12)) is None


def test_a_browser_token_is_not_a_bearer_token(session: Session, street: UserAccount) -> None:
    token, _ = enter(session)
    assert services.recognise(session, token, "bearer", NOW) is None


def test_a_disabled_account_is_out_at_once(session: Session, street: UserAccount) -> None:
    token, _ = enter(session)
    services.disable_user(session, username="street", now=NOW)
    assert services.recognise(session, token, "browser", NOW) is None
    assert enter(session) is None


def test_a_new_password_ends_every_session(session: Session, street: UserAccount) -> None:
    token, _ = enter(session)
    services.reset_password(session, username="street", password="another-long-phrase")
    assert services.recognise(session, token, "browser", NOW) is None


def test_the_eleventh_try_is_refused_even_with_the_right_password(
    session: Session, street: UserAccount
) -> None:
    for _ in range(10):
        assert enter(session, "wrong-password-here") is None
    with pytest.raises(TooMany):
        enter(session)
    assert enter(session, at=NOW + timedelta(minutes=6)) is not None


def test_signing_out_ends_the_session_on_the_server(session: Session, street: UserAccount) -> None:
    token, _ = enter(session)
    services.sign_out(session, token)
    assert services.recognise(session, token, "browser", NOW) is None


def test_the_token_itself_is_nowhere_in_the_database(session: Session, street: UserAccount) -> None:
    token, _ = enter(session)
    stored = session.execute(text("select token_hash from gridsvc.access_token")).scalar_one()
    assert token.encode() not in bytes(stored)


@pytest.mark.parametrize(
    "statement",
    [
        "update gridsvc.audit_log set action = 'nothing'",
        "delete from gridsvc.audit_log",
        "truncate gridsvc.audit_log",
    ],
)
def test_the_audit_log_is_append_only(
    session: Session, street: UserAccount, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_a_password_kept_at_another_cost_is_kept_anew_at_the_next_sign_in(
    session: Session, street: UserAccount
) -> None:
    street.password_hash = PasswordHasher(2, 1024, 1).hash(PASSWORD)
    assert enter(session, "wrong") is None
    assert "m=1024" in street.password_hash
    assert enter(session) is not None
    assert "m=47104,t=1,p=1" in street.password_hash
    assert enter(session) is not None


def test_what_has_run_out_is_forgotten_and_what_an_audit_asks_for_is_kept(
    session: Session, street: UserAccount
) -> None:
    token, _ = enter(session)
    later, _ = enter(session, at=NOW + timedelta(hours=6))
    enter(session, "wrong password here", at=NOW)
    key = api_keys.issue(session, "partner", prefix="520398", per_minute=5, now=NOW)
    api_keys.spend(session, api_keys.recognise(session, key), NOW)

    def left() -> list[int]:
        tables = (AccessToken, SignInAttempt, ApiKeyUse)
        return [session.scalar(select(func.count()).select_from(one)) for one in tables]

    said = session.scalar(select(func.count()).select_from(AuditEntry))
    assert expiry.forget(session, NOW + timedelta(hours=11)) == 0
    assert expiry.forget(session, NOW + timedelta(hours=13)) == 1
    assert left() == [1, 1, 1]
    assert services.recognise(session, token, "browser", NOW + timedelta(minutes=1)) is None
    at = NOW + timedelta(hours=6, minutes=1)
    assert services.recognise(session, later, "browser", at) == street
    expiry.forget(session, NOW + timedelta(days=183))
    assert left() == [0, 1, 0]
    expiry.forget(session, NOW + timedelta(days=183, seconds=1))
    assert left() == [0, 0, 0]
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == said
