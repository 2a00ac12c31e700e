"""The parts of a proposal on a chequered board of square atoms, 100 m on a side."""

from __future__ import annotations

from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from toy_town import cell

from gridsvc.errors import BadInput
from gridsvc.geo.proposal import Why, Wish, atom_borders, propose, scores
from gridsvc.geo.proposal.flips import anneal
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.matching import matched
from gridsvc.geo.proposal.plan import Plan, Weights
from gridsvc.geo.proposal.trees import divided
from gridsvc.geo.proposal.web import Web, atoms_of

HERE = "520302001001"
LIMITS = Range(100, 300, 200)


def board(rows: int, columns: int) -> Web:
    """Atoms of 20 households, numbered row by row, every border at the same price."""
    number = np.arange(rows * columns).reshape(rows, columns)
    sides = ((number[:, :-1], number[:, 1:]), (number[:-1], number[1:]))
    pairs = [
        (int(a), int(b)) for one, two in sides for a, b in zip(one.flat, two.flat, strict=True)
    ]
    rim = {int(a) for a in number.flat} - {int(a) for a in number[1:-1, 1:-1].flat}
    size = rows * columns
    return Web.of(
        [20] * size, [10_000.0] * size, [400.0] * size,
        [(a, b, 100.0, 100.0) for a, b in pairs], [sum(1 << a for a in rim)], (1 << size) - 1,
    )  # fmt: skip


def bits(*atoms: int) -> int:
    return sum(1 << a for a in atoms)


def atoms(households: list[list[int]], grid: str = f"{HERE}001", block: int = -1):
    cells = [(c, r) for r in range(len(households)) for c in range(len(households[0]))]
    frame = gpd.GeoDataFrame(
        {"grid": grid, "households": [households[r][c] for c, r in cells], "block": block},
        geometry=[cell(c, r) for c, r in cells],
        crs=4326,
    )
    frame.index.name = "atom"
    return frame


@pytest.mark.parametrize(
    ("households", "lack", "count"),
    [(0, 100, 1), (99, 1, 1), (100, 0, 1), (300, 0, 2), (301, 0, 2), (1_000, 0, 5)],
)
def test_a_piece_lacks_what_no_number_of_grids_takes_up(households, lack, count):
    assert (LIMITS.lack(households), LIMITS.count(households)) == (lack, count)


def test_a_narrow_range_leaves_counts_that_nothing_fits():
    narrow = Range(150, 170, 160)
    assert [narrow.lack(h) for h in (170, 180, 290, 300, 345)] == [0, 10, 10, 0, 5]


def test_a_piece_ends_where_the_ways_end():
    web = board(2, 4)
    assert web.within(bits(0), bits(0, 1, 3, 4)) == bits(0, 1, 4)
    assert list(web.pieces(bits(0, 4, 2, 7))) == [bits(0, 4), bits(2), bits(7)]


def test_a_ring_encloses_and_a_horseshoe_does_not():
    web = board(4, 4)
    ring = bits(0, 1, 2, 4, 6, 8, 9, 10)
    assert web.encloses(bits(1, 4, 6, 9))
    assert web.encloses(ring)
    assert not web.encloses(ring & ~bits(0, 1, 2))


def test_whole_blocks_make_a_web_of_their_own():
    web = board(2, 4).joined([bits(0, 1, 4, 5), bits(2, 3, 6, 7)])
    assert web.households == [80, 80]
    assert web.edge_m == [800.0, 800.0]
    assert web.near == [[(1, 200.0, 200.0)], [(0, 200.0, 200.0)]]


def test_trees_divide_into_connected_grids_within_the_range():
    web = board(8, 9)
    grids = divided(web, web.free, LIMITS, Random(1))
    assert sum(grids) == web.free
    for grid in grids:
        assert 5 <= grid.bit_count() <= 15
        assert web.within(grid & -grid, grid) == grid


def test_what_a_move_costs_is_the_difference_of_the_plans():
    web, rng = board(6, 6), Random(4)
    label = [(a // 6 // 3) * 2 + a % 6 // 3 for a in range(36)]
    plan = Plan(web, list(label), LIMITS, Weights(3.0, 0.6, 1.0, 5.0), label)
    moved = 0
    for _ in range(200):
        atom = rng.randrange(36)
        to = plan.spare() if rng.random() < 0.1 else plan.label[rng.choice(web.near[atom])[0]]
        if to != plan.label[atom] and plan.may_move(atom, to):
            before, told = plan.cost(), plan.change(atom, to)
            plan.move(atom, to)
            assert plan.cost() - before == pytest.approx(told, abs=1e-6)
            moved += 1
    assert moved > 50


def test_no_move_tears_a_grid_or_closes_a_ring():
    web = board(3, 3)
    torn = Plan(web, [0, 0, 0, 1, 1, 1, 1, 1, 1], LIMITS, Weights(1, 1, 1))
    assert not torn.may_move(1, 1)
    assert torn.may_move(0, 1)
    horseshoe = Plan(web, [0, 0, 0, 0, 1, 1, 0, 0, 0], LIMITS, Weights(1, 1, 1))
    assert not horseshoe.may_move(5, 0)
    assert horseshoe.may_move(4, 0)


def test_annealing_squares_a_crooked_border():
    web = board(4, 6)
    crooked = [int(a % 6 >= (1, 5, 1, 5)[a // 6]) for a in range(24)]
    plan = Plan(web, crooked, LIMITS, Weights(3.0, 0.6, 1.0))
    anneal(plan, range(24), Random(0), 6_000, 0.3, 0.005)
    assert np.reshape(plan.label, (4, 6)).tolist() == [[0, 0, 0, 1, 1, 1]] * 4


def test_new_grids_keep_the_codes_of_most_of_their_households():
    present = pd.Series([f"{HERE}001"] * 3 + [f"{HERE}002"] * 3)
    names = matched(
        np.array([7, 7, 4, 4, 4, 9]), present, np.array([10, 10, 10, 30, 30, 20]), np.ones(6)
    )
    assert names.tolist() == [f"{HERE}001"] * 2 + [f"{HERE}002"] * 3 + [f"{HERE}+01"]


def test_borders_tell_blocks_from_streets_and_the_river():
    town = atoms([[1, 1, 1, 1]]).assign(block=[0, 0, 1, 2])
    river = shapely.LineString([(108.003, 27.69), (108.003, 27.71)])
    base = gpd.GeoDataFrame({"kind": ["water"], "rank": [1]}, geometry=[river], crs=4326)
    found = atom_borders(town, base)
    assert found["kind"].tolist() == ["block", "street", "barrier"]
    assert found["border_m"].to_numpy() == pytest.approx(110.8, abs=0.1)


def test_scores_of_two_squares_and_a_grid_in_two_pieces():
    town = atoms([[120, 50, 50, 50]]).assign(block=[-1, 5, 5, 6])
    labels = pd.Series([f"{HERE}001", f"{HERE}002", f"{HERE}003", f"{HERE}002"])
    found = scores(town, atom_borders(town), labels)
    assert found["grids"] == 3
    assert found["in_range"] == pytest.approx(2 / 3)
    assert found["contiguous"] == pytest.approx(2 / 3)
    assert found["split_blocks"] == 1
    assert found["moved_households"] == 150
    assert found["least_compact"] < found["compactness"] < np.pi / 4


def test_a_piece_with_too_few_households_is_named_and_the_rest_proposed():
    town = atoms([[30] * 6 + [0], [30] * 6 + [0], [30] * 6 + [80], [30] * 6 + [0]])
    town = town[(np.arange(len(town)) % 7 < 6) | (town["households"] == 80)]
    apart = town[town["households"] == 80].index[0]
    borders = atom_borders(town).query("a != @apart and b != @apart")
    found = propose(town, borders, Wish(starts=1))
    (only,) = found.infeasible
    assert (only.community, only.atoms, only.households) == (HERE, (apart,), 80)
    assert only.why == Why.TOO_FEW
    assert town.geometry[apart].contains(shapely.Point(only.lon, only.lat))
    rest = town.drop(apart).groupby(found.labels)["households"].sum()
    assert rest.between(100, 300).all()


def test_a_building_over_the_range_is_named():
    found = propose(*_with_borders(atoms([[50, 50, 50, 400, 50, 50, 50]])), Wish(starts=1))
    assert [one.why for one in found.infeasible] == [Why.ATOM_TOO_LARGE]


def test_a_wish_that_cannot_be_is_refused():
    for wrong in ({"style": "round"}, {"low": 300, "high": 100}, {"target": 400}):
        with pytest.raises(BadInput):
            Wish(**wrong)
    town, borders = _with_borders(atoms([[60, 60]]))
    for strange in ({"locked": frozenset({"x"})}, {"communities": frozenset({"y"})}):
        with pytest.raises(BadInput, match="not in this draft"):
            propose(town, borders, Wish(**strange))


def _with_borders(town):
    return town, atom_borders(town)


def test_atoms_of_a_set_come_in_order():
    assert list(atoms_of(bits(9, 2, 70))) == [2, 9, 70]
