"""Where it is and what it is: grids at an edge, a name, a tap, a case that is known already."""

from __future__ import annotations

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from live_service import sign_in
from phone import GRIDS, at_work, choose, report
from playwright.sync_api import expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.grids.queries import locate

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


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
