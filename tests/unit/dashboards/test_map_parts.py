from __future__ import annotations

import folium
import pytest
from folium.plugins import MiniMap

from dashboards import TileSource, coverage_map, planner_map
from gridsvc.errors import NotReady, RuleViolation
from gridsvc.web.atlas.folium_parts import parts

SOURCE = TileSource("/tiles/grids/{z}/{x}/{y}.mvt", "/figures", (106, 27, 107, 28), "2026-11-22", 1)


def static(path: str) -> str:
    return f"/static/{path}"


def test_every_address_is_our_own_and_every_script_and_style_has_the_nonce() -> None:
    made = parts(coverage_map(SOURCE, reading="visits"), "n0nce", static)
    page = made.head + made.html + made.script
    assert "://" not in page
    assert page.count("<script") == page.count('nonce="n0nce">') - page.count("<style")
    assert " style=" not in page
    assert "on" + "click=" not in page


def test_an_outside_address_without_a_copy_is_refused_by_name() -> None:
    made = coverage_map(SOURCE, reading="visits")
    MiniMap().add_to(made)
    with pytest.raises(NotReady, match="minimap"):
        parts(made, "n", static)


def test_an_element_that_renders_data_its_own_way_is_refused() -> None:
    made = coverage_map(SOURCE, reading="visits")
    shapes = {"type": "FeatureCollection", "features": []}
    layer = folium.GeoJson(shapes).add_to(made)
    folium.GeoJsonTooltip(["name"]).add_to(layer)
    with pytest.raises(RuleViolation, match="GeoJsonTooltip"):
        parts(made, "n", static)


def test_a_page_does_not_grow_with_the_city() -> None:
    made = parts(coverage_map(SOURCE, reading="visits"), "n", static)
    assert len(made.head + made.html + made.script) < 12_000


def test_the_planners_map_brings_its_tools_from_our_own_host_and_no_grid() -> None:
    made = parts(
        planner_map("/base/{z}/{x}/{y}.mvt", (106, 27, 107, 28), language="zh"), "n", static
    )
    page = made.head + made.html + made.script
    assert "vendor/leaflet-geoman/leaflet-geoman.js" in page
    assert "://" not in page
    assert len(page) < 12_000
