"""Faults named one by one, with their place."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridsvc.errors import BadGeometry, CrsMismatch
from gridsvc.geo.cover.polygons import Fault, faults, mended, single_part

SQUARE = shapely.box(106, 27, 106.01, 27.01)
FAR = shapely.box(107, 27, 107.01, 27.01)
BOWTIE = shapely.Polygon([(106, 27), (107, 28), (107, 27), (106, 28)])


def frame_of(*shapes):
    codes = [str(place) for place in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=4326)


def circle(vertices):
    angle = np.linspace(0, 2 * np.pi, vertices)
    return shapely.Polygon(np.column_stack([106 + np.cos(angle), 27 + np.sin(angle)]))


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        (None, Fault.NULL),
        (shapely.Polygon(), Fault.EMPTY),
        (shapely.Point(106, 27), Fault.NOT_POLYGONAL),
        (shapely.GeometryCollection([SQUARE]), Fault.NOT_POLYGONAL),
        (shapely.Polygon([(106, 27), (107, np.inf), (107, 27)]), Fault.NOT_FINITE),
        (shapely.box(106, 27, 106.01, 106), Fault.OUT_OF_BOUNDS),
        (circle(5_001), Fault.TOO_MANY_VERTICES),
        (shapely.MultiPolygon([SQUARE, FAR]), Fault.MULTIPART),
        (BOWTIE, Fault.INVALID),
        (SQUARE.difference(shapely.box(106.004, 27.004, 106.006, 27.006)), Fault.HOLE),
    ],
)
def test_each_fault_is_named_with_its_row_and_code(shape, fault):
    found = faults(frame_of(SQUARE, shape))
    assert found[["row", "code", "fault"]].values.tolist() == [[2, "1", fault]]
    assert found["detail"][0]


def test_good_polygons_have_no_fault_and_5000_vertices_are_allowed():
    assert faults(frame_of(SQUARE, circle(5_000), shapely.MultiPolygon([SQUARE]))).empty
    assert faults(frame_of()).empty


def test_an_invalid_polygon_says_why_and_where():
    found = faults(frame_of(BOWTIE)).iloc[0]
    assert (found["lon"], found["lat"]) == (106.5, 27.5)
    assert found["detail"] == "Self-intersection"


def test_the_rows_of_the_file_are_kept():
    frame = frame_of(SQUARE, None).set_index(np.array([11, 12])).rename_axis("row")
    assert faults(frame)["row"].tolist() == [12]


def test_a_million_vertices_are_refused_before_anything_dear():
    huge = circle(1_000_000)
    started = time.thread_time()
    assert faults(frame_of(huge))["fault"].tolist() == [Fault.TOO_MANY_VERTICES]
    assert time.thread_time() - started < 0.5
    with pytest.raises(BadGeometry, match="1000000 vertices"):
        mended(huge)


def test_faults_are_judged_in_degrees():
    with pytest.raises(CrsMismatch):
        faults(frame_of(SQUARE).to_crs(4545))


def test_one_part_becomes_a_polygon_and_a_sliver_is_dropped_with_its_area():
    sliver = shapely.box(108, 27, 108.000005, 27.000005)  # 0.5 m x 0.55 m
    multi = [shapely.MultiPolygon(p) for p in ([SQUARE], [sliver, SQUARE], [SQUARE, FAR])]
    found = single_part(frame_of(*multi, None, BOWTIE))
    assert found.geometry[0].equals(SQUARE) and found.geometry[1].equals(SQUARE)
    assert found.geometry[2].geom_type == "MultiPolygon" and found.geometry[3] is None
    assert found["dropped_m2"].tolist() == [0, pytest.approx(0.275, abs=0.01), 0, 0, 0]


def test_a_mended_bowtie_is_its_two_triangles():
    found = mended(BOWTIE)
    assert found.is_valid and found.area == pytest.approx(0.5)
    assert mended(SQUARE) is SQUARE
