"""What a visit record may say, and how coverage is read."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo  # noqa: F401  UTC is for the examples

from gridsvc.errors import RuleViolation
from gridsvc.visits.reasons import because

#: Coverage is read over a quarter unless another window is asked for.
WINDOW_DAYS = 91
#: Target lines: 80 % in the window, 100 % in the year (domain).
TARGET_RATE = 0.8
YEAR_TARGET_RATE = 1.0
#: Visit day is Friday (``date.weekday()``).
VISIT_WEEKDAY = 4
#: The morning ends in the middle of the office's midday break, 12:00 to 14:00.
MIDDAY = time(13)
#: What is counted at the door, by its code; a record may bring others of a partner's system.
TOPICS = (
    *("advice", "elderly_care", "water_power", "lighting", "parking", "drainage", "rubbish"),
    *("neighbours", "other"),
)


def coverage_rate(dwellings_visited: int, dwellings: int | None) -> float | None:
    """Return distinct dwellings visited ÷ dwellings, in [0, 1]; ``None`` without dwellings.

    Raises
    ------
    RuleViolation
        If more dwellings were visited than there are: a rate above 100 % is a fault to mend in
        the records, not a figure to show.

    Examples
    --------
    >>> coverage_rate(60, 80)
    0.75
    """
    if not dwellings:
        return None
    if dwellings_visited > dwellings:
        raise RuleViolation(
            f"{dwellings_visited} dwellings were visited of {dwellings}; "
            "correct the visit or the building's dwellings"
        )
    return dwellings_visited / dwellings


@dataclass(frozen=True)
class Counts:
    """How many dwellings a round reached, and how many of them nobody had called on that year."""

    dwellings_visited: int
    first_time_dwellings: int


def counted(reached: Iterable[tuple[str, int]], before: Iterable[tuple[str, int]]) -> Counts:
    """Count the dwellings of a round, as pairs of building code and number.

    Examples
    --------
    >>> counted([("B1", 1), ("B1", 2)], before=[("B1", 2), ("B2", 1)])
    Counts(dwellings_visited=2, first_time_dwellings=1)
    """
    doors = set(reached)
    return Counts(len(doors), len(doors - set(before)))


def require_plausible(visited_on: date, today: date, counts: Counts, dwellings: int | None) -> None:
    """Refuse a round that cannot have been.

    Parameters
    ----------
    dwellings : int or None
        Of the grid that day; ``None`` where they were never counted.

    Raises
    ------
    RuleViolation
        The day is yet to come, or more dwellings were reached than there are.
    """
    visited, first = counts.dwellings_visited, counts.first_time_dwellings
    if visited_on > today:
        raise because(RuleViolation, "visit_to_come", ["visited_on"], day=str(visited_on))
    if first > visited:
        raise because(
            RuleViolation,
            "visit_first_above",
            ["first_time_dwellings"],
            first=first,
            visited=visited,
        )
    if dwellings is not None and visited > dwellings:
        raise because(
            RuleViolation,
            "visit_above",
            ["dwellings_visited"],
            visited=visited,
            dwellings=dwellings,
        )


class HalfDay(enum.StrEnum):
    """The half of a day in which a round ended."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


def half_day_of(
    visited_on: date, ended_at: datetime | None, recorded_at: datetime, zone: tzinfo
) -> HalfDay | None:
    """Tell in which half of its day a round was walked.

    By when it ended as the phone told it, else by when it was recorded, each only if that was on
    the day itself. ``None`` where neither was: the day alone is known.

    Examples
    --------
    >>> noon, night = datetime(2026, 9, 18, 12, tzinfo=UTC), datetime(2026, 9, 19, 1, tzinfo=UTC)
    >>> half_day_of(date(2026, 9, 18), noon, night, UTC)
    <HalfDay.MORNING: 'morning'>
    """
    for instant in (ended_at, recorded_at):
        local = instant.astimezone(zone) if instant else None
        if local is not None and local.date() == visited_on:
            return HalfDay.MORNING if local.time() < MIDDAY else HalfDay.AFTERNOON
    return None


def half_days(rounds: Iterable[tuple[date, HalfDay | None]]) -> int:
    """Count the distinct half-days of some rounds; a day whose half is unknown counts as one.

    Examples
    --------
    >>> friday = date(2026, 9, 18)
    >>> half_days([(friday, HalfDay.MORNING), (friday, None), (friday, HalfDay.MORNING)])
    1
    """
    halves: dict[date, set[HalfDay]] = {}
    for day, half in rounds:
        halves.setdefault(day, set()).update({half} if half else ())
    return sum(max(1, len(known)) for known in halves.values())
