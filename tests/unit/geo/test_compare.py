"""Two states of the drawn town: what ground changes hands, and who moves with it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.geo.atoms import outlines
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.compare import compare, compare_grids
from gridsvc.geo.cover.flows import largest_remainder
from gridsvc.geo.crs import area_m2


def state(anchored: bool = True, **redrawn: object) -> gpd.GeoDataFrame:
    """The town with a grid an atom, its building at the centre; some redrawn by place: g0 to g8."""
    town = toy_town.grids()
    # The middle of a square is the middle of its bounds.
    west, south, east, north = town.bounds.to_numpy().T
    atoms = gpd.GeoDataFrame(
        {
            "grid": town["code"],
            "households": town["household_count"],
            "dwellings": town["household_count"] + 10,
            "lon": (west + east) / 2 if anchored else np.nan,
            "lat": (south + north) / 2 if anchored else np.nan,
        },
        geometry=town.geometry,
        crs=4326,
    )
    for place, shape in redrawn.items():
        atoms.loc[int(place[1:]), "geometry"] = shape
    return atoms


def moved(flows):
    rows = flows[flows["before"] != flows["after"]]
    return rows[["before", "after", "households"]].values.tolist()


@pytest.fixture
def shifted() -> dict[str, object]:
    """The border of the first two grids moved 30 % west."""
    return {"g0": cell(0, 2, wide=0.7), "g1": cell(0.7, 2, wide=1.3)}


def test_nothing_moves_between_equal_states_whatever_the_atoms_are_called():
    found = compare(state(), state().set_index(np.arange(20, 29)))
    assert found.pieces.empty and moved(found.flows) == []
    assert found.flows["households"].sum() == 1_500
    assert (found.moved_households, found.moved_share) == (0, 0.0)
    assert not found.estimated


def test_a_relabelled_grid_moves_whole_with_all_its_households():
    after = state()
    after.loc[3, "grid"] = code(1, 1)
    found = compare(state(), after)
    assert found.pieces[["before", "after"]].values.tolist() == [[code(1, 4), code(1, 1)]]
    assert found.pieces.geometry[0].equals(cell(0, 1))
    assert moved(found.flows) == [[code(1, 4), code(1, 1), 100]]
    row = found.grids.loc[code(1, 1), ["before", "after", "came", "went", "recounted"]]
    assert row.tolist() == [120, 220, 100, 0, 0]
    assert found.grids.loc[code(1, 4), "went"] == 100
    assert found.moved_share == pytest.approx(100 / 1_500)


def test_a_moved_border_takes_the_ground_and_no_building(shifted):
    found = compare(state(), state(**shifted))
    assert found.pieces[["before", "after"]].values.tolist() == [[code(1, 1), code(1, 2)]]
    assert found.pieces.geometry[0].equals(cell(0.7, 2, wide=0.3))
    assert found.moved_households == 0 and not found.estimated
    assert found.grids["came_m2"][code(1, 2)] == pytest.approx(found.pieces["area_m2"][0])
    assert found.grids["went_m2"][code(1, 1)] == found.grids["came_m2"].sum()


def test_without_buildings_the_households_are_shared_by_area_and_marked(shifted):
    found = compare(state(anchored=False), state(anchored=False, **shifted))
    # Of the first grid's 120, three tenths lived on the ground that went.
    assert moved(found.flows) == [[code(1, 1), code(1, 2), 36]]
    assert found.estimated
    totals = found.grids
    drawn = totals["before"] + totals["came"] - totals["went"] + totals["recounted"]
    assert (totals["after"] == drawn).all() and totals["recounted"][code(1, 2)] == -36


@pytest.mark.parametrize("bare", [(), (1, 2), range(9)])
def test_outlines_and_houses_tell_what_the_cells_of_the_houses_tell(shifted, bare):
    before, after = (state(**drawn).drop(index=8) for drawn in ({"g8": cell(2, 0)}, shifted))
    after.loc[6, "grid"], after.loc[4, "households"] = code(2, 2), 777
    for atoms in (before, after):
        atoms.loc[list(set(bare) - {8}), ["lon", "lat"]] = np.nan
    houses = [atoms[atoms["lon"].notna()] for atoms in (before, after)]
    found = compare_grids(*(outlines(atoms).reset_index() for atoms in (before, after)), *houses)
    cells = compare(before, after)
    pd.testing.assert_frame_equal(found.flows, cells.flows)
    pd.testing.assert_frame_equal(found.grids, cells.grids)
    assert found.pieces.geom_equals(cells.pieces).all()


def test_a_recount_is_no_move():
    after = state()
    after.loc[0, "households"] = 130
    found = compare(state(), after)
    assert found.moved_households == 0
    assert found.grids.loc[code(1, 1), "recounted"] == 10


def test_ground_without_a_grid_is_a_side_of_its_own():
    found = compare(state(), state().drop(index=8))
    assert found.pieces[["before", "after"]].values.tolist() == [[code(2, 3), None]]
    assert moved(found.flows) == [[code(2, 3), None, 150]]
    back = compare(state().drop(index=8), state())
    assert moved(back.flows) == [[None, code(2, 3), 150]]


def test_pieces_close_up_with_what_stayed(shifted):
    after = state(**shifted, g3=cell(0, 1, wide=0.6), g4=cell(0.6, 1, wide=1.4))
    pieces = compare(state(), after).pieces
    assert len(pieces) == 2
    assert shapely.union_all(pieces.geometry.to_numpy()).area == pytest.approx(0.7e-6)
    again = compare(after, state()).pieces
    assert edge_chain(pieces).same_as(edge_chain(again))
    assert area_m2(pieces).sum() == pytest.approx(pieces["area_m2"].sum())


def test_places_inside_a_piece_change_hands_and_others_do_not(shifted):
    found = compare(state(), state(**shifted))
    places = [toy_town.position(0.5, 2.5), toy_town.position(0.85, 2.5), (np.nan, np.nan)]
    hands = found.changes_hands(*zip(*places, strict=True))
    assert hands.index.tolist() == [1]
    assert hands.loc[1].tolist() == [code(1, 1), code(1, 2)]


def test_what_is_shared_out_is_whole_and_keeps_its_sum():
    assert largest_remainder(7, [1, 1]).tolist() == [4, 3]
    assert largest_remainder(0, [1, 2]).tolist() == [0, 0]
    assert largest_remainder(100, [1 / 3, 2 / 3, 1e-9]).tolist() == [33, 67, 0]


def test_another_number_alone_moves_nobody():
    atoms, old, new = state(), code(1, 2), code(1, 8)
    after = atoms.assign(grid=atoms["grid"].replace(old, new))
    found = compare(atoms, after)
    assert (found.renumbered, found.moved_households) == ({old: new}, 0)
    # Where it takes ground as well it is another grid.
    larger = after.assign(grid=after["grid"].replace(code(1, 3), new))
    assert compare(atoms, larger).renumbered == {}
    assert compare(atoms, larger).moved_households == 399
