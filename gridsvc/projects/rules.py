"""The four stages of an area project, and which step may follow which."""

from __future__ import annotations

import enum
from datetime import date

from gridsvc.errors import BadInput, RuleViolation


class Stage(enum.StrEnum):
    """From what residents ask for to what stands there."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


STAGES = tuple(Stage)


def may_follow(now: Stage) -> list[Stage]:
    """Return the stages that a project can go to: the next one, and back to the one before."""
    at = STAGES.index(now)
    return [*STAGES[at + 1 : at + 2], *STAGES[max(0, at - 1) : at]]


def check_step(
    now: Stage,
    to: Stage,
    *,
    since: date,
    reached_on: date,
    today: date,
    planned: tuple[date, date] | None,
    note: str,
) -> None:
    """Refuse a step that no supervisor would sign.

    A project goes one stage on, or one back with a reason. It is planned for a span of days, and
    whoever plans it anew takes it back first, so that a plan that slipped is seen as two plans.

    Parameters
    ----------
    now, to : Stage
        Where it stands and where it is to go.
    since, reached_on, today : date
        The day on which it came to where it stands, on which it goes on, and of the office.
    planned : tuple of (date, date), optional
        First and last day of the work; for a step to ``planned`` alone.
    note : str
        Why, or what was done.

    Raises
    ------
    RuleViolation
        The stage cannot follow the one where it stands.
    BadInput
        A date is missing or impossible, or a step back has no reason.
    """
    if to not in may_follow(now):
        told = f"A project that is {now} can become {' or '.join(may_follow(now))}, not {to}."
        raise RuleViolation(told, [to])
    if STAGES.index(to) < STAGES.index(now) and not note.strip():
        raise BadInput("Say why the project goes back a stage.", ["note"])
    if not since <= reached_on <= today:
        told = f"Give a day from {since}, when it came to this stage, to {today}."
        raise BadInput(told, ["reached_on"])
    if (to is Stage.PLANNED) != (planned is not None):
        raise BadInput("Give the first and the last day of the work when it is planned.", ["from"])
    if planned is not None and planned[1] < planned[0]:
        raise BadInput("The work cannot end before it begins: change one of the days.", ["until"])
