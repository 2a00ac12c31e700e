"""Contact zones on the map: counts from afar, the zones themselves from near."""

from __future__ import annotations

import pytest
from live_service import settle
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
    settle(page)
    assert any("/tiles/grids/" in one for one in asked)
    assert not any("/tiles/zones/" in one for one in asked)
    page.evaluate(f"window.gridsvcMap.map.setView([{LAT}, {LON}], 18, {{ animate: false }})")
    settle(page)
    middle = page.locator(".gridsvc-map").bounding_box()
    at = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    page.mouse.move(at[0] + 1, at[1])
    page.mouse.move(*at)
    expect(page.locator(".gridsvc-hover")).to_have_text(
        "Laocheng Grid 2 · 22 zones · zone 01: 10 households"
    )
