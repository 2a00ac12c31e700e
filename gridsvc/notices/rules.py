"""What can be told, when a failed delivery is tried again, and which addresses may be called."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

#: What a notice can be about. A webhook names the ones that it wants to hear.
TOPICS = (
    "reported",
    "dispatched",
    "claimed",
    "returned",
    "resolved",
    "reworked",
    "closed",
    "reopened",
    "co_handling",
    "extension_asked",
    "extension_decided",
    "due_soon",
    "overdue",
    "escalated",
    "expedited",
    "slip_issued",
    "plan_submitted",
    "plan_recalled",
    "plan_approved",
    "plan_returned",
    "rollback_asked",
    "rollback_answered",
    "map_published",
    "cases_came",
    "team_changed",
    "handover_differs",
    "slip_answered",
    "tenure_ends",
)

#: After the first, second … failed try; after the last the notice is given up, visibly. A mail
#: server that restarts is back within minutes, a receiver that moved is noticed within a day.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=25),
    timedelta(hours=2),
    timedelta(hours=12),
)


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failed tries, or ``None`` to give up.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 9, 16, 12, tzinfo=UTC)
    >>> next_try(2, noon).isoformat()
    '2026-09-16T12:05:00+00:00'
    >>> next_try(6, noon) is None
    True
    """
    return now + WAITS[tries - 1] if tries <= len(WAITS) else None


def address_fault(url: str) -> str | None:
    """Say why an address cannot be called, or ``None``.

    http or https, a host, no account inside it (it would stand in logs), no fragment. Which hosts
    are right only the administrator knows: an office's chat server is often an inner address.

    Examples
    --------
    >>> address_fault("https://chat.example.org/hook?key=1") is None
    True
    >>> address_fault("file:///etc/passwd")
    'it must begin with http:// or https://'
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return "it is no web address"
    if parts.scheme not in ("http", "https"):
        return "it must begin with http:// or https://"
    if not parts.hostname or any(ord(one) <= 32 or ord(one) > 126 for one in url):
        return "it must name a host, in ASCII and without spaces"
    if parts.username is not None or parts.password is not None:
        return "it must not hold an account and password"
    return "it must not hold a “#”" if parts.fragment else None
