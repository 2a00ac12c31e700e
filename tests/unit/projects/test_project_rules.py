"""The order of the four stages, and how plans are counted against what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gridsvc.errors import BadInput, RuleViolation
from gridsvc.projects.rules import (
    STAGES,
    Kept,
    Move,
    Promise,
    Stage,
    check_move,
    kept,
    may_follow,
    promises,
)

SINCE, TODAY = date(2026, 9, 1), date(2026, 9, 16)
SPAN = (date(2026, 10, 1), date(2026, 10, 31))


def move(to: Stage, **more) -> Move:
    span = SPAN if to is Stage.PLANNED else None
    return replace(Move(to, TODAY, span, "because"), **more)


@pytest.mark.parametrize("now", STAGES)
@pytest.mark.parametrize("to", STAGES)
def test_a_project_goes_one_stage_on_or_one_back(now: Stage, to: Stage) -> None:
    if abs(STAGES.index(now) - STAGES.index(to)) == 1:
        check_move(now, SINCE, move(to), TODAY)
        assert to in may_follow(now)
    else:
        with pytest.raises(RuleViolation):
            check_move(now, SINCE, move(to), TODAY)


@pytest.mark.parametrize(
    ("now", "wrong", "reason"),
    [
        (Stage.PLANNED, move(Stage.PROPOSED, note=" "), "project_why"),
        (Stage.PLANNED, move(Stage.UNDER_WAY, reached_on=SINCE - timedelta(1)), "project_day"),
        (Stage.PLANNED, move(Stage.UNDER_WAY, reached_on=TODAY + timedelta(1)), "project_day"),
        (Stage.PROPOSED, move(Stage.PLANNED, planned=None), "project_span"),
        (Stage.PLANNED, move(Stage.UNDER_WAY, planned=SPAN), "project_span"),
        (Stage.PROPOSED, move(Stage.PLANNED, planned=SPAN[::-1]), "project_backwards"),
    ],
)
def test_a_step_is_refused_with_what_is_wrong(now: Stage, wrong: Move, reason: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_move(now, SINCE, wrong, TODAY)
    assert refusal.value.reason == reason


def test_a_plan_that_slipped_counts_as_two() -> None:
    spring, autumn = date(2026, 5, 31), date(2026, 10, 31)
    steps = [
        (Stage.PROPOSED, date(2026, 1, 5), None),
        (Stage.PLANNED, date(2026, 2, 1), date(2026, 5, 30)),  # a slip of the pen, mended that day
        (Stage.PROPOSED, date(2026, 2, 1), None),
        (Stage.PLANNED, date(2026, 2, 1), spring),
        (Stage.PROPOSED, date(2026, 6, 2), None),
        (Stage.PLANNED, date(2026, 6, 3), autumn),
        (Stage.UNDER_WAY, date(2026, 9, 1), None),
        (Stage.DONE, date(2026, 10, 31), None),
    ]
    plans = promises(steps)
    assert plans == [
        Promise(spring, replaced_on=date(2026, 6, 3)),
        Promise(autumn, done_on=date(2026, 10, 31)),
    ]
    assert kept(plans, date(2026, 4, 1), date(2026, 6, 30)) == Kept(1, 0, 0, moved=1)
    assert kept(plans, date(2026, 10, 1), date(2026, 12, 31)) == Kept(1, in_time=1, late=0, moved=0)
    back = promises([*steps, (Stage.UNDER_WAY, date(2026, 11, 2), None)])
    assert kept(back, date(2026, 10, 1), date(2026, 12, 31)).open == 1
    late = promises([*steps[:-1], (Stage.DONE, date(2026, 11, 1), None)])
    assert kept(late, date(2026, 10, 1), date(2026, 12, 31)) == Kept(1, in_time=0, late=1, moved=0)
