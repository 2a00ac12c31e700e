"""A round walked without a network: tapped, kept, the browser killed, and sent exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from live_service import serving, sign_in
from phone import Phone
from playwright.sync_api import Page, Route, expect, sync_playwright
from sqlalchemy import Engine, text

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

STORED = """
    select v.dwellings_visited, v.first_time_dwellings, v.topics, b.dwelling_numbers
    from gridsvc.visit v left join gridsvc.visit_building b on b.visit_id = v.id
    where v.client_visit_id is not null order by v.id
"""


#: What was tapped last has reached the disk; the screen shows it a moment before.
KEPT = """() => idb.openDB("gridsvc-report", 1).then(async (store) => {
  const round = await store.get("kept", "round");
  store.close();
  return Boolean(round && round.topics.advice);
})"""


@pytest.fixture
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template) as found:
        yield found


@pytest.fixture
def phone(service, tmp_path) -> Iterator[Phone]:
    with sync_playwright() as play:
        made = Phone(play, tmp_path / "profile", service[0])
        yield made
        made.close()
        made.check_silent()


def ready(phone: Phone) -> Page:
    page = phone.open()
    sign_in(page, "leader")
    page.goto(f"{phone.address}/report/visits")
    page.locator("#visit-ready:visible").wait_for()
    return page


def tap(page: Page, *doors: int) -> None:
    """Open the first building and tap doors of it that nobody reached this year."""
    first = page.locator("#visit-doors details").first
    if first.get_attribute("open") is None:
        first.locator("summary").click()
    fresh = first.locator("[data-door]")
    for door in doors:
        fresh.nth(door - 1).click()


def stored(service: tuple[str, Engine]) -> list[Any]:
    with service[1].connect() as connection:
        return [tuple(row) for row in connection.execute(text(STORED))]


def test_a_round_tapped_without_a_network_survives_the_browser_and_is_recorded_once(
    phone, service
) -> None:
    ready(phone)
    phone.context.set_offline(True)
    phone.page.reload()
    tap(phone.page, 1, 2, 3)
    tap(phone.page, 2)
    phone.page.locator("#visit-topics button").nth(1).click()
    expect(phone.page.locator("#visit-round")).to_contain_text("2 户")
    phone.page.wait_for_function(KEPT)
    phone.kill()
    page = phone.open(offline=True)
    page.goto(f"{phone.address}/report/visits")
    expect(page.locator("#visit-round")).to_contain_text("2 户")
    page.locator("#visit-send").click()
    expect(page.locator("#report-list .report-waiting")).to_have_count(1)
    # It stands in the same list as the reports, whichever of the two pages is open.
    page.goto(f"{phone.address}/report")
    expect(page.locator("#report-list .report-waiting")).to_contain_text("2 户")
    phone.context.set_offline(False)
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    ((visited, first, topics, doors),) = stored(service)
    assert (visited, topics, doors) == (2, {"advice": 1}, [1, 3])
    assert 0 <= first <= visited


def test_what_cannot_have_been_is_told_before_it_is_sent(phone, service) -> None:
    page = ready(phone)
    send, fault = page.locator("#visit-send"), page.locator("#visit-missing")
    send.click()
    expect(fault).to_contain_text("至少点选一户")
    tap(page, 1)
    tomorrow = date.today() + timedelta(days=2)  # noqa: DTZ011 - the phone's zone is ahead of it
    page.locator("#visit-day").fill(str(tomorrow))
    send.click()
    expect(fault).to_contain_text("还没到")
    assert stored(service) == []


def test_a_grid_without_known_buildings_takes_numbers_that_can_be(phone, service) -> None:
    with service[1].begin() as connection:
        connection.execute(text("update gridsvc.building set dwelling_count = 0"))
    page = ready(phone)
    send, fault = page.locator("#visit-send"), page.locator("#visit-missing")
    page.locator("#visit-visited").fill("9")
    page.locator("#visit-first").fill("10")
    send.click()
    expect(fault).to_contain_text("不能超过走访的 9 户")
    page.locator("#visit-visited").fill("99999")
    page.locator("#visit-first").fill("0")
    send.click()
    expect(fault).to_contain_text("不可能走访 99999 户")
    page.locator("#visit-visited").fill("9")
    page.locator("#visit-first").fill("4")
    send.click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert stored(service) == [(9, 4, {}, None)]


def test_a_request_is_raised_on_the_spot_and_the_round_waits_meanwhile(phone) -> None:
    page = ready(phone)
    tap(page, 1)
    page.locator("#visit-doors a").first.click()
    expect(page.locator("#report-how")).to_contain_text("地址")
    expect(page.locator("#report-grid")).not_to_be_empty()
    page.goto(f"{phone.address}/report/visits")
    expect(page.locator("#visit-round")).to_contain_text("1 户")


def test_a_network_that_hangs_holds_up_no_round_and_its_late_answer_closes_no_building(
    phone,
) -> None:
    page = ready(phone)
    tap(page, 1)
    hanging: list[Route] = []
    phone.context.route("**/report/rounds", lambda asked: hanging.append(asked))
    with page.expect_request("**/report/rounds"):
        page.reload()
    tap(page, 2)
    expect(page.locator("#visit-round")).to_contain_text("2 户")
    expect(page.locator("#visit-numbers")).to_be_hidden()
    late = hanging[0].fetch()
    told = late.json()
    told["buildings"][0]["name"] = "新名字"
    hanging[0].fulfill(response=late, json=told)
    first = page.locator("#visit-doors details").first
    expect(first.locator("summary")).to_contain_text("新名字")
    expect(first.locator("[aria-pressed=true]")).to_have_count(2)
    expect(page.locator("#visit-round")).to_contain_text("2 户")
