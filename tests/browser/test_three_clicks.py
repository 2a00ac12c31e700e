"""From the home page to the grids of a community that were not visited enough: three clicks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from live_service import PASSWORD, serving
from playwright.sync_api import Page, expect, sync_playwright

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
COMMUNITY = "520398001003"


@pytest.fixture(scope="module")
def address(settings: Any, demo_template: str) -> Iterator[str]:
    with serving(settings, demo_template) as (found, _):
        yield found


@pytest.fixture(params=[(1366, 900), (390, 844)], ids=["laptop", "phone"])
def page(request, address) -> Iterator[Page]:
    width, height = request.param
    with sync_playwright() as play:
        browser = play.chromium.launch(args=["--no-sandbox"], executable_path=CHROMIUM)
        view = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        view.goto(f"{address}/sign-in")
        view.fill("#username", "street")
        view.fill("#password", PASSWORD)
        view.click("main form button")
        yield view
        browser.close()


def test_three_clicks_lead_from_home_to_the_grids_below_80_percent_last_month(page) -> None:
    expect(page.locator("h1")).to_have_text("What needs somebody today?")
    page.locator(".places a", has_text="Figures").click()
    page.locator(".area-pages a", has_text="Coverage").click()
    row = page.locator("#parts tr").filter(has=page.locator(f'a[href*="in={COMMUNITY}"]'))
    below = row.locator('a[href*="short=1"][href*="reading=visits"]')
    count = int(below.inner_text())
    below.click()
    expect(page.locator("h1")).to_contain_text("fewer than 80 % of their dwellings visited")
    expect(page.locator("tbody tr")).to_have_count(count)
    shares = [
        float(one.split()[0]) for one in page.locator("tbody td:nth-child(2)").all_inner_texts()
    ]
    assert shares == sorted(shares)
    assert max(shares) < 80
