"""Reads of accounts."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import AccessToken, AuditEntry, SignInAttempt, UserAccount
from gridsvc.accounts.rules import SIGN_IN_WINDOW


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def find_token(session: Session, token: str, kind: str) -> AccessToken | None:
    """Find a token of a kind, whether or not it is still good; by the unique index on its hash."""
    return session.scalar(
        select(AccessToken).where(
            AccessToken.token_hash == token_hash(token), AccessToken.kind == kind
        )
    )


def find_user(session: Session, username: str) -> UserAccount | None:
    """Find an account by its name, in any case."""
    return session.scalar(select(UserAccount).where(UserAccount.username == username.lower()))


def list_users(session: Session) -> list[UserAccount]:
    """Return every account in order of name."""
    return list(session.scalars(select(UserAccount).order_by(UserAccount.username)))


def failed_tries(
    session: Session, username: str, address: str | None, now: datetime
) -> tuple[int, int]:
    """Count failed sign-ins of the last minutes, for the name and for the address."""
    recent = SignInAttempt.at > now - SIGN_IN_WINDOW
    by_name = select(func.count()).where(recent, SignInAttempt.username == username.lower())
    by_address = select(func.count()).where(recent, SignInAttempt.address == address)
    return session.scalar(by_name) or 0, session.scalar(by_address) or 0


def audit_entries(session: Session, *, before: int | None, limit: int) -> list[AuditEntry]:
    """Return the newest entries of the log, newest first, below an id when given."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.scalars(query))
