"""Files of five countries, counted a second time with plain geopandas, pandas and the csv module.

The data lies beside the checkout and never in it; each folder's SOURCE.txt says whose it is.
"""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gridsvc.errors import BadInput
from gridsvc.geo.analysis.adjacency import borders
from gridsvc.geo.analysis.locate import Locator
from gridsvc.geo.cover.partition import gaps, out_of_range, overlaps
from gridsvc.geo.cover.polygons import faults, single_part
from gridsvc.geo.crs import area_m2, metric_crs, to_storage
from gridsvc.geo.files.formats import read_layer, read_table

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}"),
]

CAMDEN = DATA / "camden_oa2011" / "camden.gpkg"
SF = DATA / "sf_blockgroups_311" / "sf.gpkg"
DENVER = DATA / "denver_blocks2020" / "denver_blocks_epsg2232.gpkg"
TIANDITU = DATA / "cn_districts_tianditu"
NISHI = DATA / "jp_yokohama_nishi_choume" / "nishi_7.geojson"
BUBENEC = DATA / "buildings_bubenec" / "bubenec.gpkg"

# file, layer, field of codes, EPSG, number of shapes
AREAS = [
    (CAMDEN, "oa11", "OA11CD", 27700, 749),
    (CAMDEN, "lsoa11", "LSOA11CD", 27700, 133),
    (CAMDEN, "msoa11", "MSOA11CD", 27700, 28),
    (SF, "blockgroups1990", "BKG_KEY", 4269, 663),
    (SF, "tract_neighborhoods", "geoid", 4326, 195),
    (DENVER, None, "GEOID20", 2232, 10149),
    (TIANDITU / "four_cities_districts_epsg4490.gpkg", None, "district_adcode", 4490, 39),
    (
        TIANDITU / "guizhou_zhejiang_henan_districts_epsg4490.gpkg",
        None,
        "district_adcode",
        4490,
        335,
    ),
    (NISHI, None, "key", 4326, 7),
    (BUBENEC, "tessellation", "uID", 3857, 144),
    (BUBENEC, "plots", "ID", 3857, 407),
    (BUBENEC, "buildings", "uID", 3857, 144),
]
each_area = pytest.mark.parametrize(("path", "layer", "field", "epsg", "number"), AREAS)


def coded(path, layer, field):
    frame = read_layer(path, layer)
    return to_storage(frame.assign(code=frame[field].astype(str))[["code", "geometry"]])


def overlaid(grids):
    """The areas of pairwise intersections of 1 m2 or more, by `geopandas.overlay`."""
    pairs = gpd.overlay(grids, grids, how="intersection", keep_geom_type=True)
    areas = pairs[pairs["code_1"] < pairs["code_2"]].to_crs(metric_crs(grids)).area
    return sorted(areas[areas >= 1])


def enclosed(grids):
    """The areas of what lies in the frame, in no grid, and not at the rim, by differences."""
    rim = shapely.box(*grids.total_bounds).buffer(0.01)
    pieces = shapely.get_parts(rim.difference(shapely.union_all(grids.geometry.to_numpy())))
    inner = gpd.GeoSeries(pieces[~shapely.touches(pieces, rim.exterior)], crs=grids.crs)
    inner = inner[~inner.intersects(rim.exterior)]
    areas = inner.to_crs(metric_crs(grids)).area
    return sorted(areas[areas >= 1])


@each_area
def test_the_layer_is_read_as_gdal_counts_it(path, layer, field, epsg, number):
    frame = read_layer(path, layer)
    assert len(frame) == number == pyogrio.read_info(path, layer=layer)["features"]
    assert frame.crs.to_epsg() == epsg
    assert frame.index.tolist() == list(range(1, number + 1))
    assert frame[field].is_unique


@each_area
def test_overlaps_and_gaps_agree_with_overlays(path, layer, field, epsg, number):
    grids = coded(path, layer, field)
    assert sorted(overlaps(grids)["area_m2"]) == pytest.approx(overlaid(grids), rel=1e-6)
    assert sorted(gaps(grids)["area_m2"]) == pytest.approx(enclosed(grids), rel=1e-6)


@pytest.mark.parametrize(("path", "layer", "field"), [a[:3] for a in AREAS if a[0] in (SF, NISHI)])
def test_redrawn_badly_the_overlaps_and_gaps_still_agree(path, layer, field):
    grids = coded(path, layer, field)
    metric = grids.to_crs(metric_crs(grids))
    metric.loc[1::7, "geometry"] = metric.loc[1::7].translate(30, 20)
    spoilt = metric.to_crs(4326)
    found = overlaps(spoilt)
    assert len(found) and sorted(found["area_m2"]) == pytest.approx(overlaid(spoilt), rel=1e-6)
    assert sorted(gaps(spoilt)["area_m2"]) == pytest.approx(enclosed(spoilt), rel=1e-6)


def test_every_table_has_as_many_rows_as_csv_reads():
    tables = sorted(DATA.rglob("*.csv"))
    assert len(tables) == 6
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header, *rows = csv.reader(lines)
        found = read_table(path)
        assert (list(found.columns), len(found)) == (header, len(rows)), path.name
        assert found.iloc[-1].tolist() == rows[-1]


def test_codes_keep_their_digits_and_chinese_names_their_characters():
    communities = read_table(DATA / "cn_codes" / "communities_7_districts.csv")
    assert communities["code"].str.fullmatch(r"\d{12}").all()
    assert "红花岗区" in set(communities["areaName"])
    districts = read_layer(TIANDITU / "four_cities_districts_epsg4490.gpkg")
    assert "红花岗区" in set(districts["district_name"])


def test_several_layers_are_named():
    with pytest.raises(BadInput, match="--layer: oa11, lsoa11, msoa11"):
        read_layer(CAMDEN)


def test_camden_has_the_households_that_the_census_counted():
    camden = read_layer(CAMDEN, "oa11")
    plain = gpd.read_file(CAMDEN, layer="oa11")["households"]
    assert (len(camden), camden["households"].min(), camden["households"].max()) == (749, 49, 384)
    found = out_of_range(camden, 100, 300, households="households")
    assert len(found) == ((plain < 100) | (plain > 300)).sum() == 73
    assert found["beyond"].abs().sum() == (plain - plain.clip(100, 300)).abs().sum()


def test_camden_areas_agree_with_the_national_grid_within_its_scale():
    camden = read_layer(CAMDEN, "oa11")
    assert area_m2(camden).sum() == pytest.approx(camden.area.sum(), rel=1e-3)


def test_camden_borders_agree_with_edges_counted_twice():
    camden = coded(CAMDEN, "lsoa11", "LSOA11CD")
    metric = camden.to_crs(metric_crs(camden))
    found = borders(camden, shortest_m=0)
    # Every metre of perimeter is either shared by two or on the outline of the whole.
    shared_m = (metric.length.sum() - metric.union_all().length) / 2
    assert found["border_m"].sum() == pytest.approx(shared_m, rel=2e-3)


def test_san_francisco_multiparts_are_named_and_single_ones_made_polygons():
    frame = to_storage(read_layer(SF, "blockgroups1990"))
    plain = pyogrio.read_dataframe(SF, layer="blockgroups1990").geometry
    several = plain.index[plain.count_geometries() > 1] + 1
    named = faults(frame).query("fault == 'multipart'")["row"]
    assert named.tolist() == several.tolist()
    single = single_part(frame)
    assert (single.geom_type == "Polygon").sum() >= len(frame) - len(several)


def test_cases_are_located_as_a_spatial_join_does():
    tracts, cases = coded(SF, "tract_neighborhoods", "geoid"), read_layer(SF, "cases311")
    found = Locator(tracts).codes(cases.geometry.x, cases.geometry.y)
    joined = gpd.sjoin(cases[["geometry"]], tracts, predicate="intersects")
    lowest = joined.groupby(level=0)["code"].min().reindex(cases.index)
    assert pd.Series(found, cases.index).fillna("").tolist() == lowest.fillna("").tolist()
    assert np.mean(found != None) > 0.99  # noqa: E711


def test_denver_in_feet_is_measured_in_metres():
    denver = read_layer(DENVER)
    land_and_water = denver["ALAND20"].astype(float) + denver["AWATER20"].astype(float)
    assert area_m2(denver).sum() == pytest.approx(land_and_water.sum(), rel=2e-3)
