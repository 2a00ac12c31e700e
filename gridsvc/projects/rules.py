"""The four stages of an area project, and which step may follow which."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gridsvc.errors import BadInput, RuleViolation
from gridsvc.projects.reasons import because


class Stage(enum.StrEnum):
    """From what residents ask for to what stands there."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


STAGES = tuple(Stage)


def may_follow(now: Stage) -> tuple[Stage, ...]:
    """Return the stages that a project can go to: the next one, and back to the one before."""
    at = STAGES.index(now)
    return (*STAGES[at + 1 : at + 2], *STAGES[max(0, at - 1) : at])


@dataclass(frozen=True)
class Move:
    """A step that somebody wants to take.

    Attributes
    ----------
    to : Stage
        Where the project is to go.
    reached_on : date
        On which day it came there.
    planned : tuple of (date, date), optional
        First and last day of the work; for a step to ``planned`` alone.
    note : str
        Why, or what was done.
    """

    to: Stage
    reached_on: date
    planned: tuple[date, date] | None = None
    note: str = ""


def check_move(now: Stage, since: date, move: Move, today: date) -> None:
    """Refuse a step that no supervisor would sign.

    A project goes one stage on, or one back with a reason. It is planned for a span of days, and
    whoever plans it anew takes it back first, so that a plan that slipped is seen as two plans.

    Parameters
    ----------
    now, since : Stage, date
        Where it stands, and since which day.
    move : Move
        Where it is to go.
    today : date
        Of the office.

    Raises
    ------
    RuleViolation
        The stage cannot follow the one where it stands.
    BadInput
        A date is missing or impossible, or a step back has no reason.
    """
    if move.to not in may_follow(now):
        others = may_follow(now)
        raise because(RuleViolation, "project_order", stage=now, others=others, to=move.to)
    if STAGES.index(move.to) < STAGES.index(now) and not move.note.strip():
        raise because(BadInput, "project_why", ["note"])
    if not since <= move.reached_on <= today:
        raise because(BadInput, "project_day", ["reached_on"], since=since, today=today)
    if (move.to is Stage.PLANNED) != (move.planned is not None):
        raise because(BadInput, "project_span", ["planned_from", "planned_until"])
    if move.planned is not None and move.planned[1] < move.planned[0]:
        raise because(BadInput, "project_backwards", ["planned_until"])


@dataclass(frozen=True)
class Promise:
    """A plan of a project, and what became of it.

    Attributes
    ----------
    due_on : date
        The planned last day.
    done_on, replaced_on : date, optional
        When the work was done under this plan, or another plan took its place.
    """

    due_on: date
    done_on: date | None = None
    replaced_on: date | None = None


@dataclass(frozen=True)
class Kept:
    """Plans whose last day lies in a period, by what became of them; together they are ``due``."""

    due: int
    in_time: int
    late: int
    moved: int

    @property
    def open(self) -> int:
        """Plans that are neither done nor moved."""
        return self.due - self.in_time - self.late - self.moved


def promises(steps: Sequence[tuple[Stage, date, date | None]]) -> list[Promise]:
    """Read the plans of a project from its steps (stage, day, planned last day), in order.

    A plan that was replaced on the very day was a slip of the pen, and none.
    """
    found: list[tuple[date, Promise]] = []
    for stage, day, until in steps:
        if stage is Stage.PLANNED and until is not None:
            if found and found[-1][0] == day:
                found.pop()
            elif found:
                found[-1] = (found[-1][0], replace(found[-1][1], replaced_on=day, done_on=None))
            found.append((day, Promise(until)))
        elif found:
            done = day if stage is Stage.DONE else None
            found[-1] = (found[-1][0], replace(found[-1][1], done_on=done))
    return [promise for _, promise in found]


def kept(plans: Iterable[Promise], first: date, last: date) -> Kept:
    """Count the plans that were due in a period, whenever they were made.

    A plan counts where it was due also when it was replaced: work promised for spring and planned
    anew for autumn is moved in spring, and due in autumn.
    """
    due = [one for one in plans if first <= one.due_on <= last]
    done = [one for one in due if one.done_on is not None and one.replaced_on is None]
    in_time = sum(one.done_on is not None and one.done_on <= one.due_on for one in done)
    moved = sum(one.replaced_on is not None for one in due)
    return Kept(len(due), in_time, len(done) - in_time, moved)
