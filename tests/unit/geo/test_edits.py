"""Every edit of the toy town, worked out from the drawing: who has what ground afterwards."""

from __future__ import annotations

import pytest
import toy_town
from edited_town import MIDDLE, NEW, A, B, cells_of, line, made, town, town_of_cells
from toy_town import cell, code, position

from gridsvc.errors import BadGeometry, RuleViolation
from gridsvc.geo import edits
from gridsvc.geo.atoms import grid_atoms


def test_a_line_across_a_grid_splits_it_and_the_larger_part_keeps_the_code():
    atoms = town()
    grids = made(atoms, edits.split(atoms, MIDDLE, line((0.8, 1.3), (2.2, 1.3)), NEW, 10))
    assert grids.loc[[MIDDLE, NEW], "households"].tolist() == [211, 90]
    assert cells_of(grids.geometry[NEW]) == pytest.approx(0.3, abs=1e-4)


def test_the_end_of_a_line_on_a_locked_outline_goes_to_a_vertex_that_is_there():
    atoms = town()
    edit = edits.split(atoms, B, line((1.505, 1.9), (1.505, 3.1)), NEW, 10)
    assert 0.1 < edit.shifted_m <= 2.6
    assert edit.grids == {B, NEW}
    assert set(edit.after["grid"]) == {B, NEW, MIDDLE}  # the grid below gains a vertex
    made(atoms, edit)


def test_sparse_outlines_can_be_edited_too_and_say_how_far_the_end_went():
    atoms = grid_atoms(toy_town.grids())
    edit = edits.split(atoms, B, line((1.4, 1.9), (1.4, 3.1)), NEW, 10)
    assert edit.shifted_m == pytest.approx(0.4 * 98.7, rel=0.01)
    made(atoms, edit)


def test_merging_and_splitting_again_leaves_other_grids_as_they_are():
    atoms = town()
    grids = made(atoms, edits.merge(atoms, A, [B, MIDDLE]))
    assert grids.loc[A, "households"] == 721
    assert cells_of(grids.geometry[A]) == pytest.approx(3)


def test_a_lasso_takes_its_ground_and_the_share_of_the_households():
    atoms = town()
    lasso = cell(0.5, 1.5, wide=0.9, high=0.8)  # 0.4 x 0.5 of the middle, and of three others
    edit = edits.transfer(atoms, lasso, code(1, 4), 10, givers=[MIDDLE])
    grids = made(atoms, edit)
    assert grids.loc[MIDDLE, "households"] == 301 - 60
    assert cells_of(grids.geometry[code(1, 4)]) == pytest.approx(1.2, abs=1e-3)
    assert len(edit.applied_to(atoms)) == 9  # the piece is joined to the grid that takes it


def test_a_new_grid_is_made_of_four():
    atoms = town()
    edit = edits.create(atoms, cell(0.7, 1.6, wide=0.6, high=0.8), NEW, 10)
    grids = made(atoms, edit)
    assert cells_of(grids.geometry[NEW]) == pytest.approx(0.48, abs=1e-3)
    assert edit.grids == {A, B, MIDDLE, code(1, 4), NEW}


@pytest.mark.parametrize(
    ("way", "moved"),
    [
        ([(1, 1.2), (1.3, 1.5), (1, 1.8)], 0.09),
        ([(0.5, 0.9), (0.5, 2.1)], -0.5),
        ([(1, 1.5), (1.2, 1.6), (1.2, 2.1)], 0.09),
    ],
)
def test_a_border_is_drawn_anew_between_two_grids(way, moved):
    atoms = town()
    grids = made(atoms, edits.reshape(atoms, code(1, 4), MIDDLE, line(*way), 10))
    assert cells_of(grids.geometry[code(1, 4)]) == pytest.approx(1 + moved, abs=1e-3)


def test_a_dragged_corner_moves_for_all_four_grids():
    atoms = town()
    grids = made(atoms, edits.drag(atoms, position(1, 2), position(1.2, 2.2), 10))
    area = [cells_of(grids.geometry[one]) for one in (A, B, code(1, 4), MIDDLE)]
    assert area == pytest.approx([1.0, 0.8, 1.2, 1.0], abs=1e-3)


def test_a_retired_grid_goes_to_the_longest_border_or_to_the_heirs_named():
    cells = town_of_cells()
    grids = made(cells, edits.retire(cells, A))
    assert A not in grids.index
    grids = made(cells, edits.retire(cells, A, [B]))
    assert grids.loc[B, "households"] == 420


def test_a_cell_that_is_cut_leaves_its_households_with_the_building():
    cells = town_of_cells()
    lasso = cell(0.9, 1, wide=0.45, high=1)  # touches no anchor, which is at 1.5
    grids = made(cells, edits.transfer(cells, lasso, code(1, 4), 10, [MIDDLE]))
    assert grids.loc[[code(1, 4), MIDDLE], "households"].tolist() == [100, 301]
    lasso = cell(0.9, 1, wide=0.65, high=1)
    with pytest.raises(RuleViolation, match="would fall into"):
        edits.transfer(cells, cell(1.2, 1.2, wide=0.1, high=0.1), code(1, 4), 10, [MIDDLE])
    grids = made(cells, edits.transfer(cells, lasso, code(1, 4), 10, [MIDDLE]))
    assert grids.loc[[code(1, 4), MIDDLE], "households"].tolist() == [401, 0]


def test_codes_are_exchanged_in_one_edit():
    atoms = town()
    grids = made(atoms, edits.renumber(atoms, {A: B, B: A}))
    assert grids.loc[[A, B], "households"].tolist() == [300, 120]


def test_a_proposal_relabels_several_communities_at_once():
    atoms = town()
    labels = atoms["grid"].replace({B: A, code(2, 2): code(2, 1)})
    grids = made(atoms, edits.relabel_many(atoms, labels))
    assert len(grids) == 7 and grids.loc[[A, code(2, 1)], "households"].tolist() == [420, 180]


def test_a_lasso_over_the_frame_takes_only_its_own_community():
    atoms = town()
    grids = made(atoms, edits.transfer(atoms, cell(0.6, 0.5, wide=0.9, high=1), code(1, 4), 10))
    assert cells_of(grids.geometry[code(1, 4)]) == pytest.approx(1.25, abs=0.02)
    assert grids.geometry[code(2, 1)].equals(town().geometry[7])


def test_a_hole_is_made_only_where_it_is_allowed_and_its_grid_can_still_be_split():
    atoms = town()
    island = edits.create(atoms, cell(1.4, 1.4, wide=0.2, high=0.2), NEW, 10, holes=True)
    made(atoms, island)
    ring = island.applied_to(atoms)
    grids = made(ring, edits.split(ring, MIDDLE, line((1.5, 0.9), (1.5, 2.1)), code(1, 8), 11))
    assert cells_of(grids.geometry[MIDDLE]) == pytest.approx(0.48, abs=0.01)
    assert sum(len(one.interiors) for one in grids.geometry) == 0
    with pytest.raises(BadGeometry, match="does not cut"):
        edits.split(ring, MIDDLE, line((1.5, 1.9), (1.5, 2.1)), code(1, 8), 11)
