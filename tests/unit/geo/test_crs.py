"""Measuring in metres, and refusing what is not metres."""

from __future__ import annotations

import geopandas as gpd
import pyproj
import pytest
import shapely
import toy_town

from gridsvc.errors import CrsMismatch
from gridsvc.geo.crs import area_m2, length_m, metric_crs, require_metric, to_metric, to_storage


def at(lon, lat, crs="EPSG:4326"):
    return gpd.GeoSeries([shapely.Point(lon, lat)], crs=crs)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (106.9, 27.7, 4545),  # Zunyi: zone of 108 E
        (106.4, 27.7, 4544),  # west of 106.5 E begins the zone of 105 E
        (75.2, 39.5, 4534),
        (134.9, 48.3, 4554),
        (-0.14, 51.54, 32630),
        (139.62, 35.45, 32654),
        (-70.0, -33.0, 32719),
        (180.0, 10.0, 32660),
    ],
)
def test_the_zone_is_that_of_the_centre(lon, lat, epsg):
    assert metric_crs(at(lon, lat)).to_epsg() == epsg


def test_a_square_of_100_metres_has_10000_square_metres_and_400_metres_of_edge():
    town = to_storage(toy_town.grids("metres"))
    assert area_m2(town).to_numpy() == pytest.approx(10_000, abs=1e-3)
    assert length_m(town).to_numpy() == pytest.approx(400, abs=1e-4)


def test_areas_agree_with_the_ellipsoid():
    town = toy_town.grids()
    geodesic, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(town.geometry[4])
    assert area_m2(town)[4] == pytest.approx(abs(geodesic), rel=1e-6)


def test_a_frame_as_wide_as_china_is_measured_by_equal_areas():
    wide = gpd.GeoSeries([shapely.box(80, 20, 130, 50).segmentize(0.1)], crs=4326)
    geodesic, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(wide[0])
    assert area_m2(wide)[0] == pytest.approx(abs(geodesic), rel=1e-4)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:2232", "EPSG:3857", "EPSG:3395"])
def test_degrees_feet_and_mercators_are_no_metres(crs):
    with pytest.raises(CrsMismatch, match="to_metric"):
        require_metric(at(0, 0, crs))


def test_metres_of_a_zone_pass():
    require_metric(toy_town.grids("metres"))
    require_metric(to_metric(toy_town.grids()))


def test_a_frame_without_crs_is_refused():
    with pytest.raises(CrsMismatch, match="names no reference system"):
        to_storage(at(106.9, 27.7, crs=None))


def test_lon_stays_first_whatever_the_authority_says():
    stored = to_storage(at(106.9, 27.7, "EPSG:4490"))
    assert (stored.x[0], stored.y[0]) == pytest.approx((106.9, 27.7), abs=1e-7)
    assert metric_crs(gpd.GeoSeries([], crs=4326)).to_epsg() == 32631
