"""Reporting from the street: without a network, killed, over a bad line, and each case once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from live_service import serving, sign_in
from phone import GRIDS, a_photo, at_work, choose, report, wait_until_kept
from playwright.sync_api import Route, expect
from sqlalchemy import Engine, text

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("update gridsvc.category set emergency_phone = '119' where code = 'wires'")
        )


@pytest.fixture(scope="module")
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template, fill) as found:
        yield found


def test_three_reports_without_network_survive_a_killed_browser_and_arrive_once_in_order(
    new_phone, places, cases, tmp_path
) -> None:
    phone = new_phone()
    at_work(phone)
    # Closed and opened: a cookie that is younger than half a minute is not yet on Chromium's disk.
    phone.close()
    page = phone.open(offline=True)
    page.goto(f"{phone.address}/report")
    categories = ("路面破损", "垃圾堆放", "路灯不亮")
    for number, (code, category) in enumerate(zip(GRIDS, categories, strict=True)):
        page.locator("input[name=photo]").set_input_files(a_photo(tmp_path, number))
        expect(page.locator("#report-photos img")).to_have_count(1)
        report(phone, places[code], category, f"第{number + 1}件")
    expect(page.locator("#report-list .report-waiting")).to_have_count(3)
    assert cases() == []
    phone.kill()

    page = phone.open(offline=True)
    page.goto(f"{phone.address}/report")
    expect(page.locator("#report-list .report-waiting")).to_have_count(3)
    expect(page.locator("#report-map canvas").first).to_be_visible()
    phone.context.set_offline(False)
    expect(page.locator("#report-list .report-sent")).to_have_count(3)
    page.reload()
    page.locator("#report-ready").wait_for()
    found = cases()
    assert [one.grid_code for one in found] == GRIDS
    assert [one.category for one in found] == ["road", "rubbish", "lighting"]
    assert [one.description for one in found] == ["第1件", "第2件", "第3件"]
    assert [one.photos for one in found] == [1, 1, 1]
    assert {(one.provenance, one.accuracy_m) for one in found} == {("gps", 8.0)}


def test_what_is_half_written_is_there_after_the_browser_was_killed(new_phone, places) -> None:
    phone = new_phone()
    page = at_work(phone)
    phone.stand(*places[GRIDS[0]])
    page.locator("#report-here").click()
    expect(page.locator("#report-how")).to_contain_text("±8")
    choose(page, "路灯不亮")
    page.locator("#report-sentence").fill("写到一半")
    wait_until_kept(page, "draft", "draft.category && draft.sentence === '写到一半'")
    phone.kill()
    page = phone.open(offline=True)
    page.goto(f"{phone.address}/report")
    expect(page.locator("#report-sentence")).to_have_value("写到一半")
    expect(page.locator("#report-categories :checked")).to_have_count(1)


def test_the_page_of_a_wifi_login_never_counts_as_sent(new_phone, places, cases) -> None:
    phone = new_phone()
    page = at_work(phone)

    def portal(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>Welcome, log in</h1>")

    phone.context.route("**/api/v1/incidents", portal)
    report(phone, places[GRIDS[0]], "噪声扰民")
    # The answer has been read, and was not ours.
    expect(page.locator("#report-state")).to_contain_text("没有网络")
    expect(page.locator("#report-list .report-waiting")).to_have_count(1)
    assert cases() == []
    phone.context.unroute("**/api/v1/incidents")
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert len(cases()) == 1


def test_when_session_and_pass_have_ended_the_report_is_kept_and_asks_to_sign_in(
    new_phone, places, cases, service
) -> None:
    phone = new_phone()
    page = at_work(phone)
    phone.context.clear_cookies()
    with service[1].begin() as connection:
        connection.execute(text("delete from gridsvc.access_token where kind = 'phone'"))
    report(phone, places[GRIDS[0]], "噪声扰民")
    expect(page.locator("#report-state a")).to_be_visible()
    assert cases() == []
    page.locator("#report-state a").click()
    page.fill("#username", "leader")
    page.fill("#password", "red maple stone bridge")
    page.click("main button")
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert len(cases()) == 1


def test_another_account_neither_sees_nor_sends_what_waits(new_phone, places, cases) -> None:
    phone = new_phone()
    page = at_work(phone)
    phone.context.set_offline(True)
    report(phone, places[GRIDS[0]], "噪声扰民", "只给我看")
    # Left open, the form sends it by the leader's own pass before the other one has signed in.
    page.goto("about:blank")
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    sign_in(page, "community")
    page.goto(f"{phone.address}/report")
    expect(page.locator("#report-list")).to_contain_text("1")
    page.locator("#report-ready").wait_for()
    expect(page.locator("#report-list .report-state")).to_have_count(0)
    assert cases() == []


def test_the_same_number_with_other_content_needs_a_person(new_phone, places, cases) -> None:
    phone = new_phone()
    page = phone.open()
    page.add_init_script("crypto.randomUUID = () => 'one-number-for-all'")
    sign_in(page, "leader")
    page.goto(f"{phone.address}/report")
    report(phone, places[GRIDS[0]], "噪声扰民", "第一")
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    report(phone, places[GRIDS[0]], "噪声扰民", "第二")
    expect(page.locator("#report-list .report-needs")).to_have_count(1)
    assert len(cases()) == 1
    page.evaluate("crypto.randomUUID = () => 'another-number'")
    page.locator(".report-verbs button").first.click()
    expect(page.locator("#report-list .report-sent")).to_have_count(2)
    assert [one.description for one in cases()] == ["第一", "第二"]


def test_an_emergency_stops_the_form_and_shows_the_number(new_phone, places) -> None:
    phone = new_phone()
    page = at_work(phone)
    choose(page, "私拉电线")
    expect(page.locator("#report-emergency a")).to_have_attribute("href", "tel:119")
    expect(page.locator("#report-send")).to_be_hidden()
    choose(page, "路面破损")
    expect(page.locator("#report-send")).to_be_visible()
