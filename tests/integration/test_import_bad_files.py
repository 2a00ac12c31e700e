"""Every file that cannot be right: the sentence it gets, and that nothing of it is loaded."""

from __future__ import annotations

import json
import zipfile
from datetime import date

import geopandas as gpd
import pytest
import shapely
import toy_town
from sqlalchemy import func, select

from gridsvc.errors import GridsvcError
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.grids.models import Division, Grid

FIELDS = Fields(code="code", name="name", households="household_count")


def refused(session, path, fields=FIELDS, skip_faulty=False, **reading) -> str:
    """Import in a savepoint, as the command line does in its transaction; give the sentence."""
    order = Order(Target.GRID, date(2026, 1, 1), "520302", True, skip_faulty=skip_faulty)
    with pytest.raises(GridsvcError) as refusal, session.begin_nested():
        rows = read_rows(path, fields, datum="wgs84", **reading)
        import_boundaries(session, rows, order)
    for table in (Grid, Division):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert refusal.value.message.count("\n") == 0
    return refusal.value.message


def written(tmp_path, frame):
    path = tmp_path / "town.geojson"
    path.write_text(frame.to_json())
    return path


def with_shape(tmp_path, shape):
    town = toy_town.grids()
    town.loc[2, "geometry"] = shape
    return written(tmp_path, town)


def test_a_shapefile_without_its_prj(session, tmp_path):
    path = tmp_path / "town.shp"
    toy_town.grids()[["code", "name", "geometry"]].to_file(path)
    path.with_suffix(".prj").unlink()
    message = refused(session, path, Fields(code="code"))
    assert "names no reference system: add its .prj file" in message


def test_names_in_another_encoding(session, tmp_path):
    path = tmp_path / "town.shp"
    town = toy_town.grids()[["code", "geometry"]].assign(name="石桥社区第三网格")
    town.to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    assert "--encoding" in refused(session, path, encoding="latin-1")


def test_lon_and_lat_swapped(session, tmp_path):
    swapped = toy_town.grids().geometry.map(lambda s: shapely.transform(s, lambda xy: xy[:, ::-1]))
    path = written(tmp_path, toy_town.grids().set_geometry(gpd.GeoSeries(swapped, crs=4326)))
    assert "lon and lat look swapped" in refused(session, path)


def test_metres_that_claim_to_be_degrees(session, tmp_path):
    town = toy_town.grids("metres").set_crs(4326, allow_override=True)
    assert "they look like metres" in refused(session, written(tmp_path, town))


def test_an_archive_that_unpacks_to_far_more_than_it_is(session, tmp_path):
    path = tmp_path / "town.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("town.geojson", b" " * 60_000_000)
    assert "town.zip" in refused(session, path)


def test_brackets_without_end(session, tmp_path):
    path = tmp_path / "town.geojson"
    path.write_text("[" * 200_000)
    assert "town.geojson" in refused(session, path)


def test_a_field_that_is_not_there_is_answered_with_those_that_are(session, tmp_path):
    message = refused(session, written(tmp_path, toy_town.grids()), Fields(code="KEY"))
    assert message == (
        "town.geojson has no field 'KEY'; its fields are code, name, household_count."
    )


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (None, "row 3: null: there is no shape"),
        (shapely.Point(108, 27.7), "row 3: not_polygonal: a Point"),
        (
            shapely.Polygon([(108, 27.7), (108.001, 27.701), (108.001, 27.7), (108, 27.701)]),
            "row 3: invalid: Self-intersection at 108.000500, 27.700500",
        ),
        (
            shapely.MultiPolygon([toy_town.cell(2, 2, wide=0.4), toy_town.cell(2.6, 2, wide=0.4)]),
            "row 3: multipart: 2 parts",
        ),
    ],
)
def test_a_shape_past_mending(session, tmp_path, shape, words):
    assert words in refused(session, with_shape(tmp_path, shape))


def test_an_empty_shape(session, tmp_path):
    path = tmp_path / "town.geojson"
    town = json.loads(toy_town.grids().to_json())
    town["features"][2]["geometry"]["coordinates"] = []
    path.write_text(json.dumps(town))
    assert "row 3: empty: an empty Polygon" in refused(session, path)


def test_a_code_given_twice(session, tmp_path):
    town = toy_town.grids()
    town.loc[2, "code"] = town.loc[0, "code"]
    message = refused(session, written(tmp_path, town))
    assert "row 3: code '520302001001001' is the code of row 1 too" in message


@pytest.mark.parametrize("number", [-3, 1.5, "many", 10**11])
def test_households_that_are_no_number(session, tmp_path, number):
    town = toy_town.grids().astype({"household_count": object})
    town.loc[2, "household_count"] = number
    message = refused(session, written(tmp_path, town))
    assert f"row 3: field household_count is '{number}': expected a whole number" in message


def test_a_code_of_another_length_among_ours(session, tmp_path):
    town = toy_town.grids()
    town.loc[2, "code"] = "12"
    message = refused(session, written(tmp_path, town))
    assert "row 3: code '12': expected 15 digits, as the other rows have" in message


def test_a_name_with_a_control_character(session, tmp_path):
    town = toy_town.grids()
    town.loc[2, "name"] = "a\x07"
    message = refused(session, written(tmp_path, town))
    assert "row 3, field name" in message


def test_a_file_whose_every_row_is_at_fault_is_refused_even_when_skipping(session, tmp_path):
    town = toy_town.grids().set_geometry(gpd.GeoSeries([None] * 9, crs=4326))
    path = tmp_path / "town.geojson"
    path.write_text(json.dumps(json.loads(town.to_json())))
    assert "has no row that can be loaded" in refused(session, path, skip_faulty=True)


def test_a_faulty_row_can_be_left_out_and_is_told(session, tmp_path):
    path = with_shape(tmp_path, shapely.Point(108, 27.7))
    rows = read_rows(path, FIELDS, datum="wgs84")
    order = Order(Target.GRID, date(2026, 1, 1), "520302", True, skip_faulty=True)
    report = import_boundaries(session, rows, order)
    assert report.inserted == 8
    assert [(note.row, note.text) for note in report.skipped] == [
        (3, "not_polygonal: a Point at 108.000000, 27.700000")
    ]


def test_a_ring_with_a_spike_of_no_width_is_mended_and_told(session, tmp_path):
    corners = list(toy_town.cell(2, 2).exterior.coords)[:-1]
    spike = (108.0031, 27.702)
    shape = shapely.Polygon([corners[0], spike, *corners])
    assert not shapely.is_valid(shape)
    rows = read_rows(with_shape(tmp_path, shape), FIELDS, datum="wgs84")
    order = Order(Target.GRID, date(2026, 1, 1), "520302", True)
    report = import_boundaries(session, rows, order)
    assert report.inserted == 9
    assert any("invalid ring mended" in note.text for note in report.repaired)
