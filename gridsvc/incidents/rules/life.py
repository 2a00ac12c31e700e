"""The life of a case: one table of states and steps for each kind, and who may take each step.

The rule in words: the team that a case was sent to first owns it until another one accepts; it is
claimed by exactly one team; who decides over a team's work must stand at least as high as the
case; nobody checks or closes what he worked on himself.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridsvc.accounts.rules import HANDLERS, Role
from gridsvc.incidents.rules import Kind, Level, Status
from gridsvc.incidents.rules.reasons import N_, Refusal

#: 退回 goes at most twice between teams; each further return lifts the case a level.
RETURNS_AT_LEVEL = 2
#: A closed case can be taken up again for this long; later it is a new one.
REOPEN_WITHIN = timedelta(days=15)
#: More time that one wish may ask for, working days: as much as the longest limit.
MOST_EXTRA_DAYS = 20
#: Stars of one tap: not satisfied, fairly, satisfied.
RATINGS = (1, 2, 3)


class Action(enum.StrEnum):
    """A step that somebody takes; ``report`` and ``join`` begin and widen a case."""

    DISPATCH = "dispatch"
    CLAIM = "claim"
    ACCEPT = "accept"
    RETURN = "return"
    CO_HANDLE = "co_handle"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    ESCALATE = "escalate"
    EXPEDITE = "expedite"
    RESOLVE = "resolve"
    VERIFY = "verify"
    REWORK = "rework"
    CLOSE = "close"
    FEED_BACK = "feed_back"
    RATE = "rate"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    PLACE = "place"
    REVIEW = "review"


class Who(enum.StrEnum):
    """What makes somebody the right one for a step; any one of a step's list is enough."""

    LEAD = N_("the team that has the case")
    CONCERNED = N_("a team that the case was sent to")
    ANY_TEAM = N_("a team of the area")
    CO_HANDLER = N_("a team that co-handles the case")
    DECIDER = N_("the leader or the office that answers for the case's level")
    CHECKER = N_("whoever answers for the case's level and did not handle it")
    REPORTER = N_("whoever reported it")


@dataclass(frozen=True)
class Transition:
    """A step: from which states, to which, by whom, with what.

    Attributes
    ----------
    sources : frozenset of Status
        Where it can start.
    target : Status or None
        Where it ends; ``None`` leaves the state as it is, or for ``unmerge`` as it was.
    who : tuple of Who
        Any one is enough.
    needs : tuple of str
        Fields that must come with it.
    """

    sources: frozenset[Status]
    target: Status | None
    who: tuple[Who, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a case.

    Attributes
    ----------
    level : Level
        Who answers for the case.
    sensitive : bool
        Sensitive cases are the handling team's alone, so that its leader decides at every level.
    leads, co_handles : bool
        Acts for the lead team; for a team that works beside it.
    acts : bool
        Acts for some team.
    unowned : bool
        The case has no team.
    handled : bool
        Worked on the case: claimed, accepted or resolved it since it was last opened.
    asked : bool
        Asked for the extension that waits.
    reported : bool
        Reported the case.
    """

    level: Level = Level.GRID
    sensitive: bool = False
    leads: bool = False
    co_handles: bool = False
    acts: bool = False
    unowned: bool = False
    handled: bool = False
    asked: bool = False
    reported: bool = False


_S = Status
_BEFORE = frozenset({_S.REPORTED, _S.DISPATCHED, _S.RETURNED})
_AT_WORK = _BEFORE | {_S.CLAIMED}
_CLAIMED, _CLOSED = frozenset({_S.CLAIMED}), frozenset({_S.CLOSED})
_RESOLVED, _VERIFIED = frozenset({_S.RESOLVED}), frozenset({_S.VERIFIED})

_INCIDENT: dict[Action, Transition] = {
    Action.DISPATCH: Transition(_BEFORE, _S.DISPATCHED, (Who.DECIDER,)),
    Action.CLAIM: Transition(_BEFORE, _S.CLAIMED, (Who.CONCERNED,)),
    Action.ACCEPT: Transition(
        frozenset({_S.DISPATCHED, _S.RETURNED, _S.CLAIMED}), _S.CLAIMED, (Who.CO_HANDLER,)
    ),
    Action.RETURN: Transition(
        frozenset({_S.DISPATCHED, _S.CLAIMED}), _S.RETURNED, (Who.LEAD,), ("note",)
    ),
    Action.CO_HANDLE: Transition(_AT_WORK, None, (Who.LEAD, Who.DECIDER), ("team_id",)),
    Action.ASK_EXTENSION: Transition(_CLAIMED, None, (Who.LEAD,), ("working_days", "note")),
    Action.GRANT_EXTENSION: Transition(_CLAIMED, None, (Who.DECIDER,)),
    Action.REFUSE_EXTENSION: Transition(_CLAIMED, None, (Who.DECIDER,), ("note",)),
    Action.ESCALATE: Transition(_AT_WORK, None, (Who.LEAD, Who.DECIDER), ("note",)),
    Action.EXPEDITE: Transition(_AT_WORK, None, (Who.DECIDER,), ("urgency", "note")),
    Action.RESOLVE: Transition(_CLAIMED, _S.RESOLVED, (Who.LEAD,), ("outcome",)),
    Action.VERIFY: Transition(_RESOLVED, _S.VERIFIED, (Who.CHECKER,)),
    Action.REWORK: Transition(_RESOLVED | _VERIFIED, _S.CLAIMED, (Who.CHECKER,), ("note",)),
    Action.CLOSE: Transition(_VERIFIED, _S.CLOSED, (Who.CHECKER,)),
    Action.FEED_BACK: Transition(_VERIFIED | _CLOSED, None, (Who.LEAD, Who.DECIDER), ("note",)),
    Action.RATE: Transition(_CLOSED, None, (Who.REPORTER,), ("rating",)),
    Action.REOPEN: Transition(_CLOSED, _S.DISPATCHED, (Who.DECIDER, Who.REPORTER), ("note",)),
    Action.MERGE: Transition(_AT_WORK, _S.MERGED, (Who.DECIDER,), ("into_id",)),
    Action.UNMERGE: Transition(frozenset({_S.MERGED}), None, (Who.DECIDER,), ("note",)),
    Action.PLACE: Transition(_AT_WORK, None, (Who.DECIDER,), ("place",)),
    Action.REVIEW: Transition(frozenset(_S) - {_S.MERGED}, None, (Who.DECIDER,)),
}
# 点单–下单–接单: placed by the community before a team can take it, fed back before it is closed.
_REQUEST: dict[Action, Transition] = _INCIDENT | {
    Action.CLAIM: replace(_INCIDENT[Action.CLAIM], sources=frozenset({_S.DISPATCHED})),
    Action.ACCEPT: replace(
        _INCIDENT[Action.ACCEPT], sources=frozenset({_S.DISPATCHED, _S.CLAIMED})
    ),
    Action.CLOSE: replace(_INCIDENT[Action.CLOSE], needs=("fed_back_at",)),
}
# 微心愿: whichever team of the area claims it first fulfils it alone.
_ALONE: dict[Action, Transition] = {
    a: step for a, step in _INCIDENT.items() if a not in (Action.ACCEPT, Action.CO_HANDLE)
}
_WISH: dict[Action, Transition] = _ALONE | {
    Action.CLAIM: replace(_INCIDENT[Action.CLAIM], who=(Who.ANY_TEAM,)),
    Action.CLOSE: replace(_INCIDENT[Action.CLOSE], sources=_RESOLVED | _VERIFIED),
}

#: Kind → step → what it takes. What is not in the table is refused.
TRANSITIONS: Mapping[Kind, Mapping[Action, Transition]] = {
    Kind.INCIDENT: _INCIDENT,
    Kind.REQUEST: _REQUEST,
    Kind.WISH: _WISH,
}

_HEIGHT = {level: height for height, level in enumerate(Level)}
_REACH = {
    Role.LEADER: Level.GRID,
    Role.COMMUNITY_STAFF: Level.COMMUNITY,
    Role.STREET_STAFF: Level.SUBDISTRICT,
    Role.DISTRICT: Level.DISTRICT,
}


def refusal(
    kind: Kind, status: Status, action: Action, role: Role, standing: Standing
) -> Refusal | None:
    """Say why somebody may not take a step now, or ``None`` when he may.

    The state comes first, then the person. Boundary cases: a visitor's or a planner's role takes
    no step but those of the reporter; the asker of an extension does not decide on it.
    """
    step = TRANSITIONS[kind].get(action)
    if step is None:
        return Refusal("step_of_no_kind", {"kind": kind, "step": action})
    if status not in step.sources:
        sources = tuple(one for one in Status if one in step.sources)
        return Refusal("wrong_state", {"step": action, "sources": sources, "status": status})
    if action is Action.GRANT_EXTENSION and standing.asked:
        return Refusal("own_wish")
    if any(_is(who, role, standing) for who in step.who):
        return None
    if Who.CHECKER in step.who and standing.handled:
        return Refusal("own_work")
    return Refusal("not_theirs", {"step": action, "who": step.who})


def allowed(kind: Kind, status: Status, action: Action, role: Role, standing: Standing) -> bool:
    """Tell whether somebody may take a step now; see `refusal` for the reason."""
    return refusal(kind, status, action, role, standing) is None


def _is(who: Who, role: Role, s: Standing) -> bool:
    handler = role in HANDLERS
    decides = role in _REACH and (
        _HEIGHT[_REACH[role]] >= _HEIGHT[s.level] or (s.sensitive and role is Role.LEADER)
    )
    return {
        Who.LEAD: handler and s.leads,
        Who.CONCERNED: handler and (s.leads or s.co_handles or (s.unowned and s.acts)),
        Who.ANY_TEAM: handler and s.acts,
        Who.CO_HANDLER: handler and s.co_handles,
        Who.DECIDER: decides,
        Who.CHECKER: decides and not s.handled,
        Who.REPORTER: s.reported,
    }[who]


def above(level: Level) -> Level:
    """Return the next level up; the district has none above it."""
    return list(Level)[min(_HEIGHT[level] + 1, len(_HEIGHT) - 1)]


def level_after_return(level: Level, returns: int) -> Level:
    """Return where a case stands after so many returns, the one just made included.

    Examples
    --------
    >>> [level_after_return(Level.GRID, n).value for n in (1, 2, 3)]
    ['grid', 'grid', 'community']
    """
    return above(level) if returns > RETURNS_AT_LEVEL else level


def may_reopen(closed_at: datetime, now: datetime) -> bool:
    """Tell whether a closed case can still be taken up: 15 days, the last instant included."""
    return now - closed_at <= REOPEN_WITHIN
