"""Shared borders and compactness of the toy town."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.geo.analysis.adjacency import borders
from gridsvc.geo.analysis.shape import compactness


def test_nine_squares_share_twelve_borders_of_100_metres():
    found = borders(toy_town.grids("metres"))
    assert len(found) == 12
    assert found["border_m"].to_numpy() == pytest.approx(100, abs=0.03)
    assert (found["a"] < found["b"]).all()


def test_grids_that_meet_in_a_corner_are_no_neighbours():
    pairs = set(borders(toy_town.grids())[["a", "b"]].itertuples(index=False, name=None))
    assert (code(1, 1), code(1, 2)) in pairs
    assert (code(1, 1), code(1, 5)) not in pairs


def test_a_vertex_on_one_side_only_does_not_hide_the_border():
    # The lattice puts the extra vertex of a slanted border a few millimetres off the other side.
    left = shapely.Polygon([(108, 27.7), (108.001, 27.7), (108.0013337, 27.7010001), (108, 27.701)])
    middle = (round(108 + (0.001 + 0.0013337) / 2, 7), 27.70050005)
    right = shapely.Polygon([(108.001, 27.7), (108.003, 27.7), (108.0013337, 27.7010001), middle])
    frame = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[left, right], crs=4326)
    expected = math.hypot(0.0003337 * 98_600, 0.0010001 * 110_800)
    assert borders(frame)["border_m"].tolist() == [pytest.approx(expected, rel=0.01)]


def test_a_border_under_two_metres_is_no_way_through():
    shapes = [cell(0, 0, "metres"), cell(1, 0.985, "metres")]
    frame = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=shapes, crs=toy_town.METRIC)
    assert borders(frame).empty
    assert borders(frame, shortest_m=1)["border_m"].tolist() == [pytest.approx(1.5, abs=0.03)]
    assert borders(frame[:0]).empty


def test_a_square_is_pi_quarters_compact_and_a_circle_one():
    assert compactness(toy_town.grids("metres"))[0] == pytest.approx(math.pi / 4)
    circle = gpd.GeoSeries([shapely.Point(500_000, 3_065_000).buffer(50, quad_segs=500)])
    assert compactness(circle.set_crs(toy_town.METRIC))[0] == pytest.approx(1, abs=1e-5)


def test_a_strip_is_hardly_compact_and_nothing_has_no_compactness():
    shapes = [cell(0, 0, "metres", wide=1, high=0.05), None, shapely.Polygon()]
    found = compactness(gpd.GeoSeries(shapes, crs=toy_town.METRIC))
    # 4 pi 100 * 5 / 210**2
    assert found[0] == pytest.approx(4 * math.pi * 500 / 210**2)
    assert found[1:].isna().all()
