"""The words of figures: each rate's name, what it is a share of, and each ledger's columns."""

from __future__ import annotations

from babel.dates import format_date
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _

from gridsvc.reports.rules.periods import Period, PeriodKind

RATES = {
    "response": _("Taken up"),
    "resolution": _("Resolved"),
    "on_time": _("On time"),
    "at_grid": _("Solved at the grid"),
    "rework": _("Sent back by the check"),
    "extension": _("Given more time"),
    "return": _("Given back by a team"),
    "satisfaction": _("Satisfied"),
}

#: What the share is of, said beside its numerator and denominator.
MEANINGS = {
    "response": _("of the cases reported, somebody has taken"),
    "resolution": _("of the cases reported are resolved"),
    "on_time": _("of the cases due in the period were resolved by then"),
    "at_grid": _("of the cases closed never rose above the grid"),
    "rework": _("of the cases resolved had been sent back"),
    "extension": _("of the cases due were given more time"),
    "return": _("of the cases reported were given back"),
    "satisfaction": _("of the ratings given are satisfied or fairly so"),
}

PERIODS = {
    "cycle": _("half-monthly cycle"),
    "month": _("month"),
    "quarter": _("quarter"),
    "half_year": _("half-year"),
    "year": _("year"),
}

LEDGERS = {
    "visits": _("Visits"),
    "requests": _("Requests and incidents"),
    "feedback": _("Feedback"),
}

COLUMNS = {
    "code": _("Code"),
    "grid": _("Grid"),
    "day": _("Day"),
    "team": _("Team"),
    # Summed over rounds these are calls; dwellings are counted once, on the page of coverage.
    "dwellings": _("Calls"),
    "first_time": _("For the first time"),
    "topics": _("Topics"),
    "number": _("No."),
    "kind": _("Kind"),
    "category": _("Category"),
    "reported_at": _("Reported"),
    "due_at": _("Due"),
    "status": _("State"),
    "level": _("Level"),
    "ended_at": _("Resolved"),
    "late": _("Late"),
    "fed_back_at": _("Fed back"),
    "outcome": _("Outcome"),
    "rating": _("Rating"),
    "rounds": _("Rounds"),
    "reported": _("Reported"),
    "ended": _("Resolved"),
    "fed_back": _("Fed back"),
    "solved": _("Solved"),
    "referred": _("Referred"),
    "explained": _("Explained"),
    "rated": _("Rated"),
    "satisfied": _("Satisfied"),
}

LATE = {True: _("late"), False: ""}

RATINGS = {1: _("not satisfied"), 2: _("fairly satisfied"), 3: _("satisfied")}


def named(period: Period) -> str:
    """Name a period as people do: “2026 Q3”, “September 2026”, “15 to 28 Sep 2026”."""
    start, locale = period.start, get_locale()
    if period.kind is PeriodKind.MONTH:
        # Translators: month and year in Babel's pattern letters.
        return format_date(start, gettext("MMMM y"), locale=locale)
    if period.kind is PeriodKind.QUARTER:
        return gettext("%(year)s Q%(quarter)s", year=start.year, quarter=(start.month + 2) // 3)
    if period.kind is PeriodKind.HALF_YEAR:
        return gettext("%(year)s H%(half)s", year=start.year, half=1 if start.month == 1 else 2)
    if period.kind is PeriodKind.YEAR:
        return str(start.year)
    return f"{start.isoformat()} – {period.last_day.isoformat()}"
