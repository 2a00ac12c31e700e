from __future__ import annotations

from datetime import datetime, time

import pytest

from gridsvc.service_points.rules import Opening, is_open, runs, weekly

WEEK = weekly("Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00")


def test_a_week_is_read_day_by_day() -> None:
    assert len(WEEK) == 11
    assert WEEK[0] == Opening(0, time(9), time(12))
    assert WEEK[-1] == Opening(5, time(9), time(12))
    assert weekly("") == ()


def test_days_with_the_same_times_are_said_as_one_run() -> None:
    morning, afternoon = (time(9), time(12)), (time(14), time(17, 30))
    assert runs(WEEK) == [(0, 4, [morning, afternoon]), (5, 5, [morning])]
    parted = runs(weekly("Mo,We 09:00-12:00"))
    assert [(first, last) for first, last, _ in parted] == [(0, 0), (2, 2)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("daily 9-5", "write hours as"),
        ("Mo", "write times as"),
        ("Mo 9:00-12:00", "write times as"),
        ("Mo 09:00-24:00", "write times as"),
        ("Mo 12:00-09:00", "ends before it begins"),
        ("Sa-Mo 09:00-12:00", "runs past Sunday"),
        ("Mo 09:00-12:00,11:00-13:00", "the times on Mo overlap"),
    ],
)
def test_hours_that_cannot_be_kept_are_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        weekly(text)


@pytest.mark.parametrize(
    ("at", "open_then"),
    [("2026-09-14 08:59", False), ("2026-09-14 09:00", True), ("2026-09-14 12:00", False),
     ("2026-09-19 11:59", True), ("2026-09-19 14:00", False), ("2026-09-20 10:00", False)],
)  # fmt: skip
def test_it_is_open_from_the_first_minute_to_before_the_last(at: str, open_then: bool) -> None:
    assert is_open(WEEK, datetime.fromisoformat(at)) is open_then
