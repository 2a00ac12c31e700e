"""Files that are right are read; files that are wrong are refused in one sentence."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing

import geopandas as gpd
import pyogrio
import pytest
import shapely
import toy_town

from gridsvc.errors import BadGeometry, BadInput, CrsMismatch
from gridsvc.geo.files.formats import read_layer, read_table, require_fields, require_unique

SQUARE = [[[108, 27.7], [108.001, 27.7], [108.001, 27.701], [108, 27.7]]]


def geojson(folder, coordinates=SQUARE, kind="Polygon", **members):
    feature = {"type": "Feature", "properties": {"code": "1"}}
    feature["geometry"] = {"type": kind, "coordinates": coordinates}
    document = {"type": "FeatureCollection", "features": [feature], **members}
    return written(folder, "town.geojson", json.dumps(document))


def written(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / name


@pytest.fixture
def shapefile(tmp_path):
    """The toy town with Chinese names in GBK, and nothing that says so."""
    named = toy_town.grids()[["code", "geometry"]].assign(name="红花岗网格")
    pyogrio.write_dataframe(named, tmp_path / "town.shp", encoding="GBK")
    (tmp_path / "town.cpg").unlink()
    fields = bytearray((tmp_path / "town.dbf").read_bytes())
    fields[29] = 0  # the language driver, by which GDAL would know the encoding
    (tmp_path / "town.dbf").write_bytes(fields)
    return tmp_path / "town.shp"


@pytest.mark.parametrize("name", ["town.gpkg", "town.geojson", "town.shp"])
def test_each_format_gives_the_same_town(tmp_path, name):
    town = toy_town.grids().rename(columns={"household_count": "households"})
    pyogrio.write_dataframe(town, tmp_path / name)
    found = read_layer(tmp_path / name)
    assert found.index.tolist() == list(range(1, 10)) and found.index.name == "row"
    assert found["code"].tolist() == town["code"].tolist()
    assert all(a.equals(b) for a, b in zip(found.geometry, town.geometry, strict=True))
    assert found.crs == "EPSG:4326"


def test_geojson_is_wgs84_unless_it_says_otherwise(tmp_path):
    assert read_layer(geojson(tmp_path)).crs == "EPSG:4326"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert read_layer(geojson(tmp_path, crs=crs)).crs == "EPSG:4490"
    crs["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert read_layer(geojson(tmp_path, crs=crs)).crs == "EPSG:4326"
    with pytest.raises(CrsMismatch, match="names no reference system"):
        read_layer(geojson(tmp_path, crs=None))
    with pytest.raises(CrsMismatch, match="no known reference system"):
        read_layer(geojson(tmp_path, crs={"properties": {"name": "EPSG:0"}}))


def test_a_bom_heights_and_a_null_shape_do_no_harm(tmp_path):
    text = geojson(tmp_path, [[[*p, 880.0] for p in SQUARE[0]]]).read_text()
    found = read_layer(written(tmp_path, "bom.geojson", "\ufeff" + text))
    assert not found.has_z.any()
    null = json.loads(text)
    null["features"][0]["geometry"] = None
    assert read_layer(written(tmp_path, "null.json", json.dumps(null))).geometry[1] is None


@pytest.mark.parametrize(
    ("coordinates", "error", "words"),
    [
        ([[[108, 27], [109, 28]]], BadGeometry, "row 1, .* no Polygon"),
        ([[["a", 27], [109, 28], [108, 28], [108, 27]]], BadGeometry, "row 1"),
        ([[[108, float("inf")], [109, 28], [108, 28]]], BadInput, "Infinity, which is not JSON"),
        ([[[108, float("nan")], [109, 28], [108, 28]]], BadInput, "NaN, which is not JSON"),
        ([[[10**400, 27], [109, 28], [108, 28], [108, 27]]], BadGeometry, "row 1"),
        ([[[1e308, 27], [109, 28], [108, 28], [1e308, 27]]], CrsMismatch, "look like metres"),
        ([[[27, 108], [28, 109], [28, 108], [27, 108]]], CrsMismatch, "look swapped"),
        ([[[199, 27], [109, 28], [108, 28], [199, 27]]], CrsMismatch, "not on the globe"),
        ([[[354000, 3065000], [354100, 3065000], [354100, 3065100]]], CrsMismatch, "metres"),
    ],
)
def test_coordinates_that_cannot_be_are_refused(tmp_path, coordinates, error, words):
    with pytest.raises(error, match=words):
        read_layer(geojson(tmp_path, coordinates))


def test_a_number_too_large_for_a_double_is_no_coordinate(tmp_path):
    text = geojson(tmp_path).read_text().replace("27.701", "1e400")
    with pytest.raises(BadGeometry, match="row 1 holds coordinates that are no numbers"):
        read_layer(written(tmp_path, "town.geojson", text))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[1]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [3]}', "row 1 is not a GeoJSON Feature"),
        ('{"type": "FeatureCollection", "type": "x", "features": []}', "'type' twice"),
        ('{"a": %s}' % ("9" * 5000), "is not JSON"),
        (b"\xd6\xd0", "not UTF-8 text"),
        ("[" * 200_000, "nested too deep"),
        ('{"a":' * 40_000, "nested too deep"),
    ],
)
def test_what_is_no_geojson_is_refused_at_once(tmp_path, content, words):
    path = written(tmp_path, "bad.geojson", content)
    started = time.thread_time()
    with pytest.raises(BadInput, match=words):
        read_layer(path)
    assert time.thread_time() - started < 0.05


def test_a_geojson_in_another_encoding_needs_its_name(tmp_path):
    text = geojson(tmp_path).read_text().replace('"1"', '"红花岗"')
    path = written(tmp_path, "gbk.geojson", text.encode("gb18030"))
    assert read_layer(path, encoding="gb18030")["code"].tolist() == ["红花岗"]
    with pytest.raises(BadInput, match="no encoding 'klingon'"):
        read_layer(path, encoding="klingon")


def test_a_shapefile_in_gbk_needs_its_encoding(shapefile):
    with pytest.raises(BadInput, match=r"row 1, field name .*--encoding \(gb18030"):
        read_layer(shapefile)
    with pytest.raises(BadInput, match="texts are not utf-8"):
        read_layer(shapefile, encoding="utf-8")
    assert set(read_layer(shapefile, encoding="gb18030")["name"]) == {"红花岗网格"}


@pytest.mark.parametrize(("suffix", "words"), [(".dbf", r"\.dbf file \(fields\)"), (".shx", "shx")])
def test_a_shapefile_without_its_siblings_is_refused(shapefile, suffix, words):
    shapefile.with_suffix(suffix).unlink()
    with pytest.raises(BadInput, match=words):
        read_layer(shapefile, encoding="gbk")


def test_a_shapefile_without_prj_or_cut_short_is_refused(shapefile):
    shapefile.with_suffix(".prj").unlink()
    with pytest.raises(CrsMismatch, match=r"add its \.prj"):
        read_layer(shapefile, encoding="gbk")
    assert read_layer(shapefile, encoding="gbk", crs_required=False).crs is None
    shapefile.write_bytes(shapefile.read_bytes()[:-100])
    with pytest.raises(BadInput, match="cut short"):
        read_layer(shapefile, encoding="gbk")


def test_one_of_several_layers_must_be_chosen(tmp_path):
    path = tmp_path / "town.gpkg"
    pyogrio.write_dataframe(toy_town.grids(), path, layer="grids")
    pyogrio.write_dataframe(toy_town.buildings(), path, layer="houses", append=True)
    with pytest.raises(BadInput, match="--layer: grids, houses"):
        read_layer(path)
    with pytest.raises(BadInput, match="no layer 'roads'; its layers are grids, houses"):
        read_layer(path, "roads")
    assert len(read_layer(path, "houses")) == 10


def test_a_layer_outside_the_area_of_its_system_is_refused(tmp_path):
    town = toy_town.grids()
    london = gpd.GeoSeries([shapely.box(-0.1, 51.5, 0, 51.6)])
    for crs, shapes, words in [
        ("EPSG:4490", london, "row 1 lies outside the area of China Geodetic"),
        ("EPSG:4545", town.geometry, "look like degrees"),
        ("EPSG:27700", toy_town.grids("metres").geometry, "outside the area of OSGB36"),
        ("EPSG:4490", gpd.GeoSeries([shapely.box(27, 80, 28, 81)]), "inside it with x and y"),
    ]:
        frame = gpd.GeoDataFrame(geometry=shapes.to_numpy(), crs=crs)
        pyogrio.write_dataframe(frame, tmp_path / "astray.gpkg")
        with pytest.raises(CrsMismatch, match=words):
            read_layer(tmp_path / "astray.gpkg")


def test_a_file_is_what_its_name_says_or_refused(tmp_path):
    # GDAL would follow this to any file or address.
    vrt = written(tmp_path, "innocent.gpkg", "<OGRVRTDataSource></OGRVRTDataSource>")
    for path, words in [
        (vrt, "not the .gpkg file"),
        (written(tmp_path, "torn.gpkg", b"SQLite format 3\x00" + b"x" * 500), "damaged"),
        (written(tmp_path, "town.kml", "<kml/>"), "in no format that is read: GeoPackage"),
        (tmp_path / "absent.gpkg", "There is no file"),
    ]:
        with pytest.raises(BadInput, match=words):
            read_layer(path)
    with pytest.raises(BadInput, match="at most 0 MB"):
        read_layer(vrt, max_bytes=10)


def test_a_table_is_read_as_text_with_its_rows_numbered(tmp_path):
    path = written(tmp_path, "a.csv", '\ufeffcode,名称\r\n007,"甲,\n乙"\r\n\r\n008,NA\r\n')
    found = read_table(path)
    assert found.values.tolist() == [["007", "甲,\n乙"], ["008", "NA"]]
    assert list(found.columns) == ["code", "名称"] and found.index.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no header"),
        ("a,b\n1,2\n\n1\n", "row 2 has 1 values, the header has 2"),
        ("a,b\n1,2,3\n", "row 1 has 3 values"),
        ("a,a\n1,2\n", r"column 2 has no name of its own \('a'\)"),
        ("a,\n1,2\n", "column 2 has no name"),
        ("a;b\n1;2\n", "not separated by commas"),
        ('a,b\n1,"2\n', "not a CSV file"),
        ("a,b\n1,2\0\n", "row 1, field b"),
        ("代码,名\n1,中\n".encode("gb18030"), "not utf-8 text: give another --encoding"),
        ("a\n中\ufffd\n", "row 1, field a"),
    ],
)
def test_a_table_that_is_not_one_is_refused(tmp_path, content, words):
    with pytest.raises(BadInput, match=words):
        read_table(written(tmp_path, "bad.csv", content))


def test_a_row_of_fields_without_end_is_refused_at_once(tmp_path):
    fields = [f"f{number}" for number in range(20_000)]
    shapeless = {"type": "Feature", "geometry": None}
    features = [{**shapeless, "properties": {field: "x"}} for field in fields]
    each_its_own = {"type": "FeatureCollection", "features": features}
    start = time.thread_time()
    with pytest.raises(BadInput, match="20000 fields"):
        read_table(written(tmp_path, "wide.csv", ",".join(fields)))
    with pytest.raises(BadInput, match="1001 fields"):
        read_layer(written(tmp_path, "wide.geojson", json.dumps(each_its_own)))
    assert time.thread_time() - start < 1


def test_one_key_of_very_many_given_twice_is_found_at_once(tmp_path):
    keys = ",".join(f'"k{number}":1' for number in (*range(20_000), 19_999))
    start = time.thread_time()
    with pytest.raises(BadInput, match="'k19999' twice"):
        read_layer(written(tmp_path, "twice.geojson", f"{{{keys}}}"))
    assert time.thread_time() - start < 1


def test_half_a_letter_is_refused_wherever_it_stands(tmp_path):
    named = geojson(tmp_path, name="layer", crs={"properties": {"name": "\ud800"}})
    with pytest.raises(CrsMismatch, match="names no known"):
        read_layer(named)
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,'
    text += ' "properties": {"name": "a\\ud800"}}]}'
    with pytest.raises(BadInput, match="another encoding"):
        read_layer(written(tmp_path, "half.geojson", text))


def test_a_view_in_a_geopackage_is_not_run(tmp_path):
    path = tmp_path / "town.gpkg"
    toy_town.grids()[["code", "geometry"]].to_file(path, layer="town")
    endless = """
        create view Endless as with recursive n(fid) as (select 1 union all select fid + 1 from n)
        select fid, (select geom from town limit 1) as geom from n"""
    with closing(sqlite3.connect(path)) as content, content:
        content.execute(endless)
        content.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, srs_id)"
            " values ('endless', 'features', 'endless', 4326)"
        )
        content.execute(
            "insert into gpkg_geometry_columns values ('endless', 'geom', 'POLYGON', 4326, 0, 0)"
        )
    assert len(read_layer(path, "town")) == len(toy_town.grids())
    with pytest.raises(BadInput, match="is a view"):
        read_layer(path, "endless")


def test_accents_are_not_taken_for_the_wrong_encoding(tmp_path):
    path = written(tmp_path, "a.csv", "name\nÜbergrößenträger Málaga\n红花岗\n")
    assert len(read_table(path)) == 2


def test_codes_must_be_there_and_stand_once(tmp_path):
    table = read_table(written(tmp_path, "a.csv", "code,n\n1,x\n2,y\n1,z\n"))
    with pytest.raises(BadInput, match="'1' stands in rows 1, 3") as caught:
        require_unique(table, "code")
    assert caught.value.ids == ["1"]
    with pytest.raises(BadInput, match="no field 'kode'; the fields are code, n"):
        require_fields(table, "n", "kode")
    require_unique(table, "n")
    with pytest.raises(BadInput, match="Row 2, field n is empty"):
        require_unique(table.assign(n=["x", " ", "z"]), "n")
