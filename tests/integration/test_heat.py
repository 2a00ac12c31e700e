"""Open cases in cells: exact for those who answer for them, undisclosing for everybody else."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.incidents.heat import cell_bits, heat
from gridsvc.incidents.queries import Wanted, moment, open_counts, wanted

ALL = Scope(("",))
PUBLIC = Sight(public=Scope((f"{TOWN}002",)))
K = 5


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


def gather(session, sight, asked=Wanted(), on=TODAY, within=ALL, bandwidth_m=150):  # noqa: B008
    when = moment(on, NOW, "Asia/Shanghai")
    return heat(session, sight, asked, when, within, bandwidth_m=bandwidth_m, threshold=K)


def test_a_cell_is_no_wider_than_a_third_of_the_bandwidth():
    pixel_m = 40_075_016.686 / 2**26
    for bandwidth_m in (30, 150, 1000):
        width = pixel_m * 2 ** cell_bits(bandwidth_m)
        assert bandwidth_m / 6 < width <= bandwidth_m / 3


def test_a_cell_lies_where_its_cases_are(town):
    found = gather(town, Sight(full=ALL, handles=ALL))
    assert (found.total, found.hidden) == (28, 0)
    lon, lat, count = max(found.cells, key=lambda cell: cell[2])
    assert count == 16
    # half a cell of 38 m on the equator is under 0.0002 degrees
    assert (lon, lat) == pytest.approx(toy_town.position(0.5, 0.5), abs=0.0002)


def test_cases_outside_every_grid_are_drawn_for_their_division(town):
    found = gather(town, Sight(full=Scope((TOWN,))))
    assert found.total == 25
    assert any(lon > toy_town.position(3.2, 0)[0] for lon, _, _ in found.cells)


def test_outsiders_get_only_multiples_of_the_threshold(town):
    found = gather(town, PUBLIC)
    # 17 cases are public and not sensitive: 13 in one cell, 4 in another or in the same
    assert found.total == 15
    assert all(count % K == 0 and count >= K for _, _, count in found.cells)
    assert found.hidden == found.total - sum(count for _, _, count in found.cells)


def test_masked_cells_are_the_same_at_every_bandwidth(town):
    pictures = [gather(town, PUBLIC, bandwidth_m=b).cells for b in (30, 150, 2000)]
    assert pictures[0] == pictures[1] == pictures[2]


def test_a_filter_leaves_outsiders_nothing(town):
    asked = wanted(town, category="noise")
    assert gather(town, PUBLIC, asked).cells == []
    assert gather(town, PUBLIC, Wanted(older_than_days=1)).total == 0


def test_todays_cases_change_no_outsiders_picture(town):
    before = gather(town, PUBLIC)
    for _ in range(9):
        peopled_town.add_case(
            town, 0.5, 0.5, toy_town.code(2, 1), reported_at=NOW - timedelta(minutes=5)
        )
    assert gather(town, PUBLIC) == before


def test_sensitive_cases_leave_no_trace_for_those_who_do_not_handle_them(town):
    for sight in (PUBLIC, Sight(full=ALL)):
        before = gather(town, sight)
        added = peopled_town.add_case(town, 0.5, 0.5, toy_town.code(2, 1), category="quarrel")
        assert added.id
        assert gather(town, sight) == before


def test_no_two_answers_to_an_outsider_differ_by_fewer_than_the_threshold(town):
    """Brute force: 60 random cases over 12 days, every pair of days, parts and readings."""
    chance = random.Random(20260916)
    for _ in range(60):
        place = chance.randrange(3)
        peopled_town.add_case(
            town,
            place + chance.random(),
            chance.random(),
            toy_town.code(2, place + 1),
            reported_at=NOW - timedelta(days=chance.uniform(0.3, 12)),
        )
    answers = []
    for days in range(0, 12):
        on = TODAY - timedelta(days)
        when = moment(on, NOW, "Asia/Shanghai")
        parts = [f"{TOWN}002", toy_town.code(2, 1), toy_town.code(2, 2)]
        for part in parts:
            found = gather(town, PUBLIC, on=on, within=Scope((part,)))
            answers += [found.total, found.hidden, *(count for _, _, count in found.cells)]
            assert open_counts(town, PUBLIC, Wanted(), when, ALL).exact.empty
    assert len(set(answers)) > 3
    assert not any(0 < abs(one - other) < K for one, other in itertools.combinations(answers, 2))


def test_a_part_of_the_public_area_has_the_heat_of_the_whole(town):
    whole = gather(town, PUBLIC)
    for part in (f"{TOWN}002", toy_town.code(2, 1), toy_town.code(2, 3)):
        assert gather(town, PUBLIC, within=Scope((part,))) == whole


def test_a_sensitive_kind_is_not_cut_by_age_or_level_for_who_does_not_handle_it(town):
    desk = Sight(full=ALL)
    kind = wanted(town, category="quarrel")
    assert kind.sensitive
    older = wanted(town, category="quarrel", older_than_days=1)
    assert gather(town, desk, older).cells == []
    handler = Sight(full=ALL, handles=ALL)
    assert gather(town, handler, older).total <= gather(town, handler, kind).total
