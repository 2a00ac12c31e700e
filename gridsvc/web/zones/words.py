"""The words of contact zones."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

LISTS = {
    "grids": _("Grid by grid"),
    "without": _("Nobody to turn to"),
    "broken": _("Too few or too many households"),
}

READINGS = {
    "none": _("no zones yet"),
    "redrawn": _("redrawn since: make them anew"),
    "different": _("its households changed: make them anew"),
    "complete": _("every household in a zone"),
}

FAULTS = {
    "small_grid": _("the whole grid has fewer than 5 households"),
    "one_door": _("more than 10 households behind one door"),
    "rest": _("what whole doors leave over"),
}

STATES = {
    "nobody": _("nobody named"),
    "elsewhere": _("its post's team looks after this grid no more"),
    "vacant": _("the post is vacant"),
    "held": _("held"),
}

REFUSED = {
    "past_day": _("That day is over: zones and contacts begin today or later."),
    "no_houses": _("No household of this grid has a building: import its buildings first."),
    "not_there": _("This zone is no more on that day."),
    "foreign_post": _("Choose a post of the team that looks after this grid."),
}

#: Why a grid was left out when the zones of many were made.
LEFT_OUT = {
    "no_houses": REFUSED["no_houses"],
    "not_found": _("The grid is no longer there."),
    "fault": _("Something broke on our side: make its zones on its own page."),
}
