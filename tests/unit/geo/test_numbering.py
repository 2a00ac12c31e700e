"""New codes: never given before, and in the order in which one reads the drawing."""

from __future__ import annotations

import pytest
import toy_town
from toy_town import code

from gridsvc.errors import RuleViolation
from gridsvc.geo.numbering import next_codes, numbered, reading_order

UPPER = toy_town.SUBDISTRICT + "001"


def test_codes_go_on_above_the_highest_one_ever_given():
    retired = {code(1, 1), code(1, 12), code(2, 40)}
    assert next_codes(UPPER, 2, retired) == [code(1, 13), code(1, 14)]
    assert next_codes(UPPER, 1, set()) == [code(1, 1)]
    assert next_codes(UPPER, 0, retired) == []


def test_numbers_of_functional_grids_are_neither_taken_nor_counted():
    assert next_codes(UPPER, 1, {code(1, 901)}) == [code(1, 1)]
    assert next_codes(UPPER, 1, {code(1, 899)}) == [code(1, 900)]
    with pytest.raises(RuleViolation, match="1 free grid codes left of the 2"):
        next_codes(UPPER, 2, {code(1, 899)})


def test_grids_are_read_in_rows_from_the_north_west():
    # Cells of 550 m by 440 m: wider than a row of 250 m is high.
    spread = toy_town.grids("metres").scale(4, 4, origin=(500_000, 3_065_000))
    assert reading_order(spread).tolist() == list(range(9))
    assert reading_order(spread[::-1]).tolist() == list(range(9))[::-1]


def test_grids_side_by_side_are_one_row_although_one_lies_a_little_lower():
    # The eastern one's centroid lies 100 m north of the western one's.
    assert reading_order(toy_town.grids("metres").loc[[3, 1]]).tolist() == [0, 1]


def test_every_community_is_numbered_by_itself():
    town = toy_town.grids("metres").assign(community=lambda t: t["code"].str[:12])
    spread = town.set_geometry(town.scale(4, 4, origin=(500_000, 3_065_000)))
    assert numbered(spread, set()).tolist() == town["code"].tolist()
    assert numbered(spread[7:], {code(2, 5)}).tolist() == [code(2, 6), code(2, 7)]
    assert numbered(spread[:0], set()).empty
