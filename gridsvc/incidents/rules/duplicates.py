"""When an open case is likely to be the one that somebody is about to report."""

from __future__ import annotations

from datetime import datetime, timedelta

#: More than this nobody reads on a phone.
SHOWN = 5


def since(now: datetime, days: int) -> datetime:
    """Return from when on a case is young enough: so many days before now, that instant included.

    Examples
    --------
    >>> since(datetime(2026, 9, 16), 14)
    datetime.datetime(2026, 9, 2, 0, 0)
    """
    return now - timedelta(days=days)
