"""The words of report packs: what is counted, and the periods that an office closes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from gridsvc.reports.rules.periods import Period

COUNTS = {
    "rolled_in": _("Rolled in"),
    "collected": _("Collected"),
    "late_arrivals": _("Came in late"),
    "raised": _("Reported upward"),
    "handled": _("Handled"),
    "fed_back": _("Fed back"),
    "due": _("Due"),
    "in_time": _("In time"),
    "rated": _("Rated"),
    "satisfied": _("Satisfied"),
    "rolled_over": _("Rolled over"),
    "overdue": _("of them overdue"),
    "visits": _("Rounds"),
    "dwellings": _("Calls"),
    "first_time": _("For the first time"),
}

#: What the pack tells first: 收集、上报、办理、反馈, and what is left.
FIRST = ("collected", "raised", "handled", "fed_back", "rolled_over")

#: Rolled in and collected less handled is not what rolls over: whoever adds up must be told why.
BALANCE = _(
    "A case rolls over until it is closed: what was handled and is not checked or fed back yet"
    " stands in both."
)

FAULTS = {
    "closing_days": _("Days of the month from 1 to 31, each once, such as 14, 28."),
    "quarter_day": _("A day of the month from 1 to 28."),
}


def spanned(period: Period) -> str:
    """Write the days of a period, both ends included."""
    return f"{period.start.isoformat()} – {period.last_day.isoformat()}"
