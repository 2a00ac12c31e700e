from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from gridsvc.demo.cases import case_of
from gridsvc.demo.catalogue import BY_CODE, CATALOGUE, due_at
from gridsvc.demo.occurrences import Occurrence, lon_lat
from gridsvc.demo.rounds import rounds
from gridsvc.demo.story import Story
from gridsvc.incidents.rules import Level, Status

FRIDAY = datetime(2026, 9, 11, 15, 0, tzinfo=UTC)
GRIDS = ("520398001001001", "520398001001002")
NO_STORY = Story(frozenset(), frozenset(), frozenset(), frozenset(), (), frozenset())


def reported(days_ago: int, code: str = "noise") -> Occurrence:
    when = FRIDAY - timedelta(days=days_ago)
    return Occurrence(BY_CODE[code], when, (900.0, 300.0), "石桥一巷夜间施工")


def homes() -> pd.DataFrame:
    codes = [f"{grid}{number}" for grid in GRIDS for number in range(12)]
    return pd.DataFrame({"code": codes, "grid_code": [c[:15] for c in codes], "dwelling_count": 8})


def test_two_working_days_from_a_friday_end_on_a_tuesday():
    assert due_at(FRIDAY, BY_CODE["noise"]).date() == date(2026, 9, 15)


def test_urgent_cases_are_due_within_hours():
    assert due_at(FRIDAY, BY_CODE["lift"]) - FRIDAY == timedelta(hours=2)


def test_the_catalogue_has_no_code_twice_and_a_place_in_every_text():
    assert len(BY_CODE) == len(CATALOGUE) == 14
    assert all("{}" in text for one in CATALOGUE for text in one.texts)


def test_a_case_never_ends_before_it_began_nor_after_now():
    for seed in range(60):
        case = case_of(reported(seed % 9), True, FRIDAY, np.random.default_rng(seed))
        at = [step.at for step in case.steps]
        assert at == sorted(at)
        assert at[-1] <= FRIDAY
        assert (case.status is Status.CLOSED) == (case.closed_at is not None)
        assert case.status is case.steps[-1].to_status


def test_what_nobody_is_in_charge_of_waits_for_the_community():
    for seed in range(20):
        case = case_of(reported(1), False, FRIDAY, np.random.default_rng(seed))
        assert case.level is Level.COMMUNITY
        assert case.status in (Status.REPORTED, Status.CLOSED)


def test_visits_count_each_dwelling_once_a_round_and_first_times_add_up_to_those_reached():
    found = rounds(homes(), NO_STORY, FRIDAY.date(), np.random.default_rng(3))
    for grid in GRIDS:
        mine = [one for one in found if one.grid_code == grid]
        reached = {(b, n) for one in mine for b, numbers in one.dwellings.items() for n in numbers}
        assert sum(one.first_time_dwellings for one in mine) == len(reached) <= 96
        assert all(max(n) <= 8 for one in mine for n in one.dwellings.values())


def test_a_grid_that_nobody_visited_has_no_visit():
    story = Story(frozenset(), frozenset(), frozenset(), frozenset({GRIDS[1]}), (), frozenset())
    found = rounds(homes(), story, FRIDAY.date(), np.random.default_rng(3))
    assert {one.grid_code for one in found} == {GRIDS[0]}


def test_places_are_given_in_seven_decimals():
    assert lon_lat((1250.0, 1000.0)) == (106.92, 27.71)
