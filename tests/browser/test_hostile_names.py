"""Payloads in every text that people write, then every page: shown as written, nothing run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import toy_town
from hostile import PAYLOADS, draft, poison
from hostile.columns import HELD, WRITTEN
from live_service import fill_town, serving, settle
from playwright.sync_api import expect
from sqlalchemy import Engine, text

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

CODE = toy_town.code(1, 1)
PAGES = {
    "street": (
        "/",
        "/maps/coverage?kind=staffing",
        "/maps/coverage?kind=visits",
        "/maps/coverage?kind=households",
        "/maps/open-issues",
        "/maps/open-issues?measure=per_100_households",
        "/maps/grids",
        f"/grids/{CODE}",
        "/work",
        "/work?view=board",
        "/work/1",
        "/inbox",
        "/staff",
        "/staff/hand-over",
        "/staff/offers",
        "/staff/pairings",
        "/staff/teams",
        "/cycles",
        "/appraisals",
        "/wishes",
        "/projects",
        "/projects/1",
        "/service-points",
        "/cards",
        "/cards/orders/1",
        "/pledges",
        "/services",
        f"/g/{CODE}",
    ),
    "leader": ("/", "/work?order=newest", "/report", "/work/1"),
    "planner": ("/", "/plans", "/plans/1"),
    "auditor": ("/audit",),
    "admin": ("/users", "/ladder"),
}


@pytest.fixture(scope="module")
def hostile(settings, template) -> Iterator[str]:
    with serving(settings, template, fill_town) as (address, engine):
        draft(engine)
        poison(engine)
        yield address


def test_every_text_column_is_either_poisoned_or_held(engine: Engine) -> None:
    query = """select table_name, column_name from information_schema.columns
               where table_schema = 'gridsvc' and data_type in ('text', 'character varying')"""
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(query))}
    known = {(table, one) for table, names in HELD.items() for one in names}
    known |= {(table, one) for table, names in WRITTEN.items() for one in names}
    assert found == known


def test_the_payloads_do_run_where_nothing_guards(browser) -> None:
    page = browser.new_page()
    page.set_content(f"<p>{' '.join(PAYLOADS)}</p>")
    page.wait_for_function("window.__pwned === 1")
    page.close()


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_no_page_runs_or_breaks_on_what_people_wrote(open_page, hostile, role, locale) -> None:
    page = open_page(hostile, "/health/live", role, locale=locale)
    for path in PAGES[role]:
        answer = page.goto(hostile + path)
        assert answer.status == 200, path
        if path != "/report" and page.locator(".gridsvc-map").count():
            settle(page)
        assert page.evaluate("typeof window.__pwned") == "undefined", path
        shown = page.locator("body").inner_text()
        assert "{{7*191}}" in shown or path == "/users" or "<script>" in shown, path
        assert "1337" not in shown, path


def test_the_desk_shows_what_was_written_in_a_draft_as_it_was_written(open_page, hostile) -> None:
    page = open_page(hostile, "/plans/1", "planner")
    settle(page)
    for tab, place in (("comments", "#plan-comments"), ("review", "#plan-review .timeline")):
        page.locator(f"[data-tab-of={tab}]").click()
        expect(page.locator(place).last).to_contain_text("<img src=x onerror=window.__pwned=1>")
    page.locator("[data-tab-of=grids]").click()
    page.locator(f"tr[data-grid='{toy_town.code(2, 1)}'] button").click()
    page.keyboard.press("l")
    expect(page.locator("#plan-card")).to_contain_text("{{7*191}}")
    assert page.evaluate("typeof window.__pwned") == "undefined"


def test_the_phones_form_asks_and_tells_as_it_was_written(open_page, hostile) -> None:
    page = open_page(hostile, "/report", "leader")
    page.locator("#report-categories label:not(.urgent)").first.click()
    expect(page.locator("#report-questions")).to_contain_text(PAYLOADS[1])
    page.locator("#report-map").click()
    expect(page.locator("#report-grid")).to_contain_text("{{7*191}}")
    assert page.evaluate("typeof window.__pwned") == "undefined"


def test_card_and_hover_show_it_as_written(open_page, hostile) -> None:
    page = open_page(hostile, "/maps/grids", "street")
    settle(page)
    page.locator("tr[data-code] td").first.click()
    expect(page.locator(".gridsvc-card h2")).to_contain_text(PAYLOADS[1])
    # Its answer moves the map, and a map that moves shows no hover.
    page.locator(".gridsvc-card dd").first.wait_for()
    settle(page)
    box = page.locator(".gridsvc-map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".gridsvc-hover").wait_for()
    assert page.evaluate("typeof window.__pwned") == "undefined"
