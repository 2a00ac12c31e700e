"""The festivals of a place: the country's, written down year by year, and its office's own."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.calendars.models import OwnFestival
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound


@dataclass(frozen=True, order=True)
class Festival:
    """A festival and its day; ``id`` is that of an office's own, ``None`` the country's."""

    day: date
    name: str
    name_en: str | None
    id: int | None = None


def festivals(session: Session, code: str, since: date, until: date) -> list[Festival]:
    """Return the festivals of some days, both included, by day.

    The country's, and those that the divisions at or above a code added.
    """
    own = session.execute(
        select(OwnFestival.day, OwnFestival.name, OwnFestival.name_en, OwnFestival.id).where(
            func.starts_with(literal(code), OwnFestival.prefix),
            OwnFestival.day.between(since, until),
        )
    )
    national = [one for one in _national() if since <= one.day <= until]
    found = national + [Festival(*row) for row in own]
    return sorted(found, key=lambda one: (one.day, one.id is not None, one.name))


def written_until() -> date:
    """Return the last day for which the country's festivals are written down."""
    return date(max(one.day for one in _national()).year, 12, 31)


@cache
def _national() -> tuple[Festival, ...]:
    """Read the shipped table: the lunar ones follow no rule that a line of code could hold."""
    text = files(__package__).joinpath("festivals.csv").read_text("utf-8")
    return tuple(
        Festival(date.fromisoformat(f"{year}-{day}"), row["name"], row["name_en"])
        for row in csv.DictReader(text.splitlines())
        for year, day in row.items()
        if year.isdigit()
    )


def add_festival(
    session: Session, prefix: str, day: date, name: str, name_en: str, user: UserAccount | None
) -> OwnFestival:
    """Add a festival of an office's own below a code.

    Parameters
    ----------
    user : UserAccount or None
        Must answer for all of the code; ``None`` is the command line.

    Raises
    ------
    NotAllowed
        The code lies outside the account's area.
    BadInput
        The prefix is no division code, or there is no name.
    Conflict
        It is there already.
    """
    _require_area(prefix, user)
    if len(prefix) > 12 or (prefix and not (prefix.isascii() and prefix.isdigit())):
        raise BadInput(f"{prefix!r} is not the beginning of a division code.", ["prefix"])
    if not name.strip():
        raise BadInput("Give the festival a name.", ["name"])
    same = select(OwnFestival).filter_by(prefix=prefix, day=day, name=name.strip())
    if session.scalar(same) is not None:
        raise Conflict(f"{name.strip()} is there on {day} already.", [name])
    made = OwnFestival(prefix=prefix, day=day, name=name.strip(), name_en=name_en.strip() or None)
    session.add(made)
    session.flush()
    record(session, user, "festival.add", prefix, {"day": str(day), "name": made.name})
    return made


def remove_festival(session: Session, number: int, user: UserAccount | None) -> None:
    """Take a festival of an office's own away; campaigns planned from its day stay.

    Raises
    ------
    NotFound
        There is no such festival.
    NotAllowed
        Its code lies outside the account's area.
    """
    found = session.get(OwnFestival, number)
    if found is None:
        raise NotFound(f"There is no festival {number} of an office.", [number])
    _require_area(found.prefix, user)
    session.delete(found)
    record(session, user, "festival.remove", found.prefix, {"day": str(found.day)})


def _require_area(prefix: str, user: UserAccount | None) -> None:
    if user is not None and not user.scope.covers(prefix):
        raise NotAllowed("This calendar belongs to another office.", [prefix])
