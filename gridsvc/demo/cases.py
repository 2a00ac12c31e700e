"""What became of each report: most solved at the grid within their time, some still open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gridsvc.demo.catalogue import due_at
from gridsvc.demo.occurrences import Occurrence
from gridsvc.demo.story import FLOOD, NIGHT_MARKET, PILE_REACH_M
from gridsvc.incidents.rules import Level, Outcome, Status

# Share of the time given that the work takes: the median, and the spread of its logarithm.
TAKES_MEDIAN, TAKES_SPREAD = 0.5, 0.42
# Chance that a case of today stays undone; it falls with age, as old cases get chased.
STUCK, STUCK_IN_PILE, STUCK_NOBODYS = 0.24, 0.75, 0.95
STUCK_FADES_DAYS = 24.0
EXTENDED = 0.72  # of cases that take long, those given more time; the others are overdue
LEVELS = ((Level.GRID, 0.987), (Level.COMMUNITY, 0.007), (Level.SUBDISTRICT, 0.004),
          (Level.DISTRICT, 0.002))  # fmt: skip
OUTCOMES = ((Outcome.SOLVED, 0.88), (Outcome.REFERRED, 0.05), (Outcome.EXPLAINED, 0.07))
RETURNED = 0.06  # of open cases that a team sent back as not theirs
ESCALATED_OPEN = 0.06


@dataclass(frozen=True)
class Step:
    """One step of a case's history."""

    at: datetime
    action: str
    from_status: Status | None
    to_status: Status
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseRow:
    """A case as it stands now, with how it came there."""

    occurrence: Occurrence
    status: Status
    level: Level
    outcome: Outcome | None
    due_at: datetime
    closed_at: datetime | None
    steps: tuple[Step, ...]
    fed_back_at: datetime | None = None
    rating: int | None = None


def case_of(
    occurrence: Occurrence, in_charge: bool, now: datetime, rng: np.random.Generator
) -> CaseRow:
    """Follow one report to where it stands now.

    Parameters
    ----------
    occurrence : Occurrence
        What was reported.
    in_charge : bool
        Whether the place has a team; without one, cases wait for the community.
    now : datetime
        Aware; no step lies after it.
    rng : numpy.random.Generator
        The only source of chance.
    """
    reported, due = occurrence.reported_at, due_at(occurrence.reported_at, occurrence.category)
    taken = TAKES_MEDIAN * float(np.exp(rng.normal(0, TAKES_SPREAD)))
    closed = reported + (due - reported) * taken + timedelta(minutes=20)
    age_days = (now - reported) / timedelta(days=1)
    stuck = rng.random() < _stuck(occurrence, in_charge) * np.exp(-age_days / STUCK_FADES_DAYS)
    level = _drawn(LEVELS, rng)
    times = [float(t) for t in np.sort(rng.uniform(0.03, 0.9, 4))]
    if not in_charge:
        level = Level.COMMUNITY
    if not stuck and closed < now:
        outcome = _drawn(OUTCOMES, rng)
        steps = _closed_steps(reported, closed, times, level)
        return CaseRow(occurrence, Status.CLOSED, level, outcome, due, _whole(closed), steps)
    if rng.random() < ESCALATED_OPEN and age_days > 2:
        level = Level.COMMUNITY
    until = now if stuck else closed
    steps = _open_steps(reported, until, now, times, level, in_charge, rng)
    if in_charge and due < now and rng.random() < EXTENDED:
        due, steps = _extended(steps, now, rng)
    return CaseRow(occurrence, steps[-1].to_status, level, None, due, None, steps)


def _extended(
    steps: tuple[Step, ...], now: datetime, rng: np.random.Generator
) -> tuple[datetime, tuple[Step, ...]]:
    """More time asked for in the last days, until six in the evening one to seven days ahead."""
    asked = max(steps[-1].at, now - timedelta(days=float(rng.uniform(0.1, 3))))
    due = now.replace(hour=18, minute=0, second=0, microsecond=0)
    due += timedelta(days=int(rng.integers(1, 8)))
    return due, (*steps, _next(list(steps), asked, "grant_extension", steps[-1].to_status))


def _stuck(occurrence: Occurrence, in_charge: bool) -> float:
    if not in_charge:
        return STUCK_NOBODYS
    x, y = occurrence.at_m
    near = min(np.hypot(x - px, y - py) for px, py in (NIGHT_MARKET, FLOOD))
    return STUCK_IN_PILE if near < PILE_REACH_M else STUCK


def _closed_steps(
    reported: datetime, closed: datetime, times: list[float], level: Level
) -> tuple[Step, ...]:
    """Reported, dispatched, claimed, perhaps escalated, resolved, verified by another, closed."""
    plan = [("dispatch", Status.DISPATCHED), ("claim", Status.CLAIMED),
            ("resolve", Status.RESOLVED), ("verify", Status.VERIFIED)]  # fmt: skip
    steps = [Step(reported, "report", None, Status.REPORTED)]
    for share, (action, status) in zip(times, plan, strict=True):
        steps.append(_next(steps, reported + (closed - reported) * share, action, status))
        if action == "claim" and level is not Level.GRID:
            steps.append(_next(steps, steps[-1].at, "escalate", Status.CLAIMED))
    steps.append(_next(steps, closed, "close", Status.CLOSED))
    return tuple(steps)


def _open_steps(
    reported: datetime, until: datetime, now: datetime, times: list[float], level: Level,
    in_charge: bool, rng: np.random.Generator,
) -> tuple[Step, ...]:  # fmt: skip
    """As far as the work has come: nobody's cases are never claimed."""
    steps = [Step(reported, "report", None, Status.REPORTED)]
    if not in_charge:
        return tuple(steps)
    plan = [("dispatch", Status.DISPATCHED), ("claim", Status.CLAIMED)]
    if rng.random() < RETURNED:
        plan[1] = ("return", Status.RETURNED)
    elif rng.random() < 0.12:
        plan.append(("resolve", Status.RESOLVED))
    span = min(until - reported, timedelta(days=2))
    for share, (action, status) in zip(times, plan, strict=False):
        at = reported + span * share
        if at >= now:
            break
        steps.append(_next(steps, at, action, status))
    if level is not Level.GRID and len(steps) > 1:
        steps.append(_next(steps, steps[-1].at, "escalate", steps[-1].to_status))
    return tuple(steps)


def _next(steps: list[Step], at: datetime, action: str, status: Status) -> Step:
    return Step(_whole(at), action, steps[-1].to_status, status)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _drawn(choices: tuple[tuple[Any, float], ...], rng: np.random.Generator) -> Any:
    at = rng.choice(len(choices), p=[share for _, share in choices])
    return choices[int(at)][0]
