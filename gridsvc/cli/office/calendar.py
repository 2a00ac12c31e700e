"""``gridsvc calendar``: which days an office works, and which it keeps as festivals."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.calendars.festivals import (
    add_festival,
    festivals,
    remove_festival,
    written_until,
)
from gridsvc.calendars.models import CalendarDay
from gridsvc.calendars.queries import calendar_for
from gridsvc.calendars.services import clear_day, set_day
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_below = click.option(
    "--in", "prefix", default="", help="Below this division code; everywhere without it."
)


@click.group()
def calendar() -> None:
    """Show the worked days of a place, and the days that its office sets itself."""


@calendar.command()
@_below
@click.option("--from", "first", type=_DAY, help="Default today.")
@click.option("--days", type=click.IntRange(1, 800), default=31, show_default=True)
@output.with_settings
def show(settings: Settings, prefix: str, first: datetime | None, days: int) -> None:
    """Show where weeks are broken, days off and days worked at weekends, and the festivals."""
    now = datetime.now(UTC)
    start = (first or now).date()
    with Session(make_engine(settings)) as session:
        found = calendar_for(session, prefix, now)
        set_here = {one.day: one.reason for one in _own(session, prefix)}
        kept = festivals(session, prefix, start, start + timedelta(days=days - 1))
    span = [start + timedelta(days=n) for n in range(days)]
    odd = [
        {"day": day, "worked": found.is_worked(day), "reason": set_here.get(day)}
        for day in span
        if found.is_worked(day) != (day.weekday() < 5) or day in set_here
    ]
    lines = [
        f"{one['day']:%Y-%m-%d %a}  {'worked' if one['worked'] else 'off':<6}"
        f"{'  ' + str(one['reason']) if one['reason'] else ''}"
        for one in odd
    ]
    lines.append(f"Holidays are published until {found.known_until}; later, weeks are counted.")
    for one in kept:
        name = f"{one.name} {one.name_en}" if one.name_en else one.name
        own = f"  (own, no. {one.id})" if one.id else ""
        lines.append(f"{one.day:%Y-%m-%d %a}  {name}{own}")
    lines.append(f"The country's festivals are written down until {written_until()}.")
    told = {"known_until": found.known_until, "days": odd, "festivals": [asdict(f) for f in kept]}
    output.answer("\n".join(lines), told)


@calendar.command("set")
@click.argument("day", type=_DAY)
@click.option("--worked/--off", required=True, help="Whether the office works on that day.")
@click.option("--reason", required=True, help="Why, in a few words.")
@_below
@output.with_settings
def change(settings: Settings, day: datetime, worked: bool, reason: str, prefix: str) -> None:
    """Set DAY as worked or off below a code; due dates already given stand."""
    with session_factory(make_engine(settings)).begin() as session:
        set_day(session, prefix, day.date(), worked=worked, reason=reason)
    _tell(day.date(), prefix, "worked" if worked else "off")


@calendar.command()
@click.argument("day", type=_DAY)
@_below
@output.with_settings
def clear(settings: Settings, day: datetime, prefix: str) -> None:
    """Let DAY follow the national calendar again."""
    with session_factory(make_engine(settings)).begin() as session:
        clear_day(session, prefix, day.date())
    _tell(day.date(), prefix, "as published")


@calendar.command("add-festival")
@click.argument("day", type=_DAY)
@click.argument("name")
@click.option("--name-en", default="", help="Its name in English.")
@_below
@output.with_settings
def add(settings: Settings, day: datetime, name: str, name_en: str, prefix: str) -> None:
    """Keep DAY as a festival NAME of an office's own below a code."""
    with session_factory(make_engine(settings)).begin() as session:
        number = add_festival(session, prefix, day.date(), name, name_en, None).id
    output.answer(f"{name} on {day:%Y-%m-%d} is festival no. {number}.", {"id": number})


@calendar.command("remove-festival")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@output.with_settings
def remove(settings: Settings, number: int) -> None:
    """Take festival NUMBER of an office's own away; the country's stay."""
    with session_factory(make_engine(settings)).begin() as session:
        remove_festival(session, number, None)
    output.answer(f"Festival no. {number} is no longer kept.", {"id": number})


def _tell(day: date, prefix: str, state: str) -> None:
    where = f"below {prefix}" if prefix else "everywhere"
    output.answer(f"{day} is {state} {where}.", {"day": day, "prefix": prefix, "state": state})


def _own(session: Session, prefix: str) -> list[CalendarDay]:
    """Return what is set exactly for a prefix; what lies above it shows in the calendar alone."""
    return list(session.scalars(select(CalendarDay).where(CalendarDay.prefix == prefix)))
