"""Keys of partners' systems, which report without an account: made once, shown once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import ApiKey, ApiKeyUse
from gridsvc.accounts.queries import token_hash
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, Conflict, NotFound, TooMany

#: A busy partner's morning; reading lists counts as well as reporting.
PER_MINUTE = 60
_KEPT = timedelta(hours=1)


def issue(
    session: Session, name: str, prefix: str, now: datetime, per_minute: int = PER_MINUTE
) -> str:
    """Make a key and return it; it cannot be read again.

    Parameters
    ----------
    name : str
        Of the partner's system: letters, digits, dot, hyphen, underscore.
    prefix : str
        Code of the division in which it may report; empty for the whole installation.
    per_minute : int
        How often it may be used in a minute.

    Raises
    ------
    BadInput
        The name or the prefix is none.
    Conflict
        The name is taken, also by a key that was disabled.
    """
    if not re.fullmatch(r"[a-z0-9._-]{2,40}", name):
        raise BadInput(f"{name!r} is no name: 2 to 40 of a-z, 0-9, dot, hyphen, underscore.")
    if not re.fullmatch(r"[0-9]{0,12}", prefix):
        raise BadInput(f"{prefix!r} is no code of a division: it has up to 12 digits.")
    if _named(session, name) is not None:
        raise Conflict(f"There is a key called {name} already: choose another name.", [name])
    key = secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name,
            key_hash=token_hash(key),
            prefix=prefix,
            created_at=now,
            per_minute=per_minute,
        )
    )
    record(session, None, "api_key.add", name, {"prefix": prefix})
    return key


def disable(session: Session, name: str, now: datetime) -> None:
    """End a key at once; safe to call twice.

    Raises
    ------
    NotFound
        There is no key of that name.
    """
    key = _named(session, name)
    if key is None:
        raise NotFound(f"There is no key called {name}.", [name])
    key.disabled_at = key.disabled_at or now
    record(session, None, "api_key.disable", name)


def recognise(session: Session, key: str) -> ApiKey | None:
    """Return what a key stands for, if it is still good."""
    good = ApiKey.disabled_at.is_(None)
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == token_hash(key), good))


def spend(session: Session, key: ApiKey, now: datetime) -> None:
    """Count one use of a key; the caller commits at once, or a refused request is not counted.

    Counted in the database, in minutes of the clock, so that all processes share the limit.

    Raises
    ------
    TooMany
        The key was used as often as it may be in this minute.
    """
    minute = now.replace(second=0, microsecond=0)
    use = insert(ApiKeyUse).values(api_key_id=key.id, minute=minute, count=1)
    one_more = use.on_conflict_do_update(
        index_elements=["api_key_id", "minute"],
        set_={"count": ApiKeyUse.count + 1},
    )
    count = session.scalar(one_more.returning(ApiKeyUse.count)) or 1
    if count == 1:
        old = ApiKeyUse.minute < minute - _KEPT
        session.execute(delete(ApiKeyUse).where(ApiKeyUse.api_key_id == key.id, old))
    if count > key.per_minute:
        left = (minute + timedelta(minutes=1) - now).total_seconds()
        raise TooMany(
            f"This api_key may be used {key.per_minute} times a minute: try again later.",
            max(1, ceil(left)),
        )


def every(session: Session) -> list[ApiKey]:
    """Return all keys in order of name, disabled ones too."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def _named(session: Session, name: str) -> ApiKey | None:
    return session.scalar(select(ApiKey).where(ApiKey.name == name))
