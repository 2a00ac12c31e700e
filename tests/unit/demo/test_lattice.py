from __future__ import annotations

import numpy as np
import shapely
from shapely import LineString, Point, box

from gridsvc.demo.town.build import reading_order
from gridsvc.demo.town.drift import _shared_out
from gridsvc.demo.town.lattice import faces, to_degrees, to_metres, to_steps
from gridsvc.demo.town.names import ordinal


def test_metres_come_back_to_within_a_lattice_step():
    there = to_metres(to_steps(Point(431.27, 1888.0)))
    assert there.distance(Point(431.27, 1888.0)) < 0.011


def test_the_middle_of_the_drawing_is_where_the_town_lies():
    assert to_degrees(to_steps(Point(1250, 1000))).coords[0] == (106.92, 27.71)


def test_faces_share_every_vertex_where_a_street_ends_on_another():
    square = LineString(box(0, 0, 100, 90).exterior.coords)
    slanted = LineString([(-1, 31.7), (101, 58.3)])
    branch = LineString([(50.3, 44.0), (50.3, 91)])
    found = faces([shapely.transform(line, np.rint) for line in (square, slanted, branch)])
    assert len(found) == 3
    assert shapely.coverage_is_valid(found)
    assert sum(face.area for face in found) == 9_000


def test_reading_order_goes_row_by_row_from_the_north_west():
    shapes = [box(x, y, x + 1, y + 1) for x, y in ((5, 0), (9, 90_000), (0, 1), (2, 90_004))]
    assert reading_order(shapes).tolist() == [3, 1, 2, 0]


def test_numbers_are_written_as_chinese_writes_them():
    assert [ordinal(n) for n in (1, 10, 12, 20, 35)] == ["一", "十", "十二", "二十", "三十五"]


def test_shares_of_a_total_add_up_to_it():
    assert _shared_out(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]
