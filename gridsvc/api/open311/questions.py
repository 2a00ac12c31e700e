"""What a GeoReport v2 client asks and sends, read with the tolerance that real clients need."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from gridsvc.errors import BadInput
from gridsvc.incidents.public_cases import Wanted

#: The standard's: a search may not span more, and this is what it spans when nothing is said.
SPAN = timedelta(days=90)
#: The standard's largest answer; clients that know no pages get it.
PAGE_SIZE = 1000
_LAST_PAGE = 1000
_LONGEST = {"description": 4000, "address_string": 400, "address_id": 100, "media_url": 500}
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_-]{1,40})\](?:\[\d*\])?")


@dataclass(frozen=True)
class Page:
    """Which cases, and which page of them."""

    wanted: Wanted
    size: int
    offset: int


def page(args: MultiDict[str, str], now: datetime, zone: str, within: str) -> Page:
    """Read the query of GET requests; parameters that the standard does not know are passed over.

    Raises
    ------
    BadInput
        A value cannot be read, or the dates span more than 90 days.
    """
    size = _whole(args, "page_size", PAGE_SIZE, PAGE_SIZE)
    offset = (_whole(args, "page", 1, _LAST_PAGE) - 1) * size
    numbers = _parts(args, "service_request_id")
    if numbers:
        # What is no number is no case: the answer has what there is.
        known = tuple(int(one) for one in numbers if re.fullmatch(r"[0-9]{1,18}", one))
        return Page(Wanted(numbers=known, within=within), size, offset)
    since, until = _span(args, now, zone)
    codes = tuple(_parts(args, "service_code")) or None
    asked = Wanted(None, codes, since, until, _closed(args), within)
    return Page(asked, size, offset)


def place(form: MultiDict[str, str]) -> tuple[float, float]:
    """Read lon, lat in degrees from ``long`` and ``lat``.

    Raises
    ------
    BadInput
        One of them is missing or no number.
    """
    if not form.get("lat") or not form.get("long"):
        raise BadInput(
            "lat and long were not provided: a report needs its place in degrees, WGS 84; "
            "an address alone is not looked up.",
            ["lat", "long"],
        )
    return _degrees(form, "long"), _degrees(form, "lat")


def text(form: MultiDict[str, str], name: str) -> str | None:
    """Read a text, or ``None`` when it is not given.

    Raises
    ------
    BadInput
        It is too long or holds a NUL.
    """
    value = form.get(name, "").strip()
    if len(value) > _LONGEST[name] or "\0" in value:
        raise BadInput(f"{name} has at most {_LONGEST[name]} characters and no NUL.", [name])
    return value or None


def attributes(form: MultiDict[str, str]) -> dict[str, Any]:
    """Collect ``attribute[code]`` and ``attribute[code][]``: a text, or several for a list."""
    found: dict[str, list[str]] = {}
    for name in form:
        hit = _ATTRIBUTE.fullmatch(name)
        if hit:
            found.setdefault(hit[1], []).extend(form.getlist(name))
        elif name.startswith("attribute"):
            raise BadInput(f"{name[:60]} is no attribute: write attribute[code].", ["attribute"])
    return {code: values[0] if len(values) == 1 else values for code, values in found.items()}


def _degrees(form: MultiDict[str, str], name: str) -> float:
    try:
        value = float(form[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{name} is {form[name][:40]!r}: expected degrees, WGS 84.", [name])
    return value


def _span(args: MultiDict[str, str], now: datetime, zone: str) -> tuple[datetime, datetime]:
    start, end = (_instant(args, name, zone) for name in ("start_date", "end_date"))
    try:
        since = start or (end or now) - SPAN
        until = end or (since + SPAN if start else now)
    except OverflowError:
        raise BadInput("start_date or end_date lies outside the calendar.") from None
    if until < since:
        raise BadInput("end_date lies before start_date.", ["end_date"])
    if until - since > SPAN:
        raise BadInput("start_date and end_date may not span more than 90 days.", ["end_date"])
    return since, until


def _instant(args: MultiDict[str, str], name: str, zone: str) -> datetime | None:
    # An offset's plus sign that nobody encoded arrives as a space.
    given = re.sub(r" (?=\d\d:?\d\d$)", "+", args.get(name, "").strip())
    if not given:
        return None
    try:
        value = datetime.fromisoformat(given)
        return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{name} is {given[:40]!r}: expected 2026-03-09T16:30:00Z.", [name]
        ) from None


def _closed(args: MultiDict[str, str]) -> bool | None:
    asked = set(_parts(args, "status"))
    if asked - {"open", "closed"}:
        raise BadInput("status is open or closed.", ["status"])
    return "closed" in asked if len(asked) == 1 else None


def _parts(args: MultiDict[str, str], name: str) -> list[str]:
    """Split at commas, and take a parameter that is given several times."""
    parts = [one.strip() for value in args.getlist(name) for one in value.split(",")]
    return [one for one in parts if one and "\0" not in one][:PAGE_SIZE]


def _whole(args: MultiDict[str, str], name: str, default: int, most: int) -> int:
    given = args.get(name, "").strip() or str(default)
    if not re.fullmatch(r"[0-9]{1,6}", given) or not 1 <= int(given) <= most:
        raise BadInput(f"{name} is {given[:20]!r}: expected 1 to {most}.", [name])
    return int(given)
