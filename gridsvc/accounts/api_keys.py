"""Keys of partners' systems, which report without an account: made once, shown once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import ApiKey
from gridsvc.accounts.queries import token_hash
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, Conflict, NotFound


def issue(session: Session, name: str, prefix: str, now: datetime) -> str:
    """Make a key and return it; it cannot be read again.

    Parameters
    ----------
    name : str
        Of the partner's system: letters, digits, dot, hyphen, underscore.
    prefix : str
        Code of the division in which it may report; empty for the whole installation.

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
    session.add(ApiKey(name=name, key_hash=token_hash(key), prefix=prefix, created_at=now))
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


def every(session: Session) -> list[ApiKey]:
    """Return all keys in order of name, disabled ones too."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def _named(session: Session, name: str) -> ApiKey | None:
    return session.scalar(select(ApiKey).where(ApiKey.name == name))
