"""What an address asks for, read from its query; a wrong value is told in one sentence."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from os.path import commonprefix
from typing import TypeVar

from flask import request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput
from gridsvc.grids import queries
from gridsvc.grids.models import Division, Grid
from gridsvc.incidents.queries import Moment
from gridsvc.incidents.queries import moment as moment_of
from gridsvc.web.languages import listed

# A year and its window must stay within the calendar that Python and PostgreSQL share.
_YEARS = range(1990, 2200)
#: What ``in`` says for all that the viewer may see.
EVERYWHERE = "all"
# Of a district, a subdistrict and a community; a leader's grids share more digits than that.
_DIVISION_DIGITS = (6, 9, 12)


def day(name: str = "on") -> date:
    """Return the date asked for, today when none is, in the years that can be reckoned with.

    Raises
    ------
    BadInput
        It is no date, or lies too far away.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return edge.today()
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        message = gettext("“%(text)s” is no date: write it as 2026-11-22.", text=text[:20])
        raise BadInput(message, [name]) from None
    if asked.year not in _YEARS:
        raise BadInput(gettext("“%(name)s” must lie between 1990 and 2199.", name=name), [name])
    return asked


def moment(on: date) -> Moment:
    """Return when the work of a day is counted: its evening, or now where it is not over."""
    return moment_of(on, edge.now(), edge.settings().time_zone)


def whole_number(name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query between two bounds.

    Raises
    ------
    BadInput
        It is no number, or lies outside.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        message = gettext(
            "“%(name)s” must be a whole number from %(low)s to %(high)s, not “%(text)s”.",
            name=name,
            low=low,
            high=high,
            text=text[:20],
        )
        raise BadInput(message, [name])
    return int(text)


def position() -> tuple[float, float]:
    """Return the place asked for, ``lon`` and ``lat`` in degrees (EPSG:4326).

    Raises
    ------
    BadInput
        One of them is missing, no number, or not on earth.
    """
    return _degrees("lon", 180), _degrees("lat", 90)


def _degrees(name: str, limit: int) -> float:
    text = request.args.get(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= limit:
        message = gettext(
            "“%(name)s” must be degrees from −%(limit)s to %(limit)s, not “%(text)s”.",
            name=name,
            limit=limit,
            text=text[:20],
        )
        raise BadInput(message, [name])
    return value


def days(name: str) -> int | None:
    """Return a number of days up to ten years, ``None`` when not asked for."""
    return whole_number(name, 0, 0, 3650) or None


_Choice = TypeVar("_Choice", bound=StrEnum)


def one_of(name: str, choices: type[_Choice]) -> _Choice | None:
    """Return a member of a list of words, ``None`` when not asked for.

    Raises
    ------
    BadInput
        It is none of them.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return choices(text)
    except ValueError:
        message = gettext(
            "“%(name)s” must be one of %(choices)s, not “%(text)s”.",
            name=name,
            choices=listed(choices),
            text=text[:20],
        )
        raise BadInput(message, [name]) from None


def within(name: str = "in") -> str:
    """Return the code of the division or grid asked for, empty for all that may be seen.

    Who asks for nothing gets the own area: beside it others may be public, and a planner's or a
    clerk's number must not mix both.

    Raises
    ------
    BadInput
        It is no code.
    """
    text = request.args.get(name, "").strip()
    if not text:
        own = own_area()
        return own if len(own) in _DIVISION_DIGITS else ""
    if text == EVERYWHERE:
        return ""
    if text and not (text.isascii() and text.isdigit() and len(text) <= 15):
        message = gettext("“%(text)s” is no code of a division or a grid.", text=text[:20])
        raise BadInput(message, [name])
    return text


def own_area() -> str:
    """Return the digits that the codes of everything the account answers for begin with."""
    return commonprefix(edge.sight().full.prefixes)


def divisions() -> list[Division]:
    """Return the divisions that a viewer can narrow a page to, in order of code."""
    sight = edge.sight()
    found = queries.divisions(edge.session(), Scope(sight.prefixes))
    return [one for one in found if sight.sees(one.code)]


def place(code: str) -> Division | Grid | None:
    """Return the division or grid of a code, where the viewer sees it."""
    if not code or not edge.sight().sees(code):
        return None
    return edge.session().get(Division, code) or edge.session().get(Grid, code)
