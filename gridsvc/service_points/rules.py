"""Tiers of service points and the hours at which their people are met; plain values alone."""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

#: The days of a week as the hours of OpenStreetMap write them; Monday is 0.
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

#: Metres in a straight line that the siting list begins with: about ten minutes on foot.
FAR_M = 500

_TIMES = re.compile(r"([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d)")


class Tier(enum.StrEnum):
    """What stands at each level: a subdistrict's centre, a community's station, a grid's agent."""

    CENTRE = "centre"
    STATION = "station"
    AGENT = "agent"


#: Digits of the code of what each tier is to stand in: subdistrict, community, grid.
DIGITS = {Tier.CENTRE: 9, Tier.STATION: 12, Tier.AGENT: 15}


@dataclass(frozen=True, order=True)
class Opening:
    """From when to when on a day of the week (Monday is 0), in the office's own time."""

    weekday: int
    opens: time
    closes: time


def weekly(text: str) -> tuple[Opening, ...]:
    """Read the hours of a week.

    Parameters
    ----------
    text : str
        Days and times as OpenStreetMap's ``opening_hours`` has them, without months, holidays and
        nights: ``Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00``. Empty: no fixed hours.

    Raises
    ------
    ValueError
        It cannot be read, a time ends before it begins, or two overlap.

    Examples
    --------
    >>> [one.weekday for one in weekly("Mo,Sa-Su 09:00-12:00")]
    [0, 5, 6]
    """
    found = sorted(
        Opening(day, *_times(span))
        for part in text.split(";")
        if part.strip()
        for days, spans in [_parted(part)]
        for day in _days(days)
        for span in spans.split(",")
    )
    for one, following in zip(found, found[1:], strict=False):
        if one.weekday == following.weekday and following.opens < one.closes:
            raise ValueError(f"the times on {DAYS[one.weekday]} overlap")
    return tuple(found)


def _parted(part: str) -> tuple[str, str]:
    days, _, times = part.strip().partition(" ")
    return days, times.replace(" ", "")


def _days(text: str) -> list[int]:
    found: list[int] = []
    for run in text.split(","):
        first, _, last = run.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError("write hours as Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        if end < begin:
            raise ValueError(f"{run} runs past Sunday: write it as two, as in Sa-Su,Mo")
        found += range(begin, end + 1)
    return found


def _times(text: str) -> tuple[time, time]:
    read = _TIMES.fullmatch(text)
    if not read or int(read[1]) > 23 or int(read[3]) > 23:
        raise ValueError("write times as 09:00-17:30")
    opens, closes = time(int(read[1]), int(read[2])), time(int(read[3]), int(read[4]))
    if closes <= opens:
        raise ValueError(f"{text} ends before it begins")
    return opens, closes


def runs(openings: Iterable[Opening]) -> list[tuple[int, int, list[tuple[time, time]]]]:
    """Give days that follow one another with the same times as one run: first, last, times."""
    days: dict[int, list[tuple[time, time]]] = defaultdict(list)
    for one in sorted(openings):
        days[one.weekday].append((one.opens, one.closes))
    found: list[tuple[int, int, list[tuple[time, time]]]] = []
    for day, times in days.items():
        if found and found[-1][1] == day - 1 and found[-1][2] == times:
            found[-1] = (found[-1][0], day, times)
        else:
            found.append((day, day, times))
    return found


def is_open(openings: Iterable[Opening], at: datetime) -> bool:
    """Tell whether people are met at an instant, aware and in the office's zone."""
    now = at.time()
    return any(one.weekday == at.weekday() and one.opens <= now < one.closes for one in openings)
