"""The ladder: at which share of the limit who is told, and when somebody higher answers."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from gridsvc.incidents.rules import Level
from gridsvc.incidents.rules.reasons import Refusal


class Told(enum.StrEnum):
    """Whom a rung tells: posts of the case's team, or the office that covers its place."""

    LEADER = "leader"
    TEAM = "team"
    COMMUNITY_STAFF = "community_staff"
    STREET_STAFF = "street_staff"
    DISTRICT = "district"


class Rung(Protocol):
    """A step of the ladder, as the table keeps it."""

    prefix: str
    at_percent: int
    tell_role: str
    raises_level: bool
    issues_slip: bool


R = TypeVar("R", bound=Rung)

#: More nobody could oversee.
MOST_RUNGS = 20
MOST_PERCENT = 1000


class RungWish(NamedTuple):
    """A rung as an office wants it: at which share of the limit, in percent, who is told."""

    at_percent: int
    tell_role: Told
    raises_level: bool = False
    issues_slip: bool = False

    @classmethod
    def of(cls, at_percent: int, tell_role: str, raises_level: bool, issues_slip: bool) -> RungWish:
        """Make a wish from a row's values."""
        return cls(at_percent, Told(tell_role), bool(raises_level), bool(issues_slip))


def fault(wishes: Sequence[RungWish], *, everywhere: bool) -> Refusal | None:
    """Say why rungs make no ladder, or ``None``; the one that holds everywhere has at least one."""
    if everywhere and not wishes:
        return Refusal("ladder_empty")
    if len(wishes) > MOST_RUNGS:
        return Refusal("ladder_long", {"most": MOST_RUNGS})
    for one in wishes:
        if not 1 <= one.at_percent <= MOST_PERCENT:
            return Refusal("ladder_share", {"share": one.at_percent, "most": MOST_PERCENT})
        if one.raises_level and one.tell_role not in _ANSWERS_FOR:
            return Refusal("ladder_raises_nobody", {"share": one.at_percent})
    pairs = [(one.at_percent, one.tell_role) for one in wishes]
    twice = next((pair for pair in pairs if pairs.count(pair) > 1), None)
    return Refusal("ladder_twice", {"share": twice[0]}) if twice else None


_ORDER = tuple(Level)
_ANSWERS_FOR = {
    Told.COMMUNITY_STAFF: Level.COMMUNITY,
    Told.STREET_STAFF: Level.SUBDISTRICT,
    Told.DISTRICT: Level.DISTRICT,
}


def ladder(rungs: Iterable[R], code: str | None) -> list[R]:
    """Return the rungs for a place, lowest first: those of the longest prefix that holds it.

    An office that wants another ladder writes a whole one; two are never mixed.
    """
    mine = [one for one in rungs if (code or "").startswith(one.prefix)]
    longest = max((len(one.prefix) for one in mine), default=0)
    own = [one for one in mine if len(one.prefix) == longest]
    return sorted(own, key=lambda one: (one.at_percent, one.tell_role))


def risen(level: Level, rungs: Iterable[Rung]) -> Level:
    """Return who answers for a case after climbing rungs: the highest that one of them calls in.

    A rung that raises lifts the case to the level of the post that it tells, and never lowers it:
    a case that a person brought to the street office before stays there.
    """
    called = [_ANSWERS_FOR.get(Told(one.tell_role), level) for one in rungs if one.raises_level]
    return max((level, *called), key=_ORDER.index)


def topic(percent: int, *, rose: bool, slip: bool) -> str:
    """Name what people are told about: the gravest of what happened."""
    if slip:
        return "slip_issued"
    if rose:
        return "escalated"
    return "overdue" if percent >= 100 else "due_soon"
