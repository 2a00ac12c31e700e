"""The work desk under the keys of somebody who clears fifty cases before noon."""

from __future__ import annotations

import pytest
from live_service import Open
from playwright.sync_api import expect

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def test_the_list_is_walked_chosen_and_opened_by_keys(demo: str, open_page: Open) -> None:
    page = open_page(demo, "/work", "street")
    first, second = (page.locator("tr[data-case] td.n a").nth(n).inner_text() for n in range(2))
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    chosen = page.locator("input[name=case]:checked")
    assert [one.get_attribute("value") for one in chosen.all()] == [first, second]
    page.keyboard.press("x")
    assert chosen.count() == 1
    page.keyboard.press("/")
    page.keyboard.type("jx")
    assert page.input_value("#q") == "jx"
    assert chosen.count() == 1
    # When the search is sent, the keys are the list's again.
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    assert page.input_value("#q") == "jx"
    expect(page.locator("tr[data-case]")).to_have_count(0)
    page.goto(page.url.partition("?")[0])
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/*")


def test_a_trial_over_chosen_cases_says_what_would_happen(demo: str, open_page: Open) -> None:
    page = open_page(demo, "/work", "street", locale="en-GB")
    page.locator("input[name=case]").nth(0).check()
    page.select_option("#bulk-action", "close")
    page.get_by_role("button", name="Look what would happen").click()
    expect(page.locator("main")).to_contain_text("Nothing has been changed yet")


def test_the_board_shows_its_columns_side_by_side(demo: str, open_page: Open) -> None:
    page = open_page(demo, "/work?view=board", "street")
    tops = {round(one.bounding_box()["y"]) for one in page.locator(".board section").all()}
    assert len(tops) == 1


def test_a_case_page_marks_its_place_on_the_map(demo: str, open_page: Open) -> None:
    page = open_page(demo, "/work", "street")
    page.locator("tr[data-case] td.n a").first.click()
    page.wait_for_selector("[data-spot][data-shown]")
    lon, lat = map(float, page.get_attribute("[data-spot]", "data-spot").split(","))
    seen = page.evaluate(
        "(() => { const c = gridsvcMap.map.getCenter(); return [c.lng, c.lat]; })()"
    )
    assert abs(seen[0] - lon) < 1e-3 and abs(seen[1] - lat) < 1e-3
