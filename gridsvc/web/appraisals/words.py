"""The words of the appraisal: who rates, what points are for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SOURCES = {
    "self": _("Self-rating"),
    "public": _("Public rating"),
    "community": _("Community rating"),
    "organisation": _("Organisation rating"),
}

RATERS = {
    "team": _("the team itself"),
    "representatives": _("household representatives"),
    "units": _("units on the spot"),
    "committee": _("the residents' committee"),
    "street": _("the street office"),
    "branch": _("the branch"),
}

POINTS = {
    "in_time": _("cases ended in time"),
    "round": _("rounds walked"),
    "satisfied": _("satisfied ratings"),
}

FAULTS = {
    "range": _("Every number is from 0 to 100."),
    "weights": _("The weights of the four sources must be 100 together."),
    "shares": _("The shares within each source must be 100 together."),
}
