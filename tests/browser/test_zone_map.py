"""Contact zones on the map: counts from afar, the zones themselves from near."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

#: A place in zone 01 of Laocheng Grid 2: a house of ten households.
LON, LAT = 106.9160587, 27.7133467


def test_a_zone_tells_its_number_and_households_from_near_alone(demo, open_page) -> None:
    asked: list[str] = []
    page = open_page(demo, f"/zones#14/{LAT}/{LON}", "street", locale="en-GB")
    page.on("request", lambda one: asked.append(one.url))
    page.reload()
    expect(page.locator(".gridsvc-map")).to_have_attribute("aria-busy", "false")
    page.wait_for_load_state("networkidle")
    assert any("/tiles/grids/" in one for one in asked)
    assert not any("/tiles/zones/" in one for one in asked)
    page.evaluate(f"window.gridsvcMap.map.setView([{LAT}, {LON}], 18, {{ animate: false }})")
    page.wait_for_load_state("networkidle")
    middle = page.locator(".gridsvc-map").bounding_box()
    at = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    tip = page.locator(".gridsvc-hover")
    for step in range(200):  # the tile is drawn a moment after it came
        page.mouse.move(at[0] + step % 2, at[1])
        if tip.count() and "zone" in tip.inner_text():
            break
        page.wait_for_timeout(50)
    expect(tip).to_have_text("Laocheng Grid 2 · 22 zones · zone 01: 10 households")
