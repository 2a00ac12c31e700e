"""Times as people say them; exact ones stand beside them in a title and on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from flask_babel import get_locale, gettext

from gridsvc import edge


def said(instant: datetime) -> str:
    """Say an instant in the office's time: “today 16:30”, “3 Nov”, “2025-11-03”."""
    local = _local(instant)
    days = (local.date() - edge.today()).days
    clock = format_time(local, "HH:mm", locale=get_locale())
    if days == 0:
        return gettext("today %(clock)s", clock=clock)
    if days == -1:
        return gettext("yesterday %(clock)s", clock=clock)
    if days == 1:
        return gettext("tomorrow %(clock)s", clock=clock)
    return said_date(local.date())


def said_date(day: date) -> str:
    """Say a day; the year only when it is another one."""
    if day == edge.today():
        return gettext("today")
    if day.year != edge.today().year:
        return day.isoformat()
    # Translators: day and month in Babel's pattern letters.
    return format_date(day, gettext("d MMM"), locale=get_locale())


def exact(instant: datetime) -> str:
    """Write an instant in the office's time so that it can be quoted: “2026-11-22 16:30”."""
    return format_datetime(_local(instant), "yyyy-MM-dd HH:mm", locale=get_locale())


def end_of_today() -> datetime:
    """Return the instant at which today ends in the office's time."""
    zone = ZoneInfo(edge.settings().time_zone)
    tomorrow = edge.today() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(edge.settings().time_zone))
