"""What has run out is forgotten: tokens, old failed sign-ins, counts of keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from gridsvc.accounts.models import AccessToken, ApiKeyUse, SignInAttempt

#: A failed sign-in stands in no other log: Cybersecurity Law, Art. 23, asks for six months.
ATTEMPTS_KEPT = timedelta(days=183)
#: A key's limit counts within a minute.
USES_KEPT = timedelta(days=1)


def forget(session: Session, now: datetime) -> int:
    """Delete what no request and no audit asks for any more, and count the rows.

    That somebody signed in, and when, stays in the audit log. Safe to call again, and beside
    another worker.
    """
    over = (
        delete(AccessToken).where(AccessToken.expires_at <= now),
        delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS_KEPT),
        delete(ApiKeyUse).where(ApiKeyUse.minute < now - USES_KEPT),
    )
    return sum(_count(session.execute(one)) for one in over)


def _count(result: object) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount
