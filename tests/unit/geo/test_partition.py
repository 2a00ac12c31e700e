"""Overlaps, gaps, ranges and the proof, with answers worked out from the drawing."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.errors import BadGeometry, CrsMismatch
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.partition import gaps, households_without_grid, out_of_range, overlaps, prove


def town(unit="degrees", **redrawn):
    """The town with some grids redrawn, by their place in the drawing: g0 to g8."""
    frame = toy_town.grids(unit)
    for place, shape in redrawn.items():
        frame.loc[int(place[1:]), "geometry"] = shape
    return frame


def test_the_town_has_neither_overlap_nor_gap():
    assert overlaps(town()).empty
    assert gaps(town()).empty
    assert gaps(town(), toy_town.communities()).empty
    assert prove(town(), toy_town.communities()).empty


def test_a_grid_drawn_20_metres_too_far_overlaps_by_2000_square_metres():
    found = overlaps(town("metres", g0=cell(0, 2, "metres", wide=1.2)))
    assert found[["code_a", "code_b"]].values.tolist() == [[code(1, 1), code(1, 2)]]
    assert found["area_m2"][0] == pytest.approx(2_000, abs=0.01)
    assert found.geometry[0].equals(cell(1, 2, "metres", wide=0.2))


def test_a_grid_over_all_others_meets_each_of_them_and_the_same_code_twice_is_a_pair():
    whole = cell(0, 0, "metres", wide=3, high=3)
    assert len(overlaps(town("metres", g8=whole))) == 8
    twice = pd.concat([town("metres")[:1]] * 2)
    assert overlaps(twice)[["code_a", "code_b"]].values.tolist() == [[code(1, 1)] * 2]


def test_pieces_under_a_square_metre_are_no_finding():
    half = town("metres", g0=cell(0, 2, "metres", wide=1.00009))  # 9 mm x 100 m = 0.9 m2
    assert overlaps(half).empty
    assert len(overlaps(half, smallest_m2=0.5)) == 1


def test_a_missing_middle_is_a_hole_with_or_without_outline():
    holed = town("metres").drop(index=4)
    for found in (gaps(holed), gaps(holed, toy_town.communities("metres"))):
        assert found["community_code"].tolist() == ["520302001001"]
        assert found["area_m2"][0] == pytest.approx(10_000, abs=0.01)
        assert found.geometry[0].equals(cell(1, 1, "metres"))


def test_an_island_in_a_hole_is_not_part_of_the_hole():
    island = cell(1.2, 1.2, "metres", wide=0.5, high=0.5)
    assert gaps(town("metres", g4=island))["area_m2"].tolist() == [pytest.approx(7_500, abs=0.01)]


def test_a_bay_at_the_rim_needs_the_outline():
    short = town("metres", g2=cell(2, 2, "metres", wide=0.9))
    assert gaps(short).empty
    assert gaps(short, toy_town.communities("metres"))["area_m2"].tolist() == [
        pytest.approx(1_000, abs=0.01)
    ]


def test_a_neighbour_community_does_not_fill_the_gap():
    taken = town("metres", g3=cell(0, 1.1, "metres", high=0.9), g6=cell(0, 0, "metres", high=1.1))
    assert gaps(taken).empty
    found = gaps(taken, toy_town.communities("metres"))
    assert found["community_code"].tolist() == ["520302001001"]


def test_a_hole_in_a_community_without_outline_is_found_beside_one_with():
    holed = town("metres").drop(index=4)
    lower = toy_town.communities("metres")[1:]
    assert gaps(holed, lower)["area_m2"].tolist() == [pytest.approx(10_000, abs=0.01)]


def test_households_outside_100_to_300_are_listed_with_how_far():
    found = out_of_range(town(), 100, 300)
    assert dict(zip(found["name"], found["beyond"], strict=True)) == {
        "001-003": -1,
        "001-005": 1,
        "002-002": -100,
    }


def test_an_unknown_number_of_households_is_in_no_range():
    found = out_of_range(town().assign(household_count=[None] + [200] * 8), 100, 300)
    assert found["name"].tolist() == ["001-001"]
    assert found["beyond"].isna().all()


def test_the_building_outside_the_town_has_no_grid():
    found = households_without_grid(toy_town.buildings(), town())
    assert found["household_count"].tolist() == [7]
    lost = households_without_grid(toy_town.buildings(), town().drop(index=1))
    assert lost["household_count"].tolist() == [300, 7]


def test_an_invalid_grid_is_refused_by_name():
    bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(BadGeometry, match=code(1, 1)):
        overlaps(town("metres", g0=bowtie))


def test_null_and_empty_grids_leave_gaps_and_no_error():
    assert overlaps(town(g0=None, g1=shapely.Polygon())).empty
    assert len(gaps(town(g0=None, g1=shapely.Polygon()), toy_town.communities())) == 1


def test_a_grid_left_out_leaves_its_four_edges_running_round_the_gap():
    left = prove(town().drop(index=4), toy_town.communities())
    assert len(left) == 4 and set(left["times"]) == {1}
    ring = shapely.polygonize(left.geometry.to_numpy()).geoms[0]
    assert ring.equals(cell(1, 1))


def test_one_step_of_the_lattice_is_enough_to_fail_the_proof():
    moved = shapely.transform(cell(1, 1), lambda xy: xy + [1e-7, 0])
    assert not prove(town(g4=moved), toy_town.communities()).empty


def test_a_vertex_that_the_neighbour_lacks_is_seen():
    assert len(prove(town(g4=cell(1, 1).segmentize(0.0006)), toy_town.communities())) == 12


def test_swapped_codes_pass_as_the_docstring_says():
    assert prove(town(g0=cell(1, 2), g1=cell(0, 2)), toy_town.communities()).empty


def test_the_chain_of_a_covering_does_not_depend_on_how_it_is_cut():
    assert edge_chain(town()).same_as(edge_chain(toy_town.communities()))
    assert not edge_chain(town()).same_as(edge_chain(town().drop(index=0)))
    holed = gpd.GeoSeries([toy_town.communities().union_all().difference(cell(1, 1))], crs=4326)
    assert edge_chain(holed).same_as(edge_chain(town().drop(index=4)))


def test_the_parts_of_a_multipolygon_are_walked_too():
    one = gpd.GeoSeries([shapely.MultiPolygon(list(town().geometry[[0, 8]]))], crs=4326)
    assert edge_chain(one).same_as(edge_chain(town().loc[[0, 8]]))


def test_chains_are_summed_in_degrees_only():
    with pytest.raises(CrsMismatch, match="EPSG:4326"):
        prove(town("metres"), toy_town.communities())
