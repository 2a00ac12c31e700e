"""What counts for a campaign, and where it should stand on a day; plain values alone."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: A longer chart has a point a week.
DAYS_SHOWN = 35
_DAY = timedelta(days=1)


class Measure(enum.StrEnum):
    """What a campaign counts: distinct dwellings reached, or rounds."""

    DWELLINGS = "dwellings"
    ROUNDS = "rounds"


@dataclass(frozen=True)
class Frame:
    """What a round must meet to count: where, when, about what; ``last`` belongs to it."""

    prefixes: tuple[str, ...]
    first: date
    last: date
    topic: str | None = None


def counts_for(frame: Frame, grid_code: str, on: date, topics: Mapping[str, int]) -> bool:
    """Tell whether a round counts: its grid, as it was called that day, its day and its topic.

    A round in which the topic never came up is no work for it; without a topic every round is.

    Examples
    --------
    >>> frame = Frame(("520302001",), date(2026, 2, 3), date(2026, 2, 16), "elderly_care")
    >>> counts_for(frame, "520302001001004", date(2026, 2, 16), {"elderly_care": 2})
    True
    >>> counts_for(frame, "520302001001004", date(2026, 2, 16), {"parking": 1})
    False
    """
    return (
        frame.first <= on <= frame.last
        and grid_code.startswith(frame.prefixes)
        and (frame.topic is None or topics.get(frame.topic, 0) > 0)
    )


def even(goal: int, first: date, last: date, on: date) -> float:
    """Return where an even pace stands at the end of a day: 0 before, the goal from the last on.

    Examples
    --------
    >>> even(100, date(2026, 2, 1), date(2026, 2, 10), date(2026, 2, 3))
    30.0
    """
    done = (min(on, last) - first).days + 1
    return goal * max(done, 0) / ((last - first).days + 1)


def steps(first: date, last: date) -> list[date]:
    """Return the days that a burn-up chart shows: each, or every seventh and the last."""
    days = (last - first).days + 1
    if days <= DAYS_SHOWN:
        return [first + n * _DAY for n in range(days)]
    weekly = [first + n * _DAY for n in range(6, days, 7)]
    return weekly if weekly[-1] == last else [*weekly, last]


@dataclass(frozen=True)
class Stand:
    """Where a campaign stood, or is to stand, at the end of a day."""

    day: date
    so_far: int | None
    even: float


def burn_up(
    goal: int, first: date, last: date, counts: Mapping[date, int], today: date
) -> list[Stand]:
    """Add counts by day up along the days that a chart shows; days to come have none yet.

    Examples
    --------
    >>> first, last = date(2026, 2, 1), date(2026, 2, 2)
    >>> [(one.so_far, one.even) for one in burn_up(20, first, last, {first: 7}, first)]
    [(7, 10.0), (None, 20.0)]
    """
    return [
        Stand(
            day,
            sum(count for on, count in counts.items() if on <= day) if day <= today else None,
            even(goal, first, last, day),
        )
        for day in steps(first, last)
    ]


def planned(festival: date, days_before: int, length: int) -> tuple[date, date]:
    """Return first and last day of so many days that begin so many days before a festival.

    Examples
    --------
    >>> planned(date(2027, 2, 6), 14, 14)
    (datetime.date(2027, 1, 23), datetime.date(2027, 2, 5))
    """
    first = festival - days_before * _DAY
    return first, first + (length - 1) * _DAY


def successors(codes: Iterable[str], gave: Iterable[tuple[str, str]]) -> set[str]:
    """Return the grids that got ground from some grids, in the order in which it was given.

    Parameters
    ----------
    gave : iterable of (from, to)
        Redrawings, the earliest first.
    """
    found = set(codes)
    for giver, taker in gave:
        if giver in found:
            found.add(taker)
    return found
