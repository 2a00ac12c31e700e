"""The pages in a real browser over the demo, as each role meets them."""

from __future__ import annotations

import pytest
from live_service import settle
from playwright.sync_api import Page, expect

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

MAPS = {
    "/maps/coverage?kind=staffing": ("谁在负责每一户？", "Who answers for every household?"),
    "/maps/coverage?kind=visits": ("每一户都走访到了吗？", "Has every household been called on?"),
    "/maps/coverage?kind=households": ("网格大小合适吗？", "Is every grid the right size?"),
    "/maps/open-issues": ("哪里还有未办结的事？", "Where is work still open?"),
    "/maps/open-issues?measure=per_100_households": (
        "哪里还有未办结的事？",
        "Where is work still open?",
    ),
    "/maps/grids": ("网格都在哪里？", "Where are the grids?"),
}
HOMES = {
    "leader": "我的网格里有什么要办？",
    "member": "我的网格里有什么要办？",
    "community": "今天哪里需要人？",
    "street": "今天哪里需要人？",
    "planner": "哪些网格超出了范围？",
    "district": "今天哪里需要人？",
    "auditor": "谁在何时做了什么？",
    "admin": "谁能登录，负责哪里？",
}
PAGES = [
    "/",
    "/plans",
    "/work",
    "/grids/520398001003001",
    "/maps/grids",
    "/maps/open-issues",
    "/work/1",
    "/cards",
    "/staff/offers",
]


@pytest.mark.parametrize("path", MAPS)
@pytest.mark.parametrize(("language", "locale"), [(0, "zh-CN"), (1, "en")])
def test_a_map_opens_in_both_languages(open_page, demo, path, language, locale) -> None:
    page = open_page(demo, path, "street", locale=locale)
    settle(page)
    expect(page.locator("h1")).to_have_text(MAPS[path][language])
    expect(page.locator(".gridsvc-legend")).to_be_visible()
    assert painted(page) > 2


def painted(page: Page) -> int:
    """Count the colours on the first tile: paper, lines and what lies between."""
    return page.evaluate("""() => {
      const canvas = document.querySelector("canvas.leaflet-tile-loaded");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 4).join());
      return seen.size;
    }""")


@pytest.mark.parametrize("role", HOMES)
def test_each_role_starts_with_its_own_question_and_can_leave(open_page, demo, role) -> None:
    page = open_page(demo, "/", role)
    expect(page.locator("h1")).to_have_text(HOMES[role])
    page.locator("details.account summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page.locator("h1")).to_have_text("谁在负责您所在的网格？")
    expect(page.locator("details.account")).to_have_count(0)


def test_a_click_on_the_map_opens_a_card_and_chooses_the_row(open_page, demo) -> None:
    page = open_page(demo, "/maps/grids", "street")
    settle(page)
    box = page.locator(".gridsvc-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".gridsvc-card")
    expect(card.locator("dd")).to_have_count(3)
    chosen = page.locator("tr[aria-selected=true]")
    expect(chosen.locator("a").first).to_have_text(card.locator("h2").inner_text())
    card.get_by_role("link", name="打开网格").click()
    page.wait_for_url("**/grids/*")
    expect(page.locator("h1")).to_have_text(chosen_name(page))


def chosen_name(page: Page) -> str:
    return page.title().split(" · ")[0]


def test_a_row_of_the_table_is_chosen_on_the_map(open_page, demo) -> None:
    page = open_page(demo, "/maps/coverage?kind=staffing", "street")
    settle(page)
    row = page.locator("tr[data-code]").first
    name = row.locator("a").inner_text()
    row.locator("td").last.click()
    expect(page.locator(".gridsvc-card h2")).to_have_text(name)
    expect(row).to_have_attribute("aria-selected", "true")


def test_by_keyboard_the_map_follows_the_link_in_focus(open_page, demo) -> None:
    page = open_page(demo, "/maps/coverage?kind=visits", "street")
    settle(page)
    page.locator("tr[data-code] a").first.focus()
    page.keyboard.press("Tab")
    second = page.locator("tr[data-code]").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(page.locator(".gridsvc-card h2")).to_have_text(second.locator("a").inner_text())


def heat(page: Page) -> str:
    """The pixels of the heat layer, as one text."""
    return page.evaluate("""() => {
      const layers = [...document.querySelectorAll(".gridsvc-map canvas")]
        .filter((one) => !one.classList.contains("leaflet-tile"));
      return layers.map((one) => one.toDataURL()).join();
    }""")


def test_a_filter_changes_heat_list_and_address_without_a_new_page(open_page, demo) -> None:
    page = open_page(demo, "/maps/open-issues", "street")
    settle(page)
    page.evaluate("window.__same = true")
    before, answer = heat(page), page.locator("#answer b").inner_text()
    page.select_option("#category", index=3)
    expect(page.locator("#answer b")).not_to_have_text(answer)
    settle(page)
    assert len(before) > 1000
    assert heat(page) != before
    assert "category=" in page.url
    assert page.evaluate("window.__same") is True
    page.reload()
    settle(page)
    assert page.locator("#category").input_value() != ""


def test_another_reading_keeps_the_view(open_page, demo) -> None:
    page = open_page(demo, "/maps/coverage?kind=staffing", "street")
    settle(page)
    page.evaluate("gridsvcMap.map.setView([27.7105, 106.921], 17)")
    page.locator(".tabs a", has_text="走访").click()
    settle(page)
    assert page.url.endswith("#17/27.71050/106.92100")
    assert page.evaluate("gridsvcMap.map.getZoom()") == 17


def test_without_javascript_the_table_and_the_filters_say_the_same(open_page, demo) -> None:
    page = open_page(demo, "/maps/coverage?kind=visits", "street", java_script_enabled=False)
    expect(page.locator("tbody tr")).to_have_count(100)
    expect(page.locator("noscript")).to_be_in_viewport()
    page.select_option("#in", "520398001003")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url("**in=520398001003**")
    assert 0 < page.locator("tbody tr").count() < 30


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nothing_sticks_out_of_a_phone(open_page, demo, path, locale) -> None:
    page = open_page(demo, path, "street", width=390, height=844, locale=locale)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate("""() => [...document.querySelectorAll(
        "button, select, input:not([type=hidden]), nav a, .numbers a, .button")]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)
      .map((one) => one.outerHTML.slice(0, 80))""")
    assert small == []
    aside = page.evaluate("""() => [...document.querySelectorAll("main button")]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().right > 390)
      .map((one) => one.outerHTML.slice(0, 80))""")
    assert aside == []


def test_the_language_is_switched_and_kept(open_page, demo) -> None:
    # The choice stays with the account: one that no other test reads in a language of its own.
    page = open_page(demo, "/work", "member")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Which work is open, and what is due first?")
    assert page.url.endswith("/work")
    page.goto(f"{demo}/maps/grids")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("网格都在哪里？")


#: Counts what would have been sent, and sends none of it.
COUNTED = """() => {
  window.went = 0;
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) window.went++;
    event.preventDefault();
  });
}"""


def test_two_quick_taps_send_a_form_once(open_page, demo) -> None:
    page = open_page(demo, "/sign-in")
    page.locator("#username").fill("nobody")
    page.locator("#password").fill("anything at all")
    page.evaluate(COUNTED)
    button = page.locator("main form button")
    button.evaluate("one => { one.click(); one.click(); }")
    assert page.evaluate("window.went") == 1
    button.evaluate("one => { delete one.form.dataset.sent; one.click(); }")
    assert page.evaluate("window.went") == 2


def test_a_resident_finds_the_grid_of_a_position(open_page, demo) -> None:
    page = open_page(demo, "/", geolocation={"longitude": 106.9165, "latitude": 27.7115},
                     permissions=["geolocation"])  # fmt: skip
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".path")).to_contain_text("520398001")
    expect(page.locator("a.phone").first).to_be_visible()
