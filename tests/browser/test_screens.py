"""Pictures of the pages, taken in every run; GRIDSVC_SCREENS=1 keeps them in docs/screens.

They show today's date, so that keeping them always would change the checkout with every test run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from live_service import KEEP_PICTURES, settle

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
PHONE, TABLET, LAPTOP, WALL = (390, 844), (1024, 768), (1366, 768), (1920, 1080)

#: The case that is due first in the account's area.
FIRST_CASE = "/work?first"

#: Name → path, account, size, language, dark.
SHOTS = {
    "home-street-laptop-zh": ("/", "street", LAPTOP, "zh-CN", False),
    "home-street-laptop-en-dark": ("/", "street", LAPTOP, "en", True),
    "home-leader-phone-zh": ("/", "leader", PHONE, "zh-CN", False),
    "home-visitor-phone-en": ("/", None, PHONE, "en", False),
    "home-planner-laptop-zh": ("/", "planner", LAPTOP, "zh-CN", False),
    "coverage-staffing-laptop-en": ("/maps/coverage?kind=staffing", "street", LAPTOP, "en", False),
    "coverage-visits-wall-zh": ("/maps/coverage?kind=visits", "district", WALL, "zh-CN", False),
    "open-density-laptop-zh": ("/maps/open-issues", "street", LAPTOP, "zh-CN", False),
    "open-per-100-wall-en-dark": (
        "/maps/open-issues?measure=per_100_households",
        "district",
        WALL,
        "en",
        True,
    ),
    "open-density-phone-zh-dark": ("/maps/open-issues", "street", PHONE, "zh-CN", True),
    "grid-laptop-zh": ("/grids/520398001003001", "street", LAPTOP, "zh-CN", False),
    "grid-public-phone-en": ("/grids/520398001003001", None, PHONE, "en", False),
    "work-laptop-zh": ("/work", "street", LAPTOP, "zh-CN", False),
    "work-phone-en": ("/work", "street", PHONE, "en", False),
    "desk-laptop-zh": ("/plans/1", "planner", LAPTOP, "zh-CN", False),
    "desk-wall-en-dark": ("/plans/1", "planner", WALL, "en", True),
    "desk-tablet-en": ("/plans/1", "planner", TABLET, "en", False),
    "desk-phone-zh": ("/plans/1", "street", PHONE, "zh-CN", False),
    "plans-laptop-zh": ("/plans", "planner", LAPTOP, "zh-CN", False),
    "report-phone-zh": ("/report", "leader", PHONE, "zh-CN", False),
    "inbox-phone-en": ("/inbox", "leader", PHONE, "en", False),
    "case-laptop-zh": (FIRST_CASE, "street", LAPTOP, "zh-CN", False),
    "case-phone-en": (FIRST_CASE, "leader", PHONE, "en", False),
    "work-board-laptop-zh": ("/work?view=board", "street", LAPTOP, "zh-CN", False),
    "ladder-laptop-zh": ("/ladder", "district", LAPTOP, "zh-CN", False),
    "grid-for-residents-phone-zh": ("/g/520398001003001", None, PHONE, "zh-CN", False),
    "cards-laptop-zh": ("/cards", "street", LAPTOP, "zh-CN", False),
    "sign-in-phone-zh-dark": ("/sign-in", None, PHONE, "zh-CN", True),
}

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def test_the_kept_pictures_are_those_that_are_taken() -> None:
    assert {path.stem for path in SCREENS.glob("*.jpg")} == set(SHOTS)


@pytest.mark.parametrize("name", SHOTS)
def test_a_picture_is_taken(open_page, demo, name, tmp_path) -> None:
    path, role, (width, height), locale, dark = SHOTS[name]
    scheme = "dark" if dark else "light"
    page = open_page(
        demo, path, role, width=width, height=height, locale=locale, color_scheme=scheme
    )
    if path == FIRST_CASE:
        page.locator("td.n a").first.click()
        page.wait_for_load_state("networkidle")
    if path != "/report" and page.locator(".gridsvc-map").count():
        settle(page)
    folder = SCREENS if KEEP_PICTURES else tmp_path
    picture = folder / f"{name}.jpg"  # heat has no edges: as PNG it is four times the size
    page.screenshot(path=picture, type="jpeg", quality=82)
    assert picture.stat().st_size < 250_000
