"""Setting the days on which an office departs from the national calendar."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from gridsvc.calendars.models import CalendarDay
from gridsvc.errors import BadInput, NotFound


def set_day(session: Session, prefix: str, day: date, *, worked: bool, reason: str) -> CalendarDay:
    """Say that a day is worked, or not, below a code; calling it again replaces what was said.

    Clocks that are started, resumed or given more time from now on count by it; a due date that
    has been given stands.

    Raises
    ------
    BadInput
        The prefix is no part of a code, or no reason is given.
    """
    if not re.fullmatch(r"[0-9]{0,15}", prefix):
        raise BadInput(f"{prefix!r} is not the beginning of a division or grid code.", ["prefix"])
    if not reason.strip():
        raise BadInput(f"Say why {day} departs from the national calendar.", ["reason"])
    changed = session.merge(
        CalendarDay(prefix=prefix, day=day, worked=worked, reason=reason.strip())
    )
    session.flush()
    return changed


def clear_day(session: Session, prefix: str, day: date) -> None:
    """Let a day follow the national calendar again.

    Raises
    ------
    NotFound
        Nothing was said of it.
    """
    found = session.get(CalendarDay, (prefix, day))
    if found is None:
        raise NotFound(f"Nothing is set for {day} below “{prefix}”.", [day])
    session.delete(found)
    session.flush()
