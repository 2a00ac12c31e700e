"""Households grouped to zones: five to ten each, neighbours together, nobody left over."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.zones.rules import (
    House,
    ZoneFault,
    ZoneReading,
    households_of,
    shared_out,
    still_right,
    zone_fault,
    zone_reading,
)
from gridsvc.zones.rules.grouping import grouped, walk

#: Metres to degrees, near enough.
M = 1 / 111_000


def row(*households: int, apart_m: float = 20.0) -> list[House]:
    """Houses from west to east, with a door a household."""
    return [House(n, 106.9 + n * apart_m * M, 27.7, h, h) for n, h in enumerate(households)]


def sizes(zones) -> list[int]:
    return [households_of(zone) for zone in zones]


def houses_of_any_kind():
    one = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(1, 40), st.integers(0, 5))
    return st.lists(one, min_size=1, max_size=12).map(
        lambda rows: [
            House(n, 106.9 + x * M, 27.7 + y * M, h, h + empty)
            for n, (x, y, h, empty) in enumerate(rows)
        ]
    )


@settings(max_examples=10, deadline=None)
@given(houses_of_any_kind())
def test_every_door_is_in_one_zone_and_every_zone_keeps_the_rule(houses) -> None:
    zones = grouped(houses)
    doors = sorted(
        (part.building, door)
        for zone in zones
        for part in zone
        for door in range(part.first, part.last + 1)
    )
    assert doors == sorted((one.id, n + 1) for one in houses for n in range(one.doors))
    total = sum(one.households for one in houses)
    assert sum(sizes(zones)) == total
    assert all(5 <= size <= 10 for size in sizes(zones)) or total < 5
    assert grouped(houses[::-1]) == zones
    assert grouped(houses, zones) == zones


def test_houses_stay_whole_where_zones_can_be_made_of_whole_ones() -> None:
    zones = grouped(row(6, 7, 3, 4, 9))
    assert [[part.building for part in zone] for zone in zones] == [[0], [1], [2, 3], [4]]


def test_a_house_of_many_is_cut_by_its_doors_and_evenly() -> None:
    assert [(z[0].first, z[0].last) for z in grouped(row(24))] == [(1, 8), (9, 16), (17, 24)]


def test_a_zone_ends_where_the_way_to_the_next_house_is_long() -> None:
    near = [House(n, 106.9 + n * 10 * M, 27.7, 1, 1) for n in range(5)]
    far = [House(n, 106.9 + (400 + n * 10) * M, 27.7, 1, 1) for n in range(5, 12)]
    assert sizes(grouped(near + far)) == [5, 7]


def test_what_cannot_be_helped_is_named() -> None:
    assert sizes(grouped(row(3, 1))) == [4]
    assert zone_fault(4, 4, 4) is ZoneFault.SMALL_GRID
    assert zone_fault(4, 4, 40) is ZoneFault.REST
    dormitory = [House(1, 106.9, 27.7, 50, 1), *row(0, 0, 6)[2:]]
    assert sizes(grouped(dormitory)) == [50, 6]
    assert zone_fault(50, 1, 56) is ZoneFault.ONE_DOOR
    assert zone_fault(5, 5, 40) is zone_fault(10, 10, 40) is None


def test_new_houses_change_only_the_zone_beside_them() -> None:
    before = grouped(row(6, 7, 8, 9))
    new = House(99, 106.9 + 3.2 * 20 * M, 27.7, 2, 2)
    after = grouped([*row(6, 7, 8, 9), new], before)
    assert after[:3] == before[:3]
    assert sizes(after[3:]) in ([5, 6], [6, 5])


def test_a_zone_whose_house_changed_is_no_longer_right() -> None:
    (zone,) = grouped(row(8))
    assert still_right(zone, {0: row(8)[0]})
    assert not still_right(zone, {0: row(7)[0]})
    assert not still_right(zone, {})


def test_a_walk_does_not_cross_itself() -> None:
    square = np.array([[0, 0], [0, 10], [10, 10], [10, 0], [5, 0.1]], dtype=float)
    way = walk(square)
    legs = np.hypot(*(square[way][1:] - square[way][:-1]).T)
    assert sorted(way) == [0, 1, 2, 3, 4]
    assert legs.sum() < 31


def test_zones_are_shared_out_evenly_and_none_is_left() -> None:
    given_to = shared_out(list(range(10)), [7, 8, 9], {8: 5})
    assert len(given_to) == 10
    assert [list(given_to.values()).count(post) for post in (7, 8, 9)] == [5, 0, 5]
    assert shared_out([1], [], {}) == {}


def test_zones_of_a_grid_that_was_redrawn_are_to_be_made_anew() -> None:
    assert zone_reading(0, 0, 120, same_ground=True) is ZoneReading.NONE
    assert zone_reading(20, 120, 120, same_ground=False) is ZoneReading.REDRAWN
    assert zone_reading(20, 118, 120, same_ground=True) is ZoneReading.DIFFERENT
    assert zone_reading(20, 120, None, same_ground=True) is ZoneReading.COMPLETE
