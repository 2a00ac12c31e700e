"""The calendar of a place: the national one, and over it the days that its office set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from gridsvc.calendars.models import CalendarDay
from gridsvc.calendars.rules import Calendar

# Clocks run for weeks; an office's days of years ago are read by no clock that still runs.
_BACK = timedelta(days=3 * 366)


def calendar_for(session: Session, code: str | None, now: datetime) -> Calendar:
    """Return the calendar of a division or grid code, by the primary key of ``calendar_day``.

    Parameters
    ----------
    session : Session
        Reads only.
    code : str or None
        Of the place; of two overrides for one day, the one with the longer prefix wins. ``None``
        (a case outside every division) has the overrides of the whole installation.
    now : datetime
        Aware; overrides more than three years older are left out.
    """
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.worked)
        .where(
            func.starts_with(literal(code or ""), CalendarDay.prefix),
            CalendarDay.day >= (now - _BACK).date(),
        )
        .order_by(func.length(CalendarDay.prefix))
    )
    exceptions = {**_national(), **{row.day: row.worked for row in rows}}
    return Calendar(exceptions, known_until())


def office_zone(session: Session) -> ZoneInfo:
    """Return the zone of the installation, which every connection of ours carries."""
    if "office_zone" not in session.info:
        name = session.scalar(text("select current_setting('gridsvc.time_zone')"))
        session.info["office_zone"] = ZoneInfo(str(name))
    zone: ZoneInfo = session.info["office_zone"]
    return zone


@cache
def _national() -> Mapping[date, bool]:
    return {**dict.fromkeys(holidays, False), **dict.fromkeys(workdays, True)}


@cache
def known_until() -> date:
    """Return the last day that no notice still to come can change.

    The notice of a new year has reached back into the old one, as far as 29 December (2007 and
    2018), so the last days of the newest year in the source are not settled.
    """
    return date(max(holidays).year, 12, 28)
