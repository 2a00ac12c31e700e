"""Hot spots: planted ones are found, random fields show none, and only exact counts are judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import peopled_town
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN, Viewer

from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.geo.analysis import hot_spots as geo
from gridsvc.geo.analysis.adjacency import touching
from gridsvc.incidents.queries import Wanted, wanted
from gridsvc.reports.hot_spots import clusters, hot_spots

SIDE, FIELDS = 16, 40
DRAWS = 9_999
CODES = [f"{number:03d}" for number in range(SIDE * SIDE)]
MIDDLE = [row * SIDE + column for row in range(6, 9) for column in range(6, 9)]
#: Of 40 fields 5 % are 2; more than 7 come once in a thousand times.
MOST = 7


def checkerboard() -> pd.DataFrame:
    """Squares that touch those beside, below and across."""
    steps = ((0, 1), (1, 0), (1, 1), (1, -1))
    pairs = [
        (CODES[row * SIDE + column], CODES[(row + down) * SIDE + column + right])
        for row in range(SIDE)
        for column in range(SIDE)
        for down, right in steps
        if row + down < SIDE and 0 <= column + right < SIDE
    ]
    return pd.DataFrame(pairs, columns=["a", "b"])


TOUCHING = checkerboard()


def field(seed: int, times: float = 1.0) -> pd.DataFrame:
    """Draw grids of 25 to 300 households whose rates differ, those in the middle times more."""
    chance = np.random.default_rng(seed)
    households = chance.integers(25, 300, len(CODES)).astype(float)
    rate = 0.02 * chance.gamma(3, 1 / 3, len(CODES))
    rate[MIDDLE] *= times
    return pd.DataFrame(
        {"cases": chance.poisson(rate * households), "households": households}, CODES
    )


def judged(seed: int, times: float = 1.0) -> pd.DataFrame:
    return geo.hot_spots(field(seed, times), TOUCHING, draws=DRAWS)


def test_random_fields_are_marked_no_oftener_than_the_level_says_and_uncorrected_always() -> None:
    found = [judged(seed) for seed in range(FIELDS)]
    assert sum(one["hot"].any() for one in found) <= MOST
    assert sum((one["p"] <= geo.LEVEL).any() for one in found) > FIELDS - 3


def test_a_planted_cluster_is_found_and_few_are_marked_away_from_it() -> None:
    windows = set(TOUCHING["b"][TOUCHING["a"].isin([CODES[one] for one in MIDDLE])])
    windows |= set(TOUCHING["a"][TOUCHING["b"].isin(windows)])
    marked = [set(one.index[one["hot"]]) for one in (judged(seed, 5) for seed in range(10))]
    planted = {CODES[one] for one in MIDDLE}
    assert all(len(one & planted) >= 3 for one in marked)
    assert sum(len(one - windows) for one in marked) <= 0.1 * sum(map(len, marked))


def test_hot_grids_that_touch_are_one_cluster_the_largest_surplus_first() -> None:
    both = field(4, 5)
    corner = [CODES[row * SIDE + column] for row in range(1, 4) for column in range(1, 4)]
    both.loc[corner, "cases"] += (0.1 * both.loc[corner, "households"]).round()
    found = geo.hot_spots(both, TOUCHING, draws=DRAWS)
    assert (found["cluster"] >= 0).equals(found["hot"])
    surplus = (both["cases"] - found["expected"])[found["hot"]].groupby(found["cluster"]).sum()
    assert len(surplus) == 2 and surplus.is_monotonic_decreasing
    told = found[found["hot"]].groupby("cluster").groups
    assert [set(one) & set(corner) != set() for one in told.values()] == [True, False]


def test_what_chance_gives_is_what_shuffling_the_whole_map_gives() -> None:
    cases = field(1)
    value = geo.standardised(cases["cases"].to_numpy(float), cases["households"].to_numpy())
    place = {code: at for at, code in enumerate(CODES)}
    a, b = TOUCHING["a"].map(place).to_numpy(), TOUCHING["b"].map(place).to_numpy()
    window = np.eye(len(CODES))
    window[a, b] = window[b, a] = 1
    chance = np.random.default_rng(7)
    shuffled = np.stack([chance.permutation(value) for _ in range(4_000)]) @ window
    brute = (shuffled >= window @ value).mean(axis=0)
    size = window.sum(axis=0).astype(int)
    told = geo.reference(value, size, window @ value, draws=40_000, seed=1)
    assert np.abs(told - brute).max() < 0.04  # five standard errors of 4,000 shuffles


def test_small_grids_islands_and_small_towns_are_not_judged() -> None:
    cases = field(2)
    cases.loc[CODES[0], "households"] = geo.FEWEST_HOUSEHOLDS - 1
    cases.loc[CODES[5], "households"] = np.nan
    alone = TOUCHING[(TOUCHING["a"] != CODES[9]) & (TOUCHING["b"] != CODES[9])]
    found = geo.hot_spots(cases, alone, draws=DRAWS)
    assert set(found.index[~found["judged"]]) == {CODES[0], CODES[5], CODES[9]}
    few = cases.head(geo.FEWEST_GRIDS - 1)
    assert not geo.hot_spots(few, alone, draws=DRAWS)["judged"].any()
    assert not geo.hot_spots(cases.assign(cases=0), alone, draws=DRAWS)["judged"].any()


def test_the_same_seed_gives_the_same_answer() -> None:
    pd.testing.assert_frame_equal(judged(4, 3), judged(4, 3))


def test_grids_that_meet_in_a_corner_touch() -> None:
    pairs = touching(toy_town.grids())
    assert len(pairs) == 20  # 12 borders of a board of nine, and 8 corners
    assert ((pairs["a"] == toy_town.code(1, 1)) & (pairs["b"] == toy_town.code(1, 5))).any()


@pytest.fixture
def town(session, monkeypatch):
    peopled_town.build(session)
    monkeypatch.setattr(geo, "FEWEST_GRIDS", 4)
    return session


def told(session, sight: Sight, asked: Wanted = Wanted(), days: int = 28):  # noqa: B008
    found = hot_spots(session, sight, asked, TODAY, NOW, "Asia/Shanghai", days=days)
    return found.grids[found.grids["judged"]]


def test_only_what_the_viewer_counts_exactly_is_judged(town) -> None:
    office, handler = Sight(full=Scope((TOWN,))), Sight(Scope((TOWN,)), handles=Scope((TOWN,)))
    grid = toy_town.code(2, 1)
    assert told(town, office).loc[grid, "cases"] == 13
    assert told(town, handler).loc[grid, "cases"] == 16
    assert told(town, Sight(public=Scope((TOWN,)))).empty
    assert told(town, office, wanted(town, category="quarrel")).empty
    before, grid = told(town, office, days=6), toy_town.code(2, 3)
    assert before.loc[grid, ["cases_before", "cases"]].tolist() == [5, 4]  # one closed since
    assert not told(town, office)["cases_before"].any()


def test_a_hot_spot_is_counted_with_the_grids_around_it_as_it_was_judged() -> None:
    found = pd.DataFrame(
        {"judged": [True, True, True, False], "hot": [True, False, False, False],
         "cluster": [0, -1, -1, -1], "z": [3.0, 1.0, 0.0, 0.0], "cases": [2, 9, 1, 7],
         "households": [100, 100, 100, 5], "expected": [2.0, 2.0, 2.0, None]},
        list("abcd"),
    )  # fmt: skip
    borders = pd.DataFrame({"a": ["a", "b", "a"], "b": ["b", "c", "d"]})
    (one,) = clusters(found, borders)
    assert (one.codes, one.cases, one.households, one.expected) == (["a"], 11, 200, 4.0)


def test_the_page_says_why_nothing_is_judged_in_a_small_town(session, database) -> None:
    peopled_town.build(session)
    app = peopled_town.app_in(session, replace(database, language="en"))
    street = Viewer(app, session, Role.STREET_STAFF, TOWN)
    page = street.get(f"/hotspots?on={TODAY}", Accept="text/html", **{"Accept-Language": "en"})
    assert "Too few grids to judge: 30" in page.get_data(as_text=True)
    answer = street.get(f"/api/v1/hotspots?on={TODAY}").get_json()
    assert answer["judged"] == 0 and answer["hot_spots"] == answer["grids"] == []
