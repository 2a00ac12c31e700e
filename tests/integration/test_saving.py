"""Layers as files for others: what is written is read back the same, and nothing comes alive."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pandas as pd
import polars
import pyogrio
import pytest
import shapely
import toy_town

from gridsvc.errors import BadInput
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.files.formats import read_layer, read_table
from gridsvc.geo.files.saving import save_layer
from gridsvc.geo.files.spreadsheets import harmless, restored

SIGNS = "=+-@\t\r＝＋－＠"  # noqa: RUF001


def layer() -> gpd.GeoDataFrame:
    town = toy_town.grids().rename(columns={"household_count": "households"})
    # Corners off the round degrees need all seven digits.
    moved = shapely.transform(town.geometry.to_numpy(), lambda xy: (xy + 1.23e-5).round(7))
    town = town.set_geometry(moved, crs=4326).assign(balance=-1.5, 名称="老城社区第一网格")
    town["households"] = town["households"].astype("Int64").where(town.index != 3)
    return town


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".shp"])
def test_every_map_format_gives_back_codes_counts_and_the_exact_tiling(tmp_path, ending):
    save_layer(layer(), tmp_path / f"grids{ending}", "grids")
    back = read_layer(tmp_path / f"grids{ending}")
    assert back["code"].tolist() == layer()["code"].tolist()
    assert back["households"].isna().tolist() == layer()["households"].isna().tolist()
    assert back["households"].sum() == layer()["households"].sum()
    assert edge_chain(back).same_as(edge_chain(layer()))
    assert back["名称"].eq("老城社区第一网格").all()


def test_a_geoparquet_says_what_its_shapes_are(tmp_path):
    save_layer(layer(), tmp_path / "grids.parquet", "grids")
    table = polars.read_parquet(tmp_path / "grids.parquet")
    about = json.loads(polars.read_parquet_metadata(tmp_path / "grids.parquet")["geo"])
    assert about["version"] == "1.1.0" and about["primary_column"] == "geometry"
    column = about["columns"]["geometry"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert column["geometry_types"] == ["Polygon"] and len(column["bbox"]) == 4
    shapes = gpd.GeoSeries.from_wkb(table["geometry"].to_list(), crs=4326)
    assert edge_chain(shapes).same_as(edge_chain(layer()))
    assert table["households"].to_list()[3] is None and table["households"].dtype == polars.Int64


def test_a_csv_gives_back_every_text_and_shape(tmp_path):
    texts = [f"{sign}1+1" for sign in SIGNS[:8]] + ["'=1"]
    save_layer(layer().assign(name=texts), tmp_path / "grids.csv", "grids")
    back = read_table(tmp_path / "grids.csv")
    assert not back["name"].str.match("[=+@＝＋－＠\t\r-]").any()  # noqa: RUF001
    assert [restored(one) for one in back["name"]] == texts
    assert back["balance"].unique().tolist() == ["-1.5"]
    assert back["households"][4] == ""
    shapes = gpd.GeoSeries.from_wkt(back["wkt"], crs=4326)
    assert edge_chain(shapes).same_as(edge_chain(layer()))


def test_a_sheet_holds_no_formula_and_numbers_are_numbers(tmp_path):
    texts = [f"{sign}HYPERLINK()" for sign in SIGNS[:9]]
    save_layer(layer().assign(name=texts), tmp_path / "grids.xlsx", "grids")
    with zipfile.ZipFile(tmp_path / "grids.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f" not in sheet
    back = pyogrio.read_dataframe(tmp_path / "grids.xlsx", read_geometry=False)
    # GDAL leaves as it is how the format writes a carriage return.
    assert back["name"].tolist() == [text.replace("\r", "_x000D_") for text in texts]
    assert back["code"].tolist() == layer()["code"].tolist()
    assert back["balance"].eq(-1.5).all() and pd.isna(back["households"][3])


@pytest.mark.parametrize("text", ["", "A-3", "'t Hof", "''", "=", "'=", "''=1", "-5", "老城"])
def test_what_is_made_harmless_is_restored(text):
    assert restored(harmless(text)) == text
    assert not harmless(text).startswith(tuple(SIGNS))


def test_a_file_is_whole_or_not_there(tmp_path):
    old = tmp_path / "grids.shp"
    save_layer(layer(), old, "grids")
    before = {part.name: part.read_bytes() for part in tmp_path.iterdir()}
    with pytest.raises(BadInput, match="too long for a Shapefile"):
        save_layer(layer().assign(note="网" * 90), old, "grids", overwrite=True)
    assert {part.name: part.read_bytes() for part in tmp_path.iterdir()} == before


def test_what_cannot_be_written_is_refused_in_one_sentence(tmp_path):
    save_layer(layer(), tmp_path / "grids.csv", "grids")
    for name, sentence in {
        "grids.csv": "is there already",
        "grids.dwg": r"choose the format by the ending, one of \.gpkg",
        "no/grids.csv": "There is no folder",
    }.items():
        with pytest.raises(BadInput, match=sentence):
            save_layer(layer(), tmp_path / name, "grids")
    with pytest.raises(BadInput, match="no room for the field neighbourhood"):
        save_layer(layer().assign(neighbourhood=1), tmp_path / "grids.shp", "grids")
    assert sorted(part.name for part in tmp_path.iterdir()) == ["grids.csv"]


def test_an_empty_layer_is_a_file_with_fields(tmp_path):
    for ending in (".gpkg", ".geojson", ".csv", ".xlsx", ".parquet"):
        save_layer(layer()[:0], tmp_path / f"none{ending}", "none")
    assert read_table(tmp_path / "none.csv").columns[0] == "code"
    assert len(read_layer(tmp_path / "none.gpkg")) == 0
