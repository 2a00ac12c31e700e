"""The words of the trade, for people: one word for one thing everywhere."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from gridsvc.incidents import clock
from gridsvc.incidents.escalation import slips

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

URGENCIES = {"ordinary": _("ordinary"), "urgent": _("urgent"), "immediate": _("at once")}

STAGES = {
    "proposed": _("proposed"),
    "planned": _("planned"),
    "under_way": _("under way"),
    "done": _("completed"),
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

#: Steps of a case, as somebody takes them …
ACTIONS = {
    "dispatch": _("Give to a team"),
    "claim": _("Claim"),
    "accept": _("Take over"),
    "return": _("Return"),
    "co_handle": _("Add a team"),
    "ask_extension": _("Ask for more time"),
    "grant_extension": _("Grant more time"),
    "refuse_extension": _("Refuse more time"),
    "escalate": _("Raise a level"),
    "expedite": _("Make more urgent"),
    "resolve": _("Resolve"),
    "verify": _("Check: done"),
    "rework": _("Check: do it again"),
    "close": _("Close"),
    "feed_back": _("Tell the reporter"),
    "rate": _("Rate"),
    "reopen": _("Open again"),
    "merge": _("Merge into another case"),
    "unmerge": _("Take apart again"),
    "place": _("Set the place"),
    "review": _("Looked at: in order"),
}
#: … and as the history tells them.
STEPS = {
    "report": _("reported"),
    "reported": _("reported"),
    "join": _("reported by another household"),
    "dispatch": _("given to a team"),
    "claim": _("claimed"),
    "accept": _("taken over"),
    "return": _("returned"),
    "co_handle": _("team added"),
    "hand_over": _("handed over with its ground"),
    "change_team": _("taken over by the grid's new team"),
    "ask_extension": _("more time asked for"),
    "grant_extension": _("more time granted"),
    "refuse_extension": _("more time refused"),
    "escalate": _("raised a level"),
    "expedite": _("made more urgent"),
    "resolve": _("resolved"),
    "verify": _("checked"),
    "rework": _("sent back by the check"),
    "close": _("closed"),
    "feed_back": _("reporter told"),
    "rate": _("rated"),
    "reopen": _("opened again"),
    "merge": _("merged into another"),
    "unmerge": _("taken apart again"),
    "place": _("place set by a person"),
    "review": _("looked at and found in order"),
    "absorb": _("another case was merged into it"),
    "release": _("the other case was taken apart again"),
    "supervise": _("supervision slip issued"),
    "answer_slip": _("supervision slip answered"),
    "close_slip": _("supervision slip closed"),
    "take_back": _("closing taken back"),
    "import": _("taken over from another system"),
}

#: Sentences that the service itself writes into a case.
SENTENCES = {
    clock.CALENDAR_PUBLISHED: _("The holidays up to the due date have been published."),
    slips.TIME_LONG_PAST: _("The time limit is long past and no lower level has ended the case."),
}

CLOCK = {
    "start": _("started"),
    "pause": _("paused"),
    "resume": _("goes on"),
    "extend": _("more time"),
    "recount": _("counted anew"),
    "stop": _("stopped"),
    "restore": _("closing taken back"),
}


def limit(kind: str, count: int | None) -> str:
    """Say how much time a case has; a limit without a count is of one."""
    num = count or 1
    said = {
        "immediate": ngettext("%(num)s hour, day and night", "%(num)s hours, day and night", num),
        "same_day": gettext("the same day"),
        "working_hours": ngettext("%(num)s working hour", "%(num)s working hours", num),
        "working_days": ngettext("%(num)s working day", "%(num)s working days", num),
        "working_week": ngettext("%(num)s working week", "%(num)s working weeks", num),
    }
    return said[kind]


#: Whom a rung of the ladder tells.
TOLD = {
    "team": _("the team"),
    "leader": _("the grid leader and the deputy"),
    "community_staff": _("the community"),
    "street_staff": _("the street office"),
    "district": _("the district office"),
}

#: What a step's form asks for, where a refusal names it.
FIELDS = {
    "note": _("Note"),
    "outcome": _("How did it end?"),
    "team_id": _("Team"),
    "working_days": _("Working days"),
    "urgency": _("How urgent is it?"),
    "into_id": _("Number of the other case"),
    "rating": _("How satisfied are you?"),
    "place": _("Place"),
}

#: Why somebody should look at a report before trusting it.
REVIEWS = {
    "category_retired": _("its category was no longer in use"),
    "datum_doubtful": _("its place may be measured from another datum"),
    "choice_not_near": _("the grid that was chosen is not near its place"),
    "device_clock": _("the phone's clock was wrong"),
    "far_away": _("its place is far from whoever reported it"),
    "place_swapped": _("longitude and latitude look exchanged"),
    "outside_scope": _("its place lies outside the reporter's area"),
    "scope_lost": _("the reporter's account has no area any more"),
}

RATINGS = {1: _("not satisfied"), 2: _("fairly satisfied"), 3: _("satisfied")}
