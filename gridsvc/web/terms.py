"""The words of the trade, for people: one word for one thing everywhere."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

KINDS = {"incident": _("incident"), "request": _("request"), "wish": _("micro-wish")}

LEVELS = {
    "grid": _("grid"),
    "community": _("community"),
    "subdistrict": _("subdistrict"),
    "district": _("district"),
}

STATUSES = {
    "reported": _("reported"),
    "dispatched": _("dispatched"),
    "claimed": _("claimed"),
    "returned": _("returned"),
    "resolved": _("resolved"),
    "verified": _("verified"),
    "closed": _("closed"),
    "merged": _("merged into another"),
}

OUTCOMES = {"solved": _("solved"), "referred": _("referred"), "explained": _("explained")}

POSTS = {"leader": _("grid leader"), "deputy": _("deputy"), "member": _("member")}

SOURCES = {
    "subdistrict_cadre": _("subdistrict cadre"),
    "community_cadre": _("community cadre"),
    "community_police": _("community police"),
    "villager_group_head": _("villager-group head"),
    "volunteer": _("volunteer"),
    "resident_unit": _("resident unit"),
}

BRANCH_KINDS = {
    "branch": _("Party branch"),
    "group": _("Party group"),
    "joint": _("joint branch"),
    "functional": _("functional branch"),
    "temporary": _("temporary branch"),
}

GRID_KINDS = {"residential": _("residential grid"), "functional": _("functional grid")}

STAFFING = {
    "nobody": _("nobody in charge"),
    "no_branch": _("no branch"),
    "no_leader": _("no leader"),
    "vacancies": _("vacancies"),
    "complete": _("complete"),
}

HOUSEHOLDS = {
    "below": _("below its range"),
    "in_range": _("within its range"),
    "above": _("above its range"),
    "unknown": _("never counted"),
    "not_applicable": _("no range applies"),
}

FINDINGS = {
    "gap": _("gap"),
    "overlap": _("overlap"),
    "household_without_grid": _("household without a grid"),
    "household_count_differs": _("household counts differ"),
    "out_of_range": _("outside its range"),
    "no_team": _("no team"),
    "no_branch": _("no branch"),
    "no_leader": _("no leader"),
    "history_broken": _("broken history"),
}
