"""GCJ-02 and BD-09 against another implementation, and back again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.datum import from_wgs84, shift, to_wgs84

# lon, lat in WGS 84, GCJ-02 and BD-09, by npm gcoord 1.0.7 (transform), rounded to 9 digits.
GCOORD = np.array(
    [
        (106.922, 27.706, 106.925811981, 27.702465873, 106.93221731, 27.708767926),
        (106.9082341, 27.7253112, 106.912027971, 27.721766638, 106.918453734, 27.7280603),
        (116.397428, 39.90923, 116.403671626, 39.910633506, 116.410044102, 39.916972856),
        (121.473701, 31.230416, 121.478224057, 31.228473742, 121.484782472, 31.234326581),
        (113.6253, 34.7466, 113.63134658, 34.745417342, 113.637747509, 34.751722202),
        (119.6474, 29.0791, 119.652104935, 29.076123828, 119.658553092, 29.082417548),
        (87.6168, 43.8256, 87.619649949, 43.826805393, 87.626099771, 43.832949795),
        (91.1322, 29.6603, 91.133743323, 29.657579568, 91.1403427, 29.663325632),
        (126.6424, 45.7567, 126.648369816, 45.758651102, 126.654999329, 45.764345564),
        (110.1999, 20.0442, 110.204192405, 20.042085809, 110.21073523, 20.047862512),
        (73.6, 39.5, 73.603070716, 39.500029614, 73.609660906, 39.505898217),
        (134.7, 48.3, 134.707637629, 48.302338872, 134.714268802, 48.307965811),
        (112.3386, 16.8345, 112.343512136, 16.832870416, 112.350014865, 16.838985647),
        (114.1694, 22.3193, 114.174367066, 22.316550799, 114.180927599, 22.322222377),
        (121.5654, 25.033, 121.569173126, 25.03006599, 121.575596678, 25.036387404),
        (122.2072, 29.9853, 122.21135813, 29.982897231, 122.217923865, 29.988563774),
        (107.5, 26.2, 107.504230044, 26.196657078, 107.51069502, 26.202880203),
        (105, 35, 105.003286241, 34.999098632, 105.009666828, 35.005403668),
        (100, 30, 100.001209738, 29.997260753, 100.007756838, 30.003093785),
        (104.0665, 30.5728, 104.069004928, 30.57034572, 104.075480966, 30.576356343),
    ]
)
LON, LAT = GCOORD[:, 0], GCOORD[:, 1]

inland_lon = st.floats(73, 136, allow_nan=False)
inland_lat = st.floats(2, 54, allow_nan=False)


@pytest.mark.parametrize(("datum", "column"), [("gcj02", 2), ("bd09", 4)])
def test_both_shifts_agree_with_gcoord(datum, column):
    lon, lat = from_wgs84(LON, LAT, datum)
    assert np.abs(lon - GCOORD[:, column]).max() < 1e-9
    assert np.abs(lat - GCOORD[:, column + 1]).max() < 1e-9


@pytest.mark.parametrize(("datum", "column"), [("gcj02", 2), ("bd09", 4)])
def test_gcoords_shifted_positions_come_back(datum, column):
    lon, lat = to_wgs84(GCOORD[:, column], GCOORD[:, column + 1], datum)
    assert np.hypot(lon - LON, lat - LAT).max() < 3e-9


@given(inland_lon, inland_lat, st.sampled_from(["gcj02", "bd09"]))
def test_there_and_back_is_within_a_billionth_of_a_degree(lon, lat, datum):
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert back == (pytest.approx(lon, abs=1e-9), pytest.approx(lat, abs=1e-9))


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_outside_china_nothing_moves(datum):
    for there in (from_wgs84, to_wgs84):
        assert there([-0.1426, 139.62], [51.539, 35.45], datum)[0].tolist() == [-0.1426, 139.62]


def test_cgcs2000_is_taken_as_wgs84_and_nan_stays_nan():
    assert to_wgs84(106.9, 27.7, "cgcs2000") == (106.9, 27.7)
    lon, lat = to_wgs84([np.nan, 106.9], [27.7, 27.7], "gcj02")
    assert np.isnan(lon[0]) and not np.isnan(lon[1]) and lat[0] == 27.7


def test_the_shift_is_as_wide_as_a_grid():
    lon, lat = from_wgs84(106.922, 27.706, "gcj02")
    east_m = (lon - 106.922) * 111_320 * np.cos(np.radians(27.706))
    assert 300 < np.hypot(east_m, (lat - 27.706) * 110_800) < 700


def test_a_projected_layer_in_gcj02_comes_back_to_where_it_was():
    true = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]},
        geometry=[shapely.box(106.92, 27.70, 106.93, 27.71), None, shapely.Polygon()],
        crs=STORAGE,
        index=[7, 8, 9],
    )
    drawn = true.copy()
    drawn.loc[7, "geometry"] = shapely.transform(
        true.geometry[7], lambda xy: np.column_stack(from_wgs84(*xy.T, "gcj02"))
    )
    found = shift(drawn.to_crs("EPSG:4545"), "gcj02")
    assert found.geometry[7].equals_exact(true.geometry[7], 1e-9)
    assert found.geometry[8] is None and found.geometry[9].is_empty
    assert found.crs == STORAGE and list(found.index) == [7, 8, 9]


def test_an_unknown_datum_is_named():
    with pytest.raises(BadInput, match="'mars'.*wgs84, cgcs2000, gcj02, bd09"):
        to_wgs84(106.9, 27.7, "mars")
