"""Which grid a point is in, on the toy town and against brute force."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy_town
from hypothesis import given
from hypothesis import strategies as st
from toy_town import code, position

from gridsvc.errors import BadInput, CrsMismatch
from gridsvc.geo.analysis.locate import Locator

TOWN = toy_town.grids()
LOCATOR = Locator(TOWN)


def located(column, row):
    lon, lat = position(column, row)
    return LOCATOR.codes(lon, lat)[0]


def test_a_point_inside_belongs_to_its_grid():
    assert located(1.5, 1.5) == code(1, 5)


def test_a_point_on_a_shared_edge_belongs_to_the_lowest_code():
    assert located(1.0, 2.5) == code(1, 1)
    assert located(1.5, 1.0) == code(1, 5), "the edge between the communities"


def test_a_corner_of_four_grids_belongs_to_the_lowest_code():
    assert located(1, 2) == code(1, 1)
    assert located(2, 1) == code(1, 5)


def test_the_rim_is_inside_and_one_step_of_the_lattice_beyond_is_not():
    assert located(0, 0) == code(2, 1)
    assert located(-0.0001, 0) is None
    assert LOCATOR.codes([np.nan, np.inf], [27.7, 27.7]).tolist() == [None, None]


def test_the_order_of_the_frame_changes_nothing():
    shuffled = Locator(TOWN.sample(frac=1, random_state=3))
    points = np.array([position(c / 4, r / 4) for c in range(-1, 14) for r in range(-1, 14)]).T
    assert shuffled.codes(*points).tolist() == LOCATOR.codes(*points).tolist()


def test_a_hole_is_outside_and_null_shapes_hold_nothing():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    frame = gpd.GeoDataFrame({"code": ["1", "2", "3"]}, geometry=[None, ring, None], crs=4326)
    assert Locator(frame).codes([1.5, 0.5, 1.0], [1.5, 0.5, 1.5]).tolist() == [None, "2", "2"]
    assert Locator(frame[:0]).codes([1.5], [1.5]).tolist() == [None]


def test_a_point_that_postgis_rounds_onto_an_edge_is_on_it_here_too():
    # 1e-18 degrees off the slanted edge; in doubles the side of the edge comes out as 0.
    south, north = (106.914127534, 27.701994977), (106.903015463, 27.71506863)
    lon, lat = 106.90927887030713, 27.70769956137804
    shapes = [shapely.Polygon([south, north, end]) for end in ((106.92, 27.72), (106.90, 27.70))]
    point = shapely.Point(lon, lat)
    assert sum(shape.covers(point) for shape in shapes) == 1
    for codes in (["1", "2"], ["2", "1"]):
        frame = gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=4326)
        assert Locator(frame).codes(lon, lat).tolist() == ["1"]


points = st.lists(st.tuples(st.integers(-10, 40), st.integers(-10, 40)), min_size=1, max_size=30)


@given(points)
def test_every_point_gets_what_brute_force_gives(tenths):
    places = [position(column / 10, row / 10) for column, row in tenths]
    expected = [
        min(
            (g.code for g in TOWN.itertuples() if g.geometry.covers(shapely.Point(p))), default=None
        )
        for p in places
    ]
    assert LOCATOR.codes(*np.array(places).T).tolist() == expected


def test_the_distance_to_the_edge_is_in_metres():
    metres = LOCATOR.edge_m(*np.array([position(1.5, 1.5), position(1, 1.5), position(9, 9)]).T)
    # Half a cell east or west: 0.0005 degrees at 27.7015 N on WGS 84.
    assert metres[0] == pytest.approx(0.0005 * 111_320 * math.cos(math.radians(27.7015)), rel=2e-3)
    assert metres[1] == pytest.approx(0, abs=1e-6)
    assert np.isnan(metres[2])


def test_grids_in_metres_or_of_no_crs_are_refused():
    with pytest.raises(BadInput, match="EPSG:4326"):
        Locator(toy_town.grids("metres"))
    with pytest.raises(CrsMismatch):
        Locator(TOWN.set_crs(None, allow_override=True))
    with pytest.raises(BadInput, match="column named code"):
        Locator(TOWN.rename(columns={"code": "id"}))
    with pytest.raises(BadInput, match="2 longitudes"):
        LOCATOR.codes([1.0, 2.0], [1.0])
