"""The map in a real browser, on a page served from folders: no database, no outside host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
import toy_town
from live_service import settle
from map_pages import CENTRE, HOSTILE, SOURCE, Answer, Town, card, figures, page_of
from playwright.sync_api import Page, expect, sync_playwright

from dashboards import coverage_map, open_issues_map

TEAL_DARKEST, TEAL_LIGHTEST = (15, 107, 107), (226, 239, 236)


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map") / "grids"
    grids: gpd.GeoDataFrame = toy_town.grids()[["code", "geometry"]]
    options = {"MINZOOM": "12", "MAXZOOM": "15", "COMPRESS": "NO"}
    pyogrio.write_dataframe(grids, folder, layer="grids", driver="MVT", dataset_options=options)
    return folder


@pytest.fixture
def town(tiles: Path) -> Iterator[Town]:
    server = Town(("127.0.0.1", 0), Answer)
    server.tiles = tiles
    middle = toy_town.cell(1, 1, wide=0.1, high=0.1)
    gap = {"type": "Feature", "geometry": shapely.geometry.mapping(middle)}
    gap["properties"] = {"kind": "gap", "area_m2": 100, "text": HOSTILE}
    server.answers = {
        "figures": lambda _: figures(4),
        "heat": lambda _: {"bandwidth_m": 50, "cells": [[*CENTRE, 10]], "total": 10, "hidden": 2},
        "findings": lambda _: {"type": "FeatureCollection", "features": [gap]},
        "cards": lambda path: card(path.rpartition("/")[2]),
    }
    server.pages = {
        "visits": page_of(coverage_map(SOURCE, reading="visits")),
        "density": page_of(open_issues_map(SOURCE, measure="density", bandwidth_m=50)),
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    closed = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as play:
        yield play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", closed]
        )


@pytest.fixture
def page(browser: Any, town: Town) -> Iterator[Page]:
    """A page that must stay silent: no error, no violation, no other host, nothing run."""
    opened = browser.new_page(viewport={"width": 800, "height": 600}, reduced_motion="reduce")
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.base = f"http://127.0.0.1:{town.server_port}"
    yield opened
    assert [one for one in said if "503" not in one] == []
    assert [one for one in asked if not one.startswith((opened.base, "data:", "blob:"))] == []
    assert opened.evaluate("typeof window.__pwned") == "undefined"
    opened.close()


def show(page: Page, name: str = "visits") -> None:
    page.goto(f"{page.base}/{name}")
    settle(page)


def place(column: float, row: float) -> str:
    lon, lat = toy_town.position(column, row)
    return f"gridsvcMap.map.latLngToContainerPoint([{lat}, {lon}])"


def pixels(page: Page, column: float, row: float, selector: str, size: int = 1) -> list[int]:
    """Read colours from the canvas of a kind that lies under a place of the town."""
    script = f"""() => {{
      const at = {place(column, row)}, box = gridsvcMap.map.getContainer().getBoundingClientRect();
      for (const canvas of document.querySelectorAll("{selector}")) {{
        const r = canvas.getBoundingClientRect();
        const x = at.x + box.x - r.x, y = at.y + box.y - r.y;
        if (x < 0 || y < 0 || x + {size} > r.width || y + {size} > r.height) continue;
        const copy = document.createElement("canvas");
        const pen = copy.getContext("2d", {{ willReadFrequently: true }});
        pen.drawImage(canvas, -Math.round(x), -Math.round(y));
        return [...pen.getImageData(0, 0, {size}, {size}).data];
      }}
      return [];
    }}"""
    return list(page.evaluate(script))


def colour(page: Page, column: float, row: float) -> tuple[int, ...]:
    return tuple(pixels(page, column, row, "canvas.leaflet-tile-loaded")[:3])


def test_a_refresh_repaints_without_asking_for_a_tile_again(page: Page, town: Town) -> None:
    show(page)
    assert colour(page, 0.25, 0.75) == TEAL_DARKEST
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    town.answers["figures"] = lambda _: figures(0)
    page.evaluate("gridsvcMap.refresh({category: 'noise', kind: null})")
    settle(page)
    assert colour(page, 0.25, 0.75) == TEAL_LIGHTEST
    assert not [one for one in asked if "/tiles/" in one]
    assert f"{page.base}/figures?category=noise" in asked


def test_other_shapes_are_fetched_when_the_figures_belong_to_another_day(
    page: Page, town: Town
) -> None:
    show(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    town.answers["figures"] = lambda _: {**figures(0), "on": "2026-10-01", "v": 2}
    page.evaluate("gridsvcMap.refresh({on: '2026-10-01'})")
    settle(page)
    tiles = [one for one in asked if "/tiles/" in one]
    assert tiles
    assert all(one.endswith("on=2026-10-01&v=2") for one in tiles)
    assert colour(page, 0.25, 0.75) == TEAL_LIGHTEST


def test_no_data_is_a_hatch(page: Page) -> None:
    show(page)
    seen = pixels(page, 1.7, 1.4, "canvas.leaflet-tile-loaded", size=16)
    alphas = seen[3::4]
    assert 0 in alphas
    assert max(alphas) > 100


def test_a_click_chooses_a_grid_tells_the_page_and_opens_its_card(page: Page) -> None:
    show(page)
    page.evaluate(
        "document.addEventListener('gridsvc:select', (e) => { window.chosen = e.detail; })"
    )
    at = page.evaluate(place(0.25, 0.75))
    page.locator(".gridsvc-map").click(position={"x": at["x"], "y": at["y"]})
    page.locator(".gridsvc-card a").wait_for()
    assert page.evaluate("window.chosen") == {"code": toy_town.code(2, 1), "from": "map"}
    assert page.locator(".gridsvc-card h2").text_content() == HOSTILE
    assert page.locator(".gridsvc-card a").count() == 1  # the outside link is left out
    page.keyboard.press("Escape")
    expect(page.locator(".gridsvc-card")).to_be_hidden()


def test_a_choice_in_the_table_is_drawn_on_the_map(page: Page) -> None:
    show(page)
    before = pixels(page, 0.97, 0.5, "canvas.leaflet-tile-loaded", size=12)
    code = toy_town.code(2, 1)
    page.evaluate(
        "code => document.dispatchEvent(new CustomEvent('gridsvc:select',"
        " {detail: {code, from: 'table'}}))",
        code,
    )
    settle(page)
    assert pixels(page, 0.97, 0.5, "canvas.leaflet-tile-loaded", size=12) != before
    expect(page.locator(".gridsvc-card")).to_be_visible()


def test_a_failure_says_so_and_keeps_the_old_picture(page: Page, town: Town) -> None:
    show(page)
    town.answers["figures"] = lambda _: {"detail": "数据库正在重启 · The database restarts."}
    page.evaluate("gridsvcMap.refresh()")
    page.get_by_text("The database restarts.").wait_for()
    assert colour(page, 0.25, 0.75) == TEAL_DARKEST
    town.answers["figures"] = lambda _: figures(4)
    page.evaluate("gridsvcMap.refresh()")
    page.locator(".gridsvc-message").wait_for(state="hidden")


def test_heat_keeps_its_metres_and_its_full_colour_at_every_zoom(page: Page) -> None:
    show(page, "density")
    for zoom in (17, 18):
        page.evaluate(f"gridsvcMap.map.setZoom({zoom}, {{animate: false}})")
        settle(page)
        centre = pixels(page, 1.5, 1.5, "canvas.leaflet-heatmap-layer")
        assert centre[:3] == pytest.approx([160, 74, 8], abs=12)
        assert pixels(page, 1.5, 1.5 + 0.55, "canvas.leaflet-heatmap-layer")[3] == 0  # 61 m away
        assert pixels(page, 1.5, 1.5 + 0.3, "canvas.leaflet-heatmap-layer")[3] > 0  # 33 m away
    assert "2 left out" in page.locator(".gridsvc-legend").text_content()


def test_the_address_keeps_the_view_and_the_keyboard_moves_it(page: Page) -> None:
    show(page)
    page.locator(".gridsvc-map").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    settle(page)
    view = page.evaluate("location.hash")
    assert view.startswith("#1")
    page.reload()
    settle(page)
    assert page.evaluate("location.hash || '" + view + "'") == view
    centre = page.evaluate("gridsvcMap.map.getCenter()")
    assert [centre["lat"], centre["lng"]] == pytest.approx(
        [float(one) for one in view.split("/")[1:]], abs=1e-4
    )
