"""A team's mark: weighed by what answered, and a source that is missing is not a zero."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridsvc.appraisals.rules import (
    DEFAULT,
    Rater,
    Source,
    Tally,
    not_satisfied,
    panel_fits,
    result,
    scheme_fault,
)

FULL = {rater: Tally(10, 10, 10, 800) for rater in Rater}


def test_all_sources_at_eighty_are_eighty():
    told = result(DEFAULT, FULL)
    assert (told.total, told.weight, told.missing) == (80.0, 100, [])


def test_a_missing_source_is_shown_and_lowers_nothing():
    raters = (Rater.TEAM, Rater.REPRESENTATIVES, Rater.UNITS)
    told = result(DEFAULT, {one: FULL[one] for one in raters})
    assert (told.total, told.weight) == (80.0, 50)
    assert told.missing == [Source.COMMUNITY, Source.ORGANISATION]


def test_a_group_that_was_asked_and_did_not_answer_is_missing_too():
    told = result(DEFAULT, FULL | {Rater.COMMITTEE: Tally(5, 5, 0, 0)})
    assert told.missing == [Source.COMMUNITY] and told.total == 80.0


def test_shares_weigh_the_groups_of_a_source():
    told = result(DEFAULT, {Rater.STREET: Tally(1, 1, 1, 100), Rater.BRANCH: Tally(1, 1, 1, 50)})
    assert told.marks[Source.ORGANISATION] == 80.0


def test_nobody_at_all_gives_no_mark():
    told = result(DEFAULT, {})
    assert told.total is None and told.weight == 0 and len(told.missing) == 4


def test_a_scheme_adds_up_to_a_hundred():
    assert scheme_fault(DEFAULT) is None
    assert scheme_fault(replace(DEFAULT, weights=dict(DEFAULT.weights) | {Source.SELF: 11})) == (
        "weights"
    )
    assert scheme_fault(replace(DEFAULT, shares=dict(DEFAULT.shares) | {Rater.UNITS: 31})) == (
        "shares"
    )
    weights = dict(DEFAULT.weights) | {Source.SELF: -10, Source.PUBLIC: 60}
    assert scheme_fault(replace(DEFAULT, weights=weights)) == "range"


@pytest.mark.parametrize(("tally", "possible"), [
    (Tally(5, 4, 3, 300), True), (Tally(5, 6, 3, 0), False), (Tally(5, 4, 5, 0), False),
    (Tally(5, 4, 3, 301), False), (Tally(0, 0, 0, 0), True),
])  # fmt: skip
def test_no_more_answer_than_were_reached(tally, possible):
    assert tally.possible == possible


@pytest.mark.parametrize(("people", "homes", "fits"), [
    (4, 200, True), (3, 200, False), (20, 200, True), (21, 200, False), (0, 0, True),
])  # fmt: skip
def test_a_representative_stands_for_ten_to_fifty_households(people, homes, fits):
    assert panel_fits(people, homes) == fits


def test_a_panel_is_not_satisfied_when_more_say_so_than_anything_better():
    assert not_satisfied(2, 1, 4) and not not_satisfied(2, 2, 4)
