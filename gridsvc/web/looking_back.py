"""What every page says of its day: that there was nothing yet, and what of today it shows."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.grids.known import began

#: Names of a day in an address: of the territory, of a period, of what had been recorded.
_DAY, _PERIOD, _AS_OF = "on", "day", "as_of"


def remarks() -> list[str]:
    """Say where the day or the evening asked for lies before the first grids; else nothing."""
    if not looks_back():
        return []
    on, evening = _asked(_DAY) or _asked(_PERIOD), _asked(_AS_OF)
    within = request.args.get("in", "")
    first = began(edge.session(), within if within.isdigit() else "")
    if first is None:
        return []
    day, recorded = first
    zone = ZoneInfo(edge.settings().time_zone)
    told = []
    if on and on < day:
        told.append(
            gettext(
                "There were no grids here on %(day)s: the first ones hold from %(first)s.",
                day=on,
                first=day,
            )
        )
    if evening and datetime.combine(evening + timedelta(days=1), time(), zone) <= recorded:
        told.append(
            gettext(
                "Nothing had been recorded by %(day)s: this is what was known a day after the "
                "first grids came, on %(first)s.",
                day=evening,
                first=recorded.astimezone(zone).date(),
            )
        )
    return told


def looks_back() -> bool:
    """Whether the page is of a past day, or as it was known on one."""
    days = (_asked(name) for name in (_DAY, _PERIOD, _AS_OF))
    return any(one is not None and one < edge.today() for one in days)


def _asked(name: str) -> date | None:
    """Read a day; one that is none is refused by its page."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
