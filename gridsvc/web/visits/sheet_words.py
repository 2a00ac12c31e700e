"""What the sheet's scripts say, and the names of what comes up at the door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from gridsvc.web.cases import report_words

TOPIC_NAMES = {
    "advice": _("advice and policy"),
    "elderly_care": _("care for the elderly"),
    "water_power": _("water and power"),
    "lighting": _("lighting"),
    "parking": _("parking"),
    "drainage": _("drainage"),
    "rubbish": _("rubbish"),
    "neighbours": _("between neighbours"),
    "other": _("something else"),
}

#: Key → English sentence; ``{…}`` is filled by the script.
TEXTS = {
    "doors.of": _("{count} of {all}"),
    "doors.all": _("All"),
    "doors.none": _("None"),
    "doors.report": _("Report something here"),
    "door": _("Dwelling {number}"),
    "door.before": _("Dwelling {number}, reached this year"),
    "round": _("This round: {count} dwellings, {first} for the first time this year"),
    "year": _("Reached this year: {count} of {all} dwellings"),
    "visits": _("Visits · {count} dwellings"),
    "more": _("{topic}: one more"),
    "less": _("{topic}: one fewer"),
    "fetching": _("Fetching your grids: afterwards they are on this phone."),
    "no_area": _("Your grids are not on this phone yet: open this page once with a network."),
    "no_doors": _("No building of this grid is known here: give the numbers instead."),
    "no_network_doors": _("The buildings of this grid are not on this phone: open it once online."),
    "missing.grid": _("Choose the grid."),
    "missing.doors": _("Tap at least one dwelling that you reached."),
    "missing.count": _("Say how many dwellings you reached: at least one."),
    "missing.first": _("First-time dwellings cannot be more than the {count} dwellings reached."),
    "missing.most": _("The grid has {all} dwellings: {count} cannot have been reached."),
    "missing.day": _("{day} is yet to come: record the visit when it is done."),
}


def said() -> dict[str, str]:
    """Return the sentences in the language of this request, with those of queue and list."""
    return report_words.said() | {key: str(text) for key, text in TEXTS.items()}
