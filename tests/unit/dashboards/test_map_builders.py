from __future__ import annotations

import math

import geopandas as gpd
import pytest
import shapely
import toy_town

from dashboards import coverage_map, open_issues_map
from dashboards.metre_heat import gather
from dashboards.scales import MASKED, NO_DATA, SCALES
from dashboards.texts import words


@pytest.mark.parametrize(
    ("reading", "value", "expected"),
    [
        ("visits", 0.0, 0),
        ("visits", 0.7999, 3),
        ("visits", 0.8, 4),
        ("visits", 1.0, 4),
        ("households", 99, 0),
        ("households", 100, 1),
        ("households", 300, 3),
        ("households", 301, 4),
        ("staffing", 0, 0),
        ("staffing", 3, 3),
        ("per_100_households", 0, 0),
        ("per_100_households", 0.01, 1),
        ("per_100_households", 4, 4),
    ],
)
def test_a_value_on_a_bound_is_in_the_upper_class(
    reading: str, value: float, expected: int
) -> None:
    assert SCALES[reading].classify(value) == expected


def test_masked_hides_a_value_and_none_or_nan_is_no_data() -> None:
    scale = SCALES["visits"]
    assert scale.classify(0.5, masked=True) == MASKED
    assert scale.classify(None) == scale.classify(math.nan) == NO_DATA


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES.keys())
def test_every_scale_has_one_step_more_than_bounds(scale) -> None:
    assert len(scale.steps) == len(scale.bounds) + 1
    assert list(scale.bounds) == sorted(scale.bounds)


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([light(one), light(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES.keys())
@pytest.mark.parametrize("mode", ["colour", "night"])
def test_neighbouring_classes_differ_in_lightness_so_that_grey_prints_keep_them(
    scale, mode: str
) -> None:
    colours = [getattr(step, mode) for step in scale.steps]
    assert all(contrast(a, b) >= 1.1 for a, b in zip(colours, colours[1:], strict=False))


def toy_frame() -> gpd.GeoDataFrame:
    grids = toy_town.grids()
    households = grids["household_count"].astype(float)
    frame = gpd.GeoDataFrame(geometry=grids.geometry, crs=grids.crs)
    return frame.assign(
        code=grids["code"], name="网格", value=households, num=households, den=300.0, flags=0
    )


def test_a_frame_of_nine_grids_needs_no_server() -> None:
    page = coverage_map(toy_frame(), reading="households").get_root().render()
    assert page.count(SCALES["households"].steps[1].colour) >= 2  # legend, and grids of 100 to 149
    assert "gridsvcMap" not in page


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="den"):
        coverage_map(toy_frame().drop(columns="den"), reading="households")


def test_another_crs_is_refused() -> None:
    with pytest.raises(ValueError, match="EPSG:4326"):
        coverage_map(toy_frame().to_crs(4545), reading="households")


def test_a_slip_in_a_text_key_is_named() -> None:
    with pytest.raises(ValueError, match="titel"):
        words({"titel": "x"})


def test_gathering_keeps_every_case_and_moves_none_by_a_quarter_of_the_bandwidth() -> None:
    places = shapely.points([[108.0, 27.7], [108.0001, 27.7], [108.01, 27.71]])
    cells = gather(gpd.GeoDataFrame(geometry=places, crs=4326), bandwidth_m=150)
    assert sum(n for *_, n in cells) == 3
    lon, lat, _ = cells[-1]
    east = (lon - 108.01) * 111_319 * math.cos(math.radians(27.7))
    assert math.hypot(east, (lat - 27.71) * 111_319) < 150 / 4


def test_heat_on_a_frame_embeds_cells_and_not_cases() -> None:
    cases = gpd.GeoDataFrame(geometry=shapely.points([[108.0005, 27.7005]] * 40), crs=4326)
    page = open_issues_map(toy_frame(), cases, measure="density").get_root().render()
    assert page.count("108.0005") <= 1
    assert ",40]]" in page


def test_the_zoom_buttons_speak_the_reader_s_language() -> None:
    texts = {"zoom.in": "放大", "zoom.out": "缩小"}
    page = coverage_map(toy_frame(), reading="households", texts=texts).get_root().render()
    # Escaped, so that no text can end a script.
    assert r'{"zoomInTitle":"\u653e\u5927","zoomOutTitle":"\u7f29\u5c0f"}' in page
    assert '"zoomControl":false' in page
