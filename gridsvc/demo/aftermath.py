"""What follows a solved case: it is checked, now and then sent back, answered and rated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from gridsvc.calendars.rules import Calendar
from gridsvc.demo.cases import CaseRow, Step
from gridsvc.incidents.rules import ClockEntryKind, Level, Status
from gridsvc.incidents.rules.clock import due

REWORKED = 0.05  # of solved cases, sent back once by whoever checks them
ANSWERED, RATED = 0.85, 0.55  # of closed cases, of those answered
# Not satisfied, fairly, satisfied: a district publishes 96 % for the last two together.
RATINGS = (0.04, 0.18, 0.78)


def aftermath(case: CaseRow, now: datetime, rng: np.random.Generator) -> CaseRow:
    """Add to a closed case what the check, the answer and the reporter's tap left in its history.

    Parameters
    ----------
    now : datetime
        Aware; no step lies after it.
    rng : numpy.random.Generator
        The only source of chance.
    """
    risen = {} if case.level is Level.GRID else {"from_level": "grid", "to_level": case.level.value}
    steps = [
        replace(step, detail=risen) if step.action == "escalate" else step for step in case.steps
    ]
    if case.status is not Status.CLOSED:
        return replace(case, steps=tuple(steps))
    ended = {"outcome": case.outcome.value if case.outcome else None}
    steps = [replace(s, detail=ended) if s.action in ("resolve", "close") else s for s in steps]
    if rng.random() < REWORKED:
        steps = _sent_back(steps)
    if rng.random() >= ANSWERED:
        return replace(case, steps=tuple(steps))
    closing = steps[-1]
    answer = Step(closing.at, "feed_back", Status.VERIFIED, Status.VERIFIED)
    steps = [*steps[:-1], answer, closing]
    tapped = closing.at + timedelta(hours=float(rng.uniform(0.2, 40)))
    rating = 1 + int(rng.choice(3, p=RATINGS))
    if rng.random() >= RATED or tapped >= now:
        return replace(case, steps=tuple(steps), fed_back_at=answer.at)
    tap = Step(
        tapped.replace(microsecond=0), "rate", Status.CLOSED, Status.CLOSED, {"rating": rating}
    )
    return replace(case, steps=(*steps, tap), fed_back_at=answer.at, rating=rating)


def _sent_back(steps: list[Step]) -> list[Step]:
    """Let the check send the work back once, and the team do it again before the check."""
    at = next(place for place, step in enumerate(steps) if step.action == "verify")
    done, checked = steps[at - 1], steps[at]
    pause = (checked.at - done.at) / 3
    back = Step(_whole(done.at + pause), "rework", Status.RESOLVED, Status.CLAIMED)
    again = replace(done, at=_whole(done.at + 2 * pause), from_status=Status.CLAIMED)
    return [*steps[:at], back, again, *steps[at:]]


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def clock_lines(
    cases: Iterable[tuple[int, CaseRow]], calendar: Calendar, zone: ZoneInfo
) -> Iterator[tuple[Any, ...]]:
    """Write the clocks of cases that are done: started, stood still when solved, stopped.

    Yields
    ------
    tuple
        ``incident_id``, ``seq``, ``kind``, ``at``, ``limit_kind``, ``limit_count``, ``due_at``,
        ``reason``, as the table ``clock_entry`` has them.
    """
    for number, case in cases:
        if case.status is not Status.CLOSED:
            continue
        start, limit = case.steps[0].at, case.occurrence.category.limit
        at = due(limit[0], limit[1], start, calendar, zone).due_at
        solved = [step.at for step in case.steps if step.action == "resolve"][-1]
        yield number, 1, ClockEntryKind.START.value, start, limit[0].value, limit[1], at, None
        yield number, 2, ClockEntryKind.PAUSE.value, solved, None, None, None, "resolve"
        closed = case.closed_at
        yield number, 3, ClockEntryKind.STOP.value, closed, None, None, None, "close"
