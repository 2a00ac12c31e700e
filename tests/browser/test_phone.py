"""Reporting from the street: without a network, killed, over a bad line, and each case once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from live_service import serving, sign_in
from phone import Phone, a_photo, at_work, choose
from playwright.sync_api import Playwright, Route, expect, sync_playwright
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridsvc.grids.queries import locate

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

GRIDS = ["520398001003001", "520398001003002", "520398001003003"]
NewPhone = Callable[..., Phone]


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("update gridsvc.category set emergency_phone = '119' where code = 'wires'")
        )


@pytest.fixture(scope="module")
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template, fill) as found:
        yield found


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def new_phone(play, service, tmp_path) -> Iterator[NewPhone]:
    made: list[Phone] = []

    def new(**how: Any) -> Phone:
        made.append(Phone(play, tmp_path / f"profile{len(made)}", service[0], **how))
        return made[-1]

    yield new
    for one in made:
        one.close()
    for one in made:
        one.check_silent()


@pytest.fixture
def places(service) -> dict[str, tuple[float, float]]:
    """A place well inside each of the leader's grids."""
    query = (
        "select grid_code, st_x(c), st_y(c) from gridsvc.grid_boundary,"
        " lateral (select (st_maximuminscribedcircle(geom)).center as c) x"
        " where grid_code = any(:codes) and valid_to is null"
    )
    with service[1].connect() as connection:
        rows = connection.execute(text(query), {"codes": GRIDS}).all()
    return {code: (lon, lat) for code, lon, lat in rows}


@pytest.fixture
def cases(service) -> Callable[[], list[Any]]:
    """Ask for the cases that phones reported in this test, in order of number."""
    query = (
        "select i.id, i.grid_code, c.code as category, i.description, i.provenance,"
        " i.accuracy_m, i.grid_was_chosen, i.grid_candidates, i.households_affected,"
        " (select count(*) from gridsvc.photo p where p.incident_id = i.id) as photos"
        " from gridsvc.incident i join gridsvc.category c on c.id = i.category_id"
        " where i.client_report_id is not null and i.id > :last order by i.id"
    )
    with service[1].connect() as connection:
        last = connection.scalar(text("select max(id) from gridsvc.incident"))

    def asked() -> list[Any]:
        with service[1].connect() as connection:
            return connection.execute(text(query), {"last": last}).all()

    return asked


def report(phone: Phone, place: tuple[float, float], category: str, sentence: str = "") -> None:
    """Stand somewhere, say what it is, and press the button."""
    phone.stand(*place)
    phone.page.locator("#report-here").click()
    expect(phone.page.locator("#report-how")).to_contain_text("±8")
    choose(phone.page, category)
    phone.page.locator("#report-sentence").fill(sentence)
    phone.page.locator("#report-send").click()
    expect(phone.page.locator("#report-said")).to_be_visible()


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
    page.wait_for_timeout(300)
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
    page.wait_for_timeout(1500)
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


def test_a_circle_across_an_edge_offers_both_grids_and_the_choice_is_kept(
    new_phone, service, cases
) -> None:
    query = (
        "select st_x(p), st_y(p) from (select st_lineinterpolatepoint(st_linemerge("
        "st_intersection(st_boundary(a.geom), st_boundary(b.geom))), 0.5) as p"
        " from gridsvc.grid_boundary a, gridsvc.grid_boundary b"
        " where a.grid_code = :one and b.grid_code = :two) x"
    )
    with service[1].connect() as connection:
        codes = {"one": GRIDS[1], "two": GRIDS[2]}
        lon, lat = connection.execute(text(query), codes).one()
    phone = new_phone()
    page = at_work(phone)
    phone.stand(lon, lat, 15)
    page.locator("#report-here").click()
    offered = page.locator("#report-candidates input")
    expect(page.locator("#report-candidates")).to_be_visible()
    assert set(GRIDS[1:]) <= {one.get_attribute("value") for one in offered.all()}
    other = page.locator("#report-candidates input:not(:checked)").first
    wanted = other.get_attribute("value")
    page.locator(f"#report-candidates input[value='{wanted}']").check()
    choose(page, "路面破损")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    [one] = cases()
    assert (one.grid_code, one.grid_was_chosen) == (wanted, True)
    assert set(GRIDS[1:]) <= set(one.grid_candidates)


def test_an_emergency_stops_the_form_and_shows_the_number(new_phone, places) -> None:
    phone = new_phone()
    page = at_work(phone)
    choose(page, "私拉电线")
    expect(page.locator("#report-emergency a")).to_have_attribute("href", "tel:119")
    expect(page.locator("#report-send")).to_be_hidden()
    choose(page, "路面破损")
    expect(page.locator("#report-send")).to_be_visible()


def test_it_is_this_one_joins_the_open_case_without_a_second_form(new_phone, places, cases) -> None:
    phone = new_phone()
    page = at_work(phone)
    report(phone, places[GRIDS[2]], "电梯故障")
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    page.locator("#report-here").click()
    choose(page, "电梯故障")
    page.locator("#report-duplicates button").first.click()
    expect(page.locator("#report-list .report-sent")).to_have_count(2)
    assert [one.households_affected for one in cases()] == [2]


def test_a_phone_number_in_the_sentence_warns_and_does_not_stop(new_phone, places, cases) -> None:
    phone = new_phone()
    page = at_work(phone)
    page.locator("#report-sentence").fill("电表号201403150022")
    expect(page.locator("#report-personal")).to_be_hidden()
    page.locator("#report-sentence").fill("请打 138 1234 5678")
    expect(page.locator("#report-personal")).to_be_visible()
    report(phone, places[GRIDS[0]], "噪声扰民", "请打13812345678")
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert len(cases()) == 1


def test_a_building_is_found_by_name_without_a_network(new_phone) -> None:
    phone = new_phone()
    page = at_work(phone)
    phone.context.set_offline(True)
    page.locator("#report-search").fill("上坝七组 3号")
    page.locator("#report-found button").first.click()
    expect(page.locator("#report-phone")).to_have_attribute("href", "tel:085128121021")


def test_on_plain_http_the_page_says_what_is_missing_and_tapping_still_reports(
    new_phone, cases
) -> None:
    phone = new_phone(permissions=[])
    phone.address = phone.address.replace("127.0.0.1", "office.test")
    page = phone.open()
    sign_in(page, "leader")
    page.goto(f"{phone.address}/report")
    assert page.evaluate("window.isSecureContext") is False
    expect(page.locator("#report-insecure")).to_be_visible()
    page.locator("#report-map canvas").first.wait_for()
    box = page.locator("#report-map").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("path.report-place")).to_be_visible()
    choose(page, "路面破损")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert [one.provenance for one in cases()] == ["map"]
    # Chromium says of each sign-in page that it ignores a header there; the form does not send it.
    phone.said = [one for one in phone.said if "Cross-Origin-Opener-Policy" not in one]


def test_the_form_fits_a_phone_and_can_be_installed(new_phone) -> None:
    phone = new_phone()
    page = at_work(phone)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = "[...document.querySelectorAll('main button, main input, main label')]"
    heights = page.evaluate(
        small
        + ".filter(e => e.checkVisibility() && !e.closest('label, .sighted-not, .leaflet-control'))"
        ".map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    session = phone.context.new_cdp_session(page)
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_the_phone_and_the_database_find_the_same_grid(new_phone, service) -> None:
    phone = new_phone()
    page = at_work(phone)
    random = Random(7)
    grids = page.evaluate("fetch('/report/area').then((answer) => answer.json())")["grids"]
    corners = [corner for grid in grids for corner in grid["rings"][0]]
    (west, east), (south, north) = ((min(one), max(one)) for one in zip(*corners, strict=True))
    places = [(random.uniform(west, east), random.uniform(south, north)) for _ in range(300)]
    places += random.sample(corners, 100)
    on_phone = page.evaluate(
        """([grids, places]) => places.map(([lon, lat]) => {
          const found = window.gridsvcGridsAt(grids, lon, lat, 0).filter((one) => one.inside);
          return found.length ? found[0].code : null;
        })""",
        [grids, places],
    )
    known = {grid["code"] for grid in grids}
    with Session(service[1]) as session:
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        in_database = [locate(session, lon, lat, today) for lon, lat in places]
    pairs = zip(on_phone, in_database, strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1] and pair[1] in known] == []
