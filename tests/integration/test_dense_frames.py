"""Outlines get their vertices once, the same on both sides, and none ever again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import toy_town
from toy_town import cell

from gridsvc.demo.city import make_city
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import densified, with_dense_frames
from gridsvc.geo.cover.partition import prove


def edges_m(shapes) -> np.ndarray:
    rings = gpd.GeoSeries(shapely.get_rings(shapes.geometry.to_numpy()), crs=4326)
    positions, ring = shapely.get_coordinates(rings.to_crs(toy_town.METRIC), return_index=True)
    return np.hypot(*np.diff(positions, axis=0)[ring[1:] == ring[:-1]].T)


def test_grids_and_their_outlines_stay_exact_without_knowing_of_each_other():
    city = make_city(80, 3)
    rough = city.assign(code=city["code"].str[:12])
    rough = rough.dissolve("code", method="coverage").reset_index()
    for grids, frame in ((toy_town.grids(), toy_town.communities()), (city, rough)):
        assert prove(with_dense_frames(grids), densified(frame)).empty


def test_every_part_of_an_outline_is_short_and_calling_it_again_changes_nothing():
    frame = densified(toy_town.communities())
    assert edges_m(frame).max() < 5.15
    assert densified(frame).geometry.geom_equals_exact(frame.geometry, 0).all()
    town = with_dense_frames(toy_town.grids())
    assert with_dense_frames(town).geometry.geom_equals_exact(town.geometry, 0).all()


def test_only_the_outline_of_a_community_gets_vertices():
    town = with_dense_frames(toy_town.grids())
    middle = town.geometry[4]  # its southern side is the border between the communities
    west, south, east, north = middle.bounds
    positions = shapely.get_coordinates(middle)
    assert (positions[:, 1] == south).sum() > 20
    assert (positions[:, 1] > south).sum() == 2
    assert shapely.area(middle.symmetric_difference(toy_town.grids().geometry[4])) < 1e-12


def test_the_order_in_which_two_files_come_does_not_matter():
    town = toy_town.grids()
    whole = with_dense_frames(town)
    first = with_dense_frames(town[:2])
    later = pd.concat([first, with_dense_frames(pd.concat([first, town[2:6]]))[2:], town[6:]])
    assert prove(with_dense_frames(later), densified(toy_town.communities())).empty
    assert edge_chain(whole).same_as(edge_chain(with_dense_frames(later)))


def test_a_corner_on_a_neighbours_straight_side_is_no_outline():
    town = toy_town.grids()
    town.loc[0, "geometry"] = cell(0, 2, wide=0.9)
    town.loc[1, "geometry"] = cell(0.9, 2, wide=1.1)
    dense = with_dense_frames(town)
    assert dense.geometry[4].equals(with_dense_frames(toy_town.grids()).geometry[4])


def test_shapes_that_are_null_stay_null():
    empty = gpd.GeoSeries([None, toy_town.cell(0, 0)], crs=4326)
    assert densified(empty).isna().tolist() == [True, False]
