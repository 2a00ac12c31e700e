"""Every edit of the toy town, worked out from the drawing: who has what ground afterwards."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy_town
from shapely import LineString, Polygon
from toy_town import cell, code, position

from gridsvc.errors import BadGeometry, Conflict, NotFound, RuleViolation
from gridsvc.geo import edits
from gridsvc.geo.atoms import building_cells, grid_atoms, outlines
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import with_dense_frames

A, B, MIDDLE, NEW = code(1, 1), code(1, 2), code(1, 5), code(1, 7)


@cache
def town() -> gpd.GeoDataFrame:
    return grid_atoms(with_dense_frames(toy_town.grids()))


@cache
def town_of_cells() -> gpd.GeoDataFrame:
    return building_cells(with_dense_frames(toy_town.grids()), toy_town.buildings())


def line(*places: tuple[float, float]) -> LineString:
    """Draw through places counted in cells from the south-west corner of the town."""
    return LineString([position(*place) for place in places])


def made(atoms: gpd.GeoDataFrame, edit: edits.Edit) -> gpd.GeoDataFrame:
    """Apply an edit, prove it, take it back bit by bit, and give the grids."""
    after = edit.applied_to(atoms)
    assert edge_chain(after).same_as(edge_chain(atoms))
    assert after["households"].sum() == atoms["households"].sum()
    back = edit.inverse().applied_to(after)
    assert shapely.to_wkb(back.geometry).tolist() == shapely.to_wkb(atoms.geometry).tolist()
    assert back.drop(columns="geometry").equals(atoms.drop(columns="geometry"))
    return outlines(after)


def cells_of(shape: shapely.Geometry) -> float:
    return shape.area / toy_town.CELL_DEG**2


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


def scribble(count: int) -> LineString:
    way = np.linspace(0.5, 2.5, count)
    return line(*zip(way, 1.5 + 0.3 * np.sin(40 * way), strict=True))


BOWTIE = Polygon([position(*at) for at in ((1, 1), (2, 2), (2, 1), (1, 2))])
ELSEWHERE = cell(7, 7)
BAD = {
    "a self-touching lasso": (
        lambda a: edits.transfer(a, BOWTIE, A, 10),
        BadGeometry,
        "outline crosses or touches itself",
    ),
    "a lasso elsewhere": (
        lambda a: edits.transfer(a, ELSEWHERE, A, 10),
        RuleViolation,
        "holds no ground that could pass",
    ),
    "a lasso apart from the taker": (
        lambda a: edits.transfer(a, cell(2.2, 2.2, wide=0.2, high=0.2), A, 10),
        RuleViolation,
        f"{A} would fall into 2 pieces",
    ),
    "a lasso around all of a grid": (
        lambda a: edits.transfer(a, cell(1, 1.9, wide=1, high=1.2), A, 10),
        RuleViolation,
        "would have no ground left|fall into",
    ),
    "a new grid amid another": (
        lambda a: edits.create(a, cell(1.4, 1.4, wide=0.2, high=0.2), NEW, 10),
        RuleViolation,
        f"{MIDDLE} would enclose ground",
    ),
    "a line that misses": (
        lambda a: edits.split(a, MIDDLE, line((0, 0), (3, 0.5)), NEW, 10),
        BadGeometry,
        "does not cut .* in two",
    ),
    "a line that ends inside": (
        lambda a: edits.split(a, MIDDLE, line((0.5, 1.5), (1.5, 1.5)), NEW, 10),
        BadGeometry,
        "does not cut .* in two",
    ),
    "a line that leaves three pieces": (
        lambda a: edits.split(a, MIDDLE, line((0.8, 1.3), (2.2, 1.4), (0.8, 1.6)), NEW, 10),
        BadGeometry,
        "in 3 pieces",
    ),
    "a line that crosses itself": (
        lambda a: edits.split(
            a, MIDDLE, line((0.9, 1.5), (1.7, 1.5), (1.5, 1.8), (1.5, 1.2)), NEW, 10
        ),
        BadGeometry,
        "crosses or touches itself",
    ),
    "a scribble of 10,000 vertices": (
        lambda a: edits.split(a, MIDDLE, scribble(10_000), NEW, 10),
        BadGeometry,
        "10000 vertices, at most 5000",
    ),
    "a vertex dragged across three neighbours": (
        lambda a: edits.drag(a, position(1, 2), position(2.5, 2.5), 10),
        BadGeometry,
        "dragged across another border",
    ),
    "a vertex on the outline": (
        lambda a: edits.drag(a, position(1, 3), position(1.1, 2.9), 10),
        RuleViolation,
        "is locked",
    ),
    "a vertex between two communities": (
        lambda a: edits.drag(a, position(1, 1), position(1.1, 1.1), 10),
        RuleViolation,
        "is locked",
    ),
    "no vertex": (
        lambda a: edits.drag(a, position(1.3, 1.3), position(1.1, 1.1), 10),
        BadGeometry,
        "No border",
    ),
    "a new border that joins nothing": (
        lambda a: edits.reshape(a, A, B, line((1.2, 2.2), (1.4, 2.6)), 10),
        BadGeometry,
        "does not join up",
    ),
    "a new border between grids that are no neighbours": (
        lambda a: edits.reshape(a, A, code(1, 3), line((0.5, 2.5), (2.5, 2.5)), 10),
        RuleViolation,
        "share no border",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_drawn_badly_is_answered_in_one_sentence_with_the_place(what):
    attempt, kind, sentence = BAD[what]
    with pytest.raises(kind, match=sentence) as refusal:
        attempt(town())
    lon, lat = refusal.value.place
    assert 107.999 < lon < 108.009 and 27.699 < lat < 27.709
    assert refusal.value.message.count(". ") == 0


def test_ground_never_passes_to_another_community():
    atoms = town()
    for attempt in (
        lambda: edits.merge(atoms, code(1, 4), [code(2, 1)]),
        lambda: edits.relabel(atoms, [7], code(1, 4)),
        lambda: edits.split(atoms, A, line((0.5, 1.9), (0.5, 3.1)), code(2, 7), 10),
        lambda: edits.renumber(atoms, {A: code(2, 7)}),
        lambda: edits.reshape(atoms, code(1, 4), code(2, 1), line((0, 1), (1, 1)), 10),
    ):
        with pytest.raises(RuleViolation, match="is locked"):
            attempt()


def test_a_lasso_over_the_frame_takes_only_its_own_community():
    atoms = town()
    grids = made(atoms, edits.transfer(atoms, cell(0.6, 0.5, wide=0.9, high=1), code(1, 4), 10))
    assert cells_of(grids.geometry[code(1, 4)]) == pytest.approx(1.25, abs=0.02)
    assert grids.geometry[code(2, 1)].equals(town().geometry[7])


def test_codes_that_are_not_there_or_in_use_are_refused():
    atoms = town()
    with pytest.raises(NotFound, match=NEW):
        edits.merge(atoms, NEW, [A])
    with pytest.raises(RuleViolation, match=f"Code {B} is in use"):
        edits.split(atoms, A, line((0.5, 1.9), (0.5, 3.1)), B, 10)
    with pytest.raises(RuleViolation, match="no ground left"):
        edits.relabel(atoms, [1], B)
    with pytest.raises(NotFound, match="no atom 99"):
        edits.relabel(atoms, [99], B)


def test_an_edit_of_ground_that_has_changed_since_is_not_applied():
    atoms = town()
    edit = edits.split(atoms, MIDDLE, line((0.8, 1.3), (2.2, 1.3)), NEW, 10)
    with pytest.raises(Conflict, match="has changed since"):
        edit.applied_to(edit.applied_to(atoms))


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
