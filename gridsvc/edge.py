"""What the two edges, ``api`` and ``web``, share: the session, the user and the clock of a request.

The edge opens and commits; a request that changes nothing is rolled back at its end.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, date, datetime
from ipaddress import ip_address, ip_network
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts import services
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope, Sight, simplest
from gridsvc.accounts.rules import sight as work_out_sight
from gridsvc.grids.models import Division
from gridsvc.settings import Settings


def settings() -> Settings:
    """Return the settings of the running service."""
    return cast(Settings, current_app.extensions["gridsvc.settings"])


def session() -> Session:
    """Return the database session of this request, opened at the first call."""
    if "db" not in g:
        factory = cast("sessionmaker[Session]", current_app.extensions["gridsvc.sessions"])
        g.db = factory()
    return cast(Session, g.db)


def now() -> datetime:
    """Return the instant of this request, aware UTC: the same one wherever it is asked."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return cast(datetime, g.now)


def today() -> date:
    """Return the date of this request in the office's time zone."""
    return now().astimezone(ZoneInfo(settings().time_zone)).date()


def request_id() -> str:
    """Return the id under which this request is found in logs and in problem documents."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return cast(str, g.request_id)


def nonce() -> str:
    """Return the nonce of this answer's content security policy."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return cast(str, g.nonce)


def address() -> str | None:
    """Return the network address that failed sign-ins are counted for.

    Of IPv6 the first 64 bits: whoever has one such address has them all (RFC 6177). ``None`` where
    a proxy hands on something that is no address.
    """
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return str(found if found.version == 4 else ip_network((found.packed, 64), strict=False))


def bearer() -> str | None:
    """Return the bearer token that came with this request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def user() -> UserAccount | None:
    """Return the account of this request; a bearer token outranks the browser's session."""
    if "user" not in g:
        token = bearer()
        if token is not None:
            g.user = services.recognise(session(), token, _kind(), now())
        elif "token" in cookie:
            g.user = services.recognise(session(), cookie["token"], "browser", now())
        else:
            g.user = None
        if g.user is not None and session().dirty:
            session().commit()
    return cast("UserAccount | None", g.user)


def by_pass() -> bool:
    """Tell whether this request shows a phone's pass, which only sends what its account reports."""
    return (bearer() or "").startswith(services.PASS_MARK)


def _kind() -> str:
    """A pass is looked for only by the views that hear it; to any other it is an unknown token."""
    view = current_app.view_functions.get(request.endpoint or "")
    return "phone" if by_pass() and getattr(view, "from_a_phone", False) else "bearer"


def forget() -> None:
    """Undo what this request did and answer it as a visitor's, without asking the database.

    For pages that tell of a fault: whom they are for is no reason to fail a second time.
    """
    if "db" in g:
        with suppress(SQLAlchemyError):
            g.db.rollback()
    g.user, g.sight = None, Sight()


def sight() -> Sight:
    """Return what this request's viewer may see of the territory."""
    if "sight" not in g:
        public = session().scalars(select(Division.code).where(Division.public_map))
        viewer = user()
        g.sight = work_out_sight(
            viewer.role if viewer else None,
            viewer.scope if viewer else Scope(),
            simplest(public),
        )
    return cast(Sight, g.sight)
