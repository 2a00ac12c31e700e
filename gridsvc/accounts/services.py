"""Use cases of accounts. Everything here flushes; the edge commits."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from gridsvc.accounts import queries
from gridsvc.accounts.models import (
    AccessToken,
    AuditEntry,
    SignInAttempt,
    UserAccount,
    UserScope,
)
from gridsvc.accounts.rules import (
    ABSOLUTE_LIMIT,
    API_TOKEN_LIMIT,
    PHONE_IDLE_LIMIT,
    PHONE_LIMIT,
    SIGN_IN_TRIES,
    SIGN_IN_WINDOW,
    Role,
    password_fault,
    session_alive,
)
from gridsvc.errors import BadInput, Conflict, NotFound, TooMany

#: What a phone's pass begins with, so that it is not looked for among the other tokens.
PASS_MARK = "phone."  # noqa: S105 - a mark, no secret

# OWASP's first choice. The library's own (four lanes, three rounds) costs 0.16 s of both cores a
# sign-in: on a Friday, four of them a second would stop everybody else.
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
# Verified against when the name is unknown, so that both answers take as long.
_nobody = _hasher.hash(secrets.token_hex(16))

# A whole office may sit behind one address.
_ADDRESS_TRIES = 5 * SIGN_IN_TRIES
# The row of a session is written again at most this often.
_SEEN_EVERY = timedelta(minutes=1)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def add_user(
    session: Session,
    *,
    username: str,
    role: Role,
    password: str,
    prefixes: Iterable[str],
    title: str = "",
) -> UserAccount:
    """Make an account with a role and a scope, and record it.

    Raises
    ------
    Conflict
        If the name is taken; BadInput if the password is too weak.
    """
    username = username.lower()
    if queries.find_user(session, username):
        raise Conflict(f"there is an account “{username}” already: choose another name", [username])
    _check_password(password, username)
    user = UserAccount(
        username=username,
        role=role,
        title=title,
        password_hash=hashed(password),
        scopes=[UserScope(prefix=one) for one in sorted(set(prefixes))],
    )
    session.add(user)
    session.flush()
    record(session, None, "user.add", username, {"role": role.value})
    return user


def reset_password(session: Session, *, username: str, password: str) -> UserAccount:
    """Set a new password and end every session of the account."""
    user = _existing(session, username)
    _check_password(password, user.username)
    user.password_hash = hashed(password)
    _end_sessions(session, user)
    record(session, None, "user.reset", user.username)
    return user


def disable_user(session: Session, *, username: str, now: datetime) -> UserAccount:
    """Close an account at once: its sessions and tokens end with it. Safe to call twice."""
    user = _existing(session, username)
    user.disabled_at = user.disabled_at or now
    _end_sessions(session, user)
    record(session, None, "user.disable", user.username)
    return user


def sign_in(
    session: Session,
    *,
    username: str,
    password: str,
    address: str | None,
    now: datetime,
    kind: str = "browser",
) -> tuple[str, AccessToken] | None:
    """Exchange a name and a password for a token, or return ``None`` and remember the failure.

    The caller must commit in both cases: a failure that is rolled back is not counted.

    Raises
    ------
    TooMany
        After ten failures in five minutes for one name, or fifty from one address.
    """
    by_name, by_address = queries.failed_tries(session, username, address, now)
    if by_name >= SIGN_IN_TRIES or by_address >= _ADDRESS_TRIES:
        raise TooMany(
            "too many failed sign-ins: wait five minutes and try again",
            int(SIGN_IN_WINDOW.total_seconds()),
        )
    user = queries.find_user(session, username)
    known = _verifies(user.password_hash if user else _nobody, password)
    if user is None or not known or user.disabled_at is not None:
        session.add(SignInAttempt(username=username.lower()[:80], address=address, at=now))
        session.flush()
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hashed(password)
    limit = ABSOLUTE_LIMIT if kind == "browser" else API_TOKEN_LIMIT
    made = _issue(session, user, kind, secrets.token_urlsafe(32), now, limit)
    record(session, user, "user.sign_in", user.username, {"kind": kind})
    return made


def issue_pass(
    session: Session, user: UserAccount, former: int | None, now: datetime
) -> tuple[str, AccessToken]:
    """Give a phone a pass that does nothing but send what its account reports.

    Parameters
    ----------
    former : int or None
        The pass that this phone had, of whichever account: it ends.
    """
    old = (AccessToken.id == former) | (
        (AccessToken.user_id == user.id) & (AccessToken.expires_at <= now)
    )
    session.execute(delete(AccessToken).where(AccessToken.kind == "phone", old))
    token = PASS_MARK + secrets.token_urlsafe(32)
    made = _issue(session, user, "phone", token, now, PHONE_LIMIT)
    record(session, user, "user.phone_pass", user.username)
    return made


def end_pass(session: Session, number: int | None) -> None:
    """End the pass of a phone; an unknown one is no fault."""
    session.execute(
        delete(AccessToken).where(AccessToken.id == number, AccessToken.kind == "phone")
    )


def issue_bearer(
    session: Session, username: str, password: str, address: str | None, now: datetime
) -> tuple[str, datetime] | None:
    """Exchange a name and a password for a bearer token of the interface and its end."""
    signed_in = sign_in(
        session, username=username, password=password, address=address, now=now, kind="bearer"
    )
    return None if signed_in is None else (signed_in[0], signed_in[1].expires_at)


def recognise(session: Session, token: str, kind: str, now: datetime) -> UserAccount | None:
    """Return the account that a token stands for, if it is still good.

    A browser's token ends after 30 idle minutes, a phone's pass after 12 idle hours or when its
    account answers for no area any more; every token ends with its account.
    """
    entry = queries.find_token(session, token, kind)
    if entry is None or entry.user.disabled_at is not None or now >= entry.expires_at:
        return None
    if kind == "browser" and not session_alive(
        created_at=entry.created_at, seen_at=entry.seen_at, now=now
    ):
        return None
    if kind == "phone" and (
        now - entry.seen_at > PHONE_IDLE_LIMIT or not entry.user.scope.prefixes
    ):
        return None
    if now - entry.seen_at > _SEEN_EVERY:
        entry.seen_at = now
    return entry.user


def sign_out(session: Session, token: str) -> None:
    """End the session of a token; an unknown one is no fault."""
    session.execute(delete(AccessToken).where(AccessToken.token_hash == queries.token_hash(token)))


def record(
    session: Session,
    user: UserAccount | None,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Append a line to the audit log, in the transaction of what it tells of."""
    session.add(
        AuditEntry(
            user_id=user.id if user else None,
            action=action,
            subject=subject,
            detail=detail or {},
            request_id=request_id,
        )
    )
    session.flush()


def _issue(
    session: Session, user: UserAccount, kind: str, token: str, now: datetime, limit: timedelta
) -> tuple[str, AccessToken]:
    entry = AccessToken(
        token_hash=queries.token_hash(token),
        user=user,
        kind=kind,
        created_at=now,
        seen_at=now,
        expires_at=now + limit,
    )
    session.add(entry)
    session.flush()
    return token, entry


def _existing(session: Session, username: str) -> UserAccount:
    user = queries.find_user(session, username)
    if user is None:
        raise NotFound(f"there is no account “{username}”", [username])
    return user


def _check_password(password: str, username: str) -> None:
    fault = password_fault(password, username)
    if fault:
        raise BadInput(fault, ["password"])


def _verifies(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerificationError:
        return False


def _end_sessions(session: Session, user: UserAccount) -> None:
    session.execute(delete(AccessToken).where(AccessToken.user_id == user.id))
    session.flush()
