"""The ladder: at which share of the limit who is told, and when somebody higher answers."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Protocol, TypeVar

from gridsvc.incidents.rules import Level


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
