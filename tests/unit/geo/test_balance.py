from __future__ import annotations

import numpy as np
import pytest

from gridsvc.geo.proposal.balance import Borders, cut_tree, is_feasible


def chequered(rows: int, columns: int) -> Borders:
    """A rectangle of square cells, 10 m on a side, numbered row by row."""
    number = np.arange(rows * columns).reshape(rows, columns)
    a = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    b = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    return Borders(a, b, np.full(len(a), 10.0), np.ones(len(a)))


def is_connected(cells: set[int], borders: Borders) -> bool:
    near = [(a, b) for a, b in zip(borders.a.tolist(), borders.b.tolist(), strict=True)]
    reached, grown = set(), {min(cells)}
    while grown:
        reached |= grown
        steps = {b for a, b in near if a in grown} | {a for a, b in near if b in grown}
        grown = (steps & cells) - reached
    return reached == cells


@pytest.mark.parametrize(
    ("households", "minimum", "maximum", "answer"),
    [(99, 100, 300, False), (100, 100, 300, True), (301, 100, 300, True), (199, 100, 120, False),
     (240, 100, 120, True), (250, 100, 120, False)],
)  # fmt: skip
def test_feasible_means_that_some_number_of_parts_fits(households, minimum, maximum, answer):
    assert is_feasible(households, minimum, maximum) is answer


def test_every_part_is_connected_and_in_range():
    borders = chequered(9, 10)
    households = np.random.default_rng(5).integers(0, 40, 90)
    parts = cut_tree(households, borders, seed=1, trees=4)
    totals = np.bincount(parts, weights=households)
    assert len(totals) > 5
    assert totals.min() >= 100
    assert totals.max() <= 300
    for part in range(len(totals)):
        assert is_connected(set(np.flatnonzero(parts == part).tolist()), borders)


def test_the_same_seed_gives_the_same_parts_and_another_seed_others():
    households, borders = np.full(60, 20), chequered(6, 10)
    first = cut_tree(households, borders, seed=3, trees=3)
    assert np.array_equal(first, cut_tree(households, borders, seed=3, trees=3))
    assert not np.array_equal(first, cut_tree(households, borders, seed=4, trees=3))


def test_parts_are_numbered_in_the_order_of_their_first_cell():
    parts = cut_tree(np.full(60, 20), chequered(6, 10), seed=3, trees=3)
    first = [int(np.argmax(parts == part)) for part in range(int(parts.max()) + 1)]
    assert first == sorted(first)
    assert parts[0] == 0


def test_a_piece_too_small_stays_whole_for_the_check_to_report():
    joined = chequered(1, 4)
    keep = joined.a != 1  # cells 0-1 and 2-3 no longer touch
    apart = Borders(*(getattr(joined, k)[keep] for k in ("a", "b", "border_m", "dearness")))
    parts = cut_tree(np.array([30, 40, 100, 100]), apart, seed=0)
    assert parts.tolist() == [0, 0, 1, 1]


def test_cells_that_meet_at_a_corner_are_not_neighbours():
    borders = Borders(np.array([0]), np.array([1]), np.array([1.9]), np.array([1.0]))
    assert cut_tree(np.array([150, 150]), borders).tolist() == [0, 1]


def test_the_cut_follows_the_cheap_border():
    borders = chequered(4, 10)
    main_road = (borders.a % 10 == 5) & (borders.b == borders.a + 1)
    cheap = Borders(
        borders.a, borders.b, borders.border_m, np.where(main_road, 0.05, borders.dearness)
    )
    parts = cut_tree(np.full(40, 10), cheap, seed=0, target=200).reshape(4, 10)
    assert (parts == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]).all()
