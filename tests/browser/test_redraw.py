"""A redrawing from the first line to the map in force, in a real browser over the demo."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from live_service import PAINTED, STILL, serving, settle, sign_in
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from gridsvc.db import session_factory
from gridsvc.plans.jobs import work_one

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

COMMUNITY = "520398001001"


@pytest.fixture(scope="module")
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template) as (address, engine), working(engine):
        yield address, engine


@contextmanager
def working(engine: Engine) -> Iterator[None]:
    """Do what a worker does for drafts, beside the service."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.2):
            work_one(session_factory(engine), datetime.now(UTC))

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def begin(page: Page, name: str) -> None:
    """Begin a draft of the community from the list."""
    page.goto(f"{page.address}/plans?scope={COMMUNITY}")
    page.fill("#plan-name", name)
    page.get_by_role("button", name="开始").click()
    ready(page)


def ready(page: Page) -> None:
    page.locator("#plan-desk[aria-busy=false]").wait_for()


def tab(page: Page, name: str) -> None:
    page.locator(f"[data-tab-of={name}]").click()


def choose(page: Page, code: str) -> None:
    page.locator(f"tr[data-grid='{code}'] button").click()


def grids(page: Page) -> int:
    return page.locator("tr[data-grid]").count()


def across(page: Page) -> list[tuple[float, float]]:
    """Give where on the page a line crosses the chosen grid from west to east."""
    page.wait_for_function("() => gridsvcDesk.map.pm.Draw.Line.enabled()")
    page.evaluate(PAINTED)  # a zoom to the grid begins with the next frame
    page.wait_for_function(STILL)
    box = page.locator(".gridsvc-map").bounding_box()
    west, east, y = page.evaluate("""() => {
      const map = gridsvcDesk.map;
      let found = null;
      map.eachLayer((one) => {
        if (!one.getLatLngs || one.options.weight !== 4) return;
        const bounds = one.getBounds(), middle = map.latLngToContainerPoint(one.getCenter());
        found = [map.latLngToContainerPoint(bounds.getNorthWest()).x,
                 map.latLngToContainerPoint(bounds.getSouthEast()).x, middle.y];
      });
      return found;
    }""")
    return [(box["x"] + x, box["y"] + y) for x in (west - 24, (west + east) / 2, east + 24)]


def draw(page: Page, places: list[tuple[float, float]]) -> None:
    """Click a line on the map, corner by corner."""
    for count, (x, y) in enumerate(places, 1):
        page.mouse.move(x, y, steps=3)
        page.mouse.click(x, y)
        line = "gridsvcDesk.map.pm.Draw.Line._layer.getLatLngs()"
        page.wait_for_function(f"() => {line}.length === {count}")


def split(page: Page, code: str) -> None:
    """Draw a line across a grid with the mouse, look at both halves, and confirm."""
    choose(page, code)
    page.keyboard.press("s")
    draw(page, across(page))
    page.keyboard.press("Enter")
    expect(page.locator("#plan-card tbody tr")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#plan-card")).to_be_hidden()


def accept_warnings(page: Page) -> None:
    """Give one reason for each kind of warning."""
    tab(page, "findings")
    warnings = page.locator(".plan-finding.warning")
    step = page.locator("#plan-number").inner_text().split()[1]
    expect(page.locator("#plan-findings")).to_have_attribute("data-step", step)
    for _ in range(20):
        if not warnings.count():
            return
        before = warnings.count()
        warnings.first.get_by_role("button", name="说明理由后接受").click()
        page.locator("#plan-card textarea").fill("现场看过，暂且如此")
        if page.locator("#plan-alike").count():
            page.locator("#plan-alike").check()
        page.locator("#plan-confirm").click()
        expect(page.locator("#plan-card")).to_be_hidden()
        expect(warnings).not_to_have_count(before)


def on_the_map(page: Page, day: date) -> set[str]:
    """Give the codes that the grid map shows on a day."""
    address = f"{page.address}/maps/grids/figures?in={COMMUNITY}&on={day}"
    return set(page.evaluate(f"fetch('{address}').then((one) => one.json())")["grids"]["code"])


def split_the_largest(page: Page, former: int) -> None:
    """Split a grid, take it back, and bring it back from another opening of the page."""
    largest = page.evaluate("""() => [...document.querySelectorAll("tr[data-grid]")]
      .map((one) => [Number(one.querySelector("td").innerText.trim()), one.dataset.grid])
      .sort((a, b) => b[0] - a[0])[0][1]""")
    split(page, largest)
    expect(page.locator("tr[data-grid]")).to_have_count(former + 1)
    page.keyboard.press("Control+z")
    expect(page.locator("tr[data-grid]")).to_have_count(former)
    page.reload()
    ready(page)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("tr[data-grid]")).to_have_count(former + 1)


def take_a_proposal(page: Page) -> None:
    """Have the least change proposed, look at it, take it, and compare with the map in force."""
    tab(page, "proposals")
    page.locator("#plan-propose").click()
    take = page.locator("[data-take=least_change]")
    take.wait_for(timeout=300_000)
    page.locator("[data-look=least_change]").click()
    take.click()
    page.locator("#plan-why").fill("只改必须改的")
    page.locator("#plan-confirm").click()
    expect(page.locator("#plan-card")).to_be_hidden()
    tab(page, "compare")
    expect(page.locator("#plan-compared .answer b")).not_to_have_text("0")
    expect(page.locator("#plan-compared table").first).to_be_visible()


def submit(page: Page, start: date) -> set[str]:
    """Hand the draft in for a day; gives the codes of its grids."""
    accept_warnings(page)
    tab(page, "review")
    page.locator("#plan-effective").fill(start.isoformat())
    expect(page.locator("#plan-seen table").first).to_be_visible()
    page.locator("#plan-submit").click()
    expect(page.locator("#plan-state")).to_have_text("待审批")
    return {one.get_attribute("data-grid") for one in page.locator("tr[data-grid]").all()}


def approve(office: Page) -> None:
    ready(office)
    tab(office, "review")
    expect(office.locator("#plan-seen table").first).to_be_visible()
    office.locator("#plan-approve").click()
    expect(office.locator("#plan-state")).to_have_text("已批准")


def publish(page: Page) -> None:
    page.reload()
    ready(page)
    tab(page, "review")
    page.locator("#plan-sure").check()
    page.locator("#plan-publish").click()
    expect(page.locator("#plan-state")).to_have_text("已发布")


def test_a_grid_is_redrawn_reviewed_and_published_and_its_past_stays(open_page, service) -> None:
    address, engine = service
    page = open_page(address, "/plans", "planner")
    begin(page, "三月调整")
    former, start = grids(page), date.today() + timedelta(days=3)
    split_the_largest(page, former)
    take_a_proposal(page)
    drawn = submit(page, start)
    approve(open_page(address, page.url.removeprefix(address), "street"))
    publish(page)
    assert on_the_map(page, start) == drawn
    assert len(on_the_map(page, start - timedelta(days=1))) == former
    with engine.connect() as connection:
        begun = "select count(*) from gridsvc.grid_boundary where valid_from = :day"
        assert connection.scalar(text(begun), {"day": start}) > 0
    slides(page, start)


def slides(page: Page, start: date) -> None:
    """The slider of the grid map leads to the new grids and back to the old ones."""
    page.goto(f"{page.address}/maps/grids?in={COMMUNITY}")
    settle(page)
    slider = page.locator("#time-slider")
    expect(slider).to_be_visible()
    answer = page.locator("#answer b")
    former = answer.inner_text()
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("#on")).to_have_value(start.isoformat())
    expect(answer).not_to_have_text(former)
    page.keyboard.press("ArrowLeft")
    expect(answer).to_have_text(former)


def test_a_line_that_misses_is_refused_in_one_sentence_and_changes_nothing(
    browser, service
) -> None:
    # Chromium itself reports every refusal, so that this page cannot be a silent one.
    page = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.address = service[0]
    sign_in(page, "planner")
    begin(page, "画歪了")
    choose(page, f"{COMMUNITY}002")
    page.keyboard.press("s")
    draw(page, across(page)[:2])
    page.keyboard.press("Enter")
    expect(page.locator("#plan-card")).to_contain_text("没有把")
    page.keyboard.press("Escape")
    expect(page.locator("#plan-card")).to_be_hidden()
    expect(page.locator("#plan-number")).to_have_text("第 0 步")
    assert ["status of 400" in one for one in said] == [True]
    page.close()


def test_two_hands_at_one_grid_meet_on_a_card_and_the_second_looks_again(browser, service) -> None:
    # Chromium itself reports the refusal, so that this page cannot be a silent one.
    page = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
    page.address = service[0]
    sign_in(page, "planner")
    begin(page, "两人同改")
    kept, gone = f"{COMMUNITY}001", f"{COMMUNITY}002"
    choose(page, kept)
    page.keyboard.press("m")
    choose(page, gone)
    page.locator("#plan-hint button").first.click()
    expect(page.locator("#plan-card tbody tr")).to_have_count(2)
    retired = """async (grid) => {
      const config = JSON.parse(document.getElementById("plan-config").textContent);
      const answer = await fetch(`${config.api}/edits`, {
        method: "POST", body: JSON.stringify({ kind: "retire", params: { grid }, seen: 0 }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": config.csrf_token },
      });
      return answer.status;
    }"""
    assert page.evaluate(retired, gone) == 201
    page.locator("#plan-confirm").click()
    card = page.locator("#plan-card")
    expect(card).to_contain_text("您查看之后，第 1 步改动了")
    page.keyboard.press("Enter")
    expect(card).to_be_hidden()
    expect(page.locator("#plan-number")).to_have_text("第 1 步")
    expect(page.locator("#plan-hint")).not_to_contain_text("第二网格")
    page.close()
