"""What counts for a campaign, where it should stand, and which half of a day a round was in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridsvc.campaigns.rules import Frame, burn_up, counts_for, even, steps, successors
from gridsvc.targets.rules import nearest
from gridsvc.visits.rules import HalfDay, half_day_of, half_days

FIRST, LAST = date(2026, 2, 3), date(2026, 2, 16)
GRID = "520302001001004"
FRAME = Frame(("520302001001", "520302001002007"), FIRST, LAST, "parking")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("code", "on", "topics", "counts"),
    [
        (GRID, FIRST, {"parking": 1}, True),
        (GRID, LAST, {"parking": 3, "advice": 1}, True),
        (GRID, FIRST - timedelta(1), {"parking": 1}, False),
        (GRID, LAST + timedelta(1), {"parking": 1}, False),
        (GRID, FIRST, {"advice": 1}, False),
        (GRID, FIRST, {"parking": 0}, False),
        ("520302001002007", FIRST, {"parking": 1}, True),
        ("520302001002008", FIRST, {"parking": 1}, False),
    ],
)
def test_a_round_counts_by_grid_day_and_topic(code, on, topics, counts) -> None:
    assert counts_for(FRAME, code, on, topics) is counts


def test_an_even_pace_begins_at_nothing_and_ends_at_the_goal() -> None:
    assert even(140, FIRST, LAST, FIRST - timedelta(1)) == 0
    assert even(140, FIRST, LAST, FIRST) == 10
    assert even(140, FIRST, LAST, LAST) == even(140, FIRST, LAST, date(2027, 1, 1)) == 140


@pytest.mark.parametrize("days", [1, 35, 36, 42, 43, 366])
def test_the_steps_of_a_chart_end_with_the_last_day_and_stay_few(days: int) -> None:
    found = steps(FIRST, FIRST + timedelta(days - 1))
    assert found[-1] == FIRST + timedelta(days - 1)
    assert found == sorted(set(found)) and len(found) <= 53


def test_days_to_come_have_an_even_pace_and_nothing_reached() -> None:
    counts = {FIRST: 5, FIRST + timedelta(2): 4}
    told = burn_up(140, FIRST, LAST, counts, FIRST + timedelta(2))
    assert [one.so_far for one in told[:4]] == [5, 5, 9, None]
    assert told[-1].even == 140


def test_grids_that_got_ground_in_turn_take_part() -> None:
    assert successors(["A"], [("A", "B"), ("C", "D"), ("B", "E")]) == {"A", "B", "E"}
    assert successors(["A"], [("B", "E"), ("A", "B")]) == {"A", "B"}


def test_the_nearest_division_says_what_holds() -> None:
    lines = {"": 1, "520302": 2, "520302001": 3}
    assert nearest(lines, "520302001004") == 3
    assert nearest(lines, "520302009") == 2
    assert nearest({"520303": 9}, "520302") is None


def test_the_phone_says_the_half_of_the_day_and_else_the_record_of_the_same_day() -> None:
    day = date(2026, 9, 18)
    eleven, six = (datetime(2026, 9, 18, hour, tzinfo=UTC) for hour in (3, 10))
    later = datetime(2026, 9, 19, 3, tzinfo=UTC)
    assert half_day_of(day, eleven, six, SHANGHAI) is HalfDay.MORNING
    assert half_day_of(day, None, six, SHANGHAI) is HalfDay.AFTERNOON
    assert half_day_of(day, later, six, SHANGHAI) is HalfDay.AFTERNOON
    assert half_day_of(day, None, later, SHANGHAI) is None


def test_half_days_are_counted_once_and_an_unknown_half_only_makes_its_day() -> None:
    friday, monday = date(2026, 9, 18), date(2026, 9, 14)
    rounds = [
        (friday, HalfDay.MORNING), (friday, HalfDay.MORNING), (friday, HalfDay.AFTERNOON),
        (friday, None), (monday, None), (monday, None),
    ]  # fmt: skip
    assert half_days(rounds) == 3
    assert half_days([]) == 0
