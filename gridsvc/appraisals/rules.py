"""What a team's mark is made of. A source that is missing is missing: it is never a zero."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

WHOLE = 100
#: One household representative stands for so many households (domain: 10 to 50).
PANEL_HOUSEHOLDS = (10, 50)
#: So many half-years "not satisfied" in a row flag a team (domain).
FLAGGED_AFTER = 2


class Source(enum.StrEnum):
    """Who rates: 自评 / 群众评 / 社区评 / 组织评."""

    SELF = "self"
    PUBLIC = "public"
    COMMUNITY = "community"
    ORGANISATION = "organisation"


class Rater(enum.StrEnum):
    """The groups whose marks make up a source."""

    TEAM = "team"
    REPRESENTATIVES = "representatives"
    UNITS = "units"
    COMMITTEE = "committee"
    STREET = "street"
    BRANCH = "branch"


RATERS = {
    Source.SELF: (Rater.TEAM,),
    Source.PUBLIC: (Rater.REPRESENTATIVES, Rater.UNITS),
    Source.COMMUNITY: (Rater.COMMITTEE,),
    Source.ORGANISATION: (Rater.STREET, Rater.BRANCH),
}


class PointKind(enum.StrEnum):
    """What points are booked for when a quarter is locked."""

    IN_TIME = "in_time"
    ROUND = "round"
    SATISFIED = "satisfied"


@dataclass(frozen=True)
class Scheme:
    """How marks are weighed; whole per cent.

    Attributes
    ----------
    weights : mapping of Source to int
        Together 100.
    shares : mapping of Rater to int
        Of each source together 100.
    points : mapping of PointKind to int
        Points for one case ended in time, one round, one satisfied rating.
    """

    weights: Mapping[Source, int]
    shares: Mapping[Rater, int]
    points: Mapping[PointKind, int]


#: Where no office set its own: the public weighs most, half as much each the other sources.
DEFAULT = Scheme(
    {Source.SELF: 10, Source.PUBLIC: 40, Source.COMMUNITY: 30, Source.ORGANISATION: 20},
    {Rater.TEAM: 100, Rater.REPRESENTATIVES: 70, Rater.UNITS: 30, Rater.COMMITTEE: 100,
     Rater.STREET: 60, Rater.BRANCH: 40},
    {PointKind.IN_TIME: 2, PointKind.ROUND: 1, PointKind.SATISFIED: 3},
)  # fmt: skip


def scheme_fault(scheme: Scheme) -> str | None:
    """Say what is wrong with a scheme, as a code, or ``None``."""
    numbers = (*scheme.weights.values(), *scheme.shares.values(), *scheme.points.values())
    if any(not 0 <= one <= WHOLE for one in numbers):
        return "range"
    if sum(scheme.weights.values()) != WHOLE:
        return "weights"
    whole = all(sum(scheme.shares[one] for one in group) == WHOLE for group in RATERS.values())
    return None if whole else "shares"


@dataclass(frozen=True)
class Tally:
    """What one group answered about a team; nobody's own mark is kept.

    Attributes
    ----------
    asked, reached, answered : int
        The sampling frame: how many were to be asked, were met, and gave a mark.
    points : int
        The sum of their marks, each 0 to 100.
    """

    asked: int
    reached: int
    answered: int
    points: int

    @property
    def mean(self) -> float | None:
        """The mean mark; ``None`` where nobody answered."""
        return self.points / self.answered if self.answered else None

    @property
    def possible(self) -> bool:
        """Whether no more answered than were reached, nor more were reached than asked."""
        in_order = 0 <= self.answered <= self.reached <= self.asked
        return in_order and 0 <= self.points <= WHOLE * self.answered


@dataclass(frozen=True)
class Result:
    """A team's marks, each 0 to 100 or ``None``; ``weight`` is the per cent that answered."""

    marks: Mapping[Source, float | None]
    total: float | None
    weight: int

    @property
    def missing(self) -> list[Source]:
        """The sources that count and gave no mark."""
        return [one for one, mark in self.marks.items() if mark is None]


def result(scheme: Scheme, tallies: Mapping[Rater, Tally]) -> Result:
    """Weigh the marks that are there; what is missing is left out of both sides.

    Examples
    --------
    >>> half = result(DEFAULT, {Rater.TEAM: Tally(1, 1, 1, 90), Rater.UNITS: Tally(9, 4, 2, 140)})
    >>> half.total, half.weight, [one.value for one in half.missing]
    (74.0, 50, ['community', 'organisation'])
    """
    means = {rater: tally.mean for rater, tally in tallies.items()}
    marks = {
        source: _weighed({rater: scheme.shares[rater] for rater in raters}, means)
        for source, raters in RATERS.items()
        if scheme.weights[source]
    }
    weight = sum(scheme.weights[one] for one, mark in marks.items() if mark is not None)
    return Result(marks, _weighed(dict(scheme.weights), marks), weight)


_Part = TypeVar("_Part", Source, Rater)


def _weighed(weights: Mapping[_Part, int], marks: Mapping[_Part, float | None]) -> float | None:
    there = {one: mark for one, mark in marks.items() if mark is not None and weights.get(one)}
    total = sum(weights[one] for one in there)
    return sum(weights[one] * mark for one, mark in there.items()) / total if total else None


def panel_fits(representatives: int, households: int) -> bool:
    """Tell whether each representative stands for 10 to 50 households."""
    low, high = PANEL_HOUSEHOLDS
    return representatives * low <= households <= representatives * high


def not_satisfied(satisfied: int, fairly: int, unsatisfied: int) -> bool:
    """Tell whether a panel is not satisfied: more say so than say anything better."""
    return unsatisfied > satisfied + fairly
