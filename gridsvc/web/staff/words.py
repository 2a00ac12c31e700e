"""The words of the staffing desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

LISTS = {
    "nobody": _("Grids without a team or branch"),
    "vacant": _("Vacant posts"),
    "ending": _("Ends soon"),
    "faulty": _("Not made up by the rules"),
}

ENDINGS = {"team": _("team"), "branch": _("branch"), "post": _("post")}

FAULTS = {
    "too_few": _("fewer than 7 posts"),
    "too_many": _("more than 8 posts"),
    "no_leader_post": _("no post of a leader"),
    "no_deputy_post": _("no post of a deputy"),
    "no_cadre": _("no seat for a cadre"),
    "no_police": _("no seat for the community police"),
    "no_group_head": _("in a village, but no seat for a villager-group head"),
    "branch_too_few": _("fewer than 10 members"),
    "branch_too_many": _("more than 20 members"),
    "must_be_group": _("fewer than 3 members: make it a group or a joint branch"),
    "must_be_joint": _("holds several grids: only a joint branch may"),
    "temporary_without_end": _("temporary, but without a last day"),
}

HANDOVER_FAULTS = {
    "same_team": _("Choose two different teams."),
    "past_day": _("%(day)s is over: choose today or a later day."),
    "no_grids": _("%(old)s looks after no grid on %(day)s: choose another team or day."),
    "not_in_service": _("%(new)s is not in service on %(day)s: choose another team or day."),
    "outside": _(
        "A grid of %(old)s, or %(new)s itself, lies outside your area: ask the office above you."
    ),
}

TEAM_KINDS = {"specialist": _("specialists"), "volunteer": _("volunteers")}

TEAM_FIELDS = {
    "code": _("Team code"),
    "name": _("Team name"),
    "kind": _("Kind of team"),
    "members": _("Number of members"),
    "skills": _("Skills, at most 12"),
    "phone": _("Duty phone"),
}
