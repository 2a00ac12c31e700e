"""From hot spots to an area project in a real browser over the demo."""

from __future__ import annotations

import json

import pytest
from live_service import settle
from playwright.sync_api import expect

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def test_a_place_is_tapped_a_project_entered_and_seen_on_its_map(open_page, demo) -> None:
    page = open_page(demo, "/projects/new?in=520398001", "street")
    page.locator("#marks[data-drawn]").wait_for()
    settle(page)
    page.locator("#marks").click()
    expect(page.locator("#lon")).not_to_have_value("")
    page.locator("[name=title]").fill("试点路灯")
    page.locator("[name=work]").fill("更换路灯")
    page.locator("form.proposal > button").click()
    expect(page.locator("h1")).to_have_text("试点路灯")
    page.locator("#marks[data-drawn]").wait_for()
    ((*_, stage, said, _href),) = json.loads(page.locator("#marks").get_attribute("data-projects"))
    assert (stage, said) == ("proposed", "试点路灯 · 提出")
    page.locator("summary", has_text="立项").click()
    page.locator("[name=planned_from]").fill("2030-01-01")
    page.locator("[name=planned_until]").fill("2030-02-01")
    page.locator("details[open] button").click()
    expect(page.locator(".stages [aria-current]")).to_contain_text("立项")


def test_hot_spots_are_drawn_and_said_beside_the_heat(open_page, demo) -> None:
    page = open_page(demo, "/maps/open-issues", "district")
    settle(page)
    page.locator(".tabs a", has_text="热点").click()
    settle(page)
    expect(page.locator("h1")).to_have_text("哪里的事情集中得不像偶然？")
    expect(page.locator(".gridsvc-legend")).to_contain_text("当前热点")
    expect(page.locator("#answer b")).to_have_text(str(page.locator("#answer li").count()))
