"""The words of the staffing desk."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gridsvc.staffing.rules import Fault
from gridsvc.web import terms

LISTS = {
    "nobody": _("Grids without a team or branch"),
    "vacant": _("Vacant posts"),
    "ending": _("Ends soon"),
    "faulty": _("Not made up by the rules"),
}

ENDINGS = {"team": _("team"), "branch": _("branch"), "post": _("post")}

FAULTS = {
    "too_few": _("fewer than %(limit)s posts"),
    "too_many": _("more than %(limit)s posts"),
    "no_leader_post": _("no post of a leader"),
    "no_deputy_post": _("no post of a deputy"),
    "no_seat": _("no seat for: %(sources)s"),
    "branch_too_few": _("fewer than %(limit)s members"),
    "branch_too_many": _("more than %(limit)s members"),
    "must_be_group": _("fewer than 3 members: make it a group or a joint branch"),
    "must_be_joint": _("holds several grids: only a joint branch may"),
    "temporary_without_end": _("temporary, but without a last day"),
}

RULE_FAULTS = {
    "past_day": _("That day is over: a rule holds from today or later."),
    "outside": _("You answer for another area: choose one of yours."),
    "team_size": _("A team has 2 to 50 posts; write the smaller number first."),
    "branch_size": _("A branch has 3 to 200 members; write the smaller number first."),
    "seats": _("Give every seat a source, and no more seats than a team has posts."),
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


def fault(one: Fault) -> str:
    """Say what breaks a rule of composition, with the rule's own number or sources."""
    sources = gettext(" or ").join(str(terms.SOURCES[source]) for source in one.sources)
    return str(FAULTS[one.reason.value]) % {"limit": one.limit, "sources": sources}
