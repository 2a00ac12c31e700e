"""After hours without a network, or a browser killed at once, the queue goes out by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from live_service import PASSWORD
from phone import Phone, at_work, choose
from playwright.sync_api import expect
from sqlalchemy import Engine, text

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

PLACE = (106.912895, 27.713322)
GRID = "520398001003002"


@pytest.fixture
def reported(service) -> Callable[[], list[Any]]:
    with service[1].connect() as connection:
        last = connection.scalar(text("select max(id) from gridsvc.incident"))
    query = "select grid_code, review_reason from gridsvc.incident where id > :last order by id"

    def asked() -> list[Any]:
        with service[1].connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), {"last": last})]

    return asked


def report(phone: Phone) -> None:
    phone.stand(*PLACE)
    phone.page.locator("#report-here").click()
    expect(phone.page.locator("#report-how")).to_contain_text("±8")
    choose(phone.page, "路面破损")
    phone.page.locator("#report-send").click()
    expect(phone.page.locator("#report-list .report-waiting")).to_have_count(1)


def back_online(phone: Phone) -> None:
    phone.context.set_offline(False)
    expect(phone.page.locator("#report-list .report-sent")).to_have_count(1)


def age(service: tuple[str, Engine], hours: int) -> None:
    """Let so much time have passed since every session and pass was used."""
    with service[1].begin() as connection:
        connection.execute(
            text("update gridsvc.access_token set seen_at = seen_at - make_interval(hours => :n)"),
            {"n": hours},
        )


def test_after_eight_hours_without_a_network_the_queue_goes_out_without_a_password(
    phone, service, reported
) -> None:
    at_work(phone)
    phone.context.set_offline(True)
    report(phone)
    age(service, 8)
    back_online(phone)
    assert reported() == [(GRID, None)]
    # The pass opens nothing else: every other page asks for the password.
    phone.page.goto(f"{phone.address}/work")
    expect(phone.page.locator("#password")).to_be_visible()


def test_a_browser_killed_seconds_after_signing_in_still_sends(phone, reported) -> None:
    at_work(phone)
    phone.kill()
    # Chromium writes its cookies every half minute; a kill before that takes them all.
    for kept in phone.folder.rglob("Cookies*"):
        kept.unlink()
    phone.open(offline=True)
    assert phone.context.cookies() == []
    phone.page.goto(f"{phone.address}/report")
    report(phone)
    back_online(phone)
    assert reported() == [(GRID, None)]


def test_when_the_area_is_lost_meanwhile_the_report_waits_and_then_comes_before_a_person(
    phone, service, reported
) -> None:
    at_work(phone)
    phone.context.set_offline(True)
    report(phone)
    age(service, 8)
    drop = (
        "delete from gridsvc.user_scope s using gridsvc.user_account u"
        " where u.id = s.user_id and u.username = 'leader' returning user_id, prefix"
    )
    with service[1].begin() as connection:
        gone = [tuple(row) for row in connection.execute(text(drop))]
    phone.context.set_offline(False)
    expect(phone.page.locator("#report-state a")).to_be_visible()
    assert reported() == []
    phone.page.locator("#report-state a").click()
    phone.page.fill("#username", "leader")
    phone.page.fill("#password", PASSWORD)
    phone.page.click("main button")
    expect(phone.page.locator("#report-list .report-sent")).to_have_count(1)
    assert [reason for _, reason in reported()] == ["scope_lost"]
    expect(phone.page.locator("#report-list")).to_contain_text(
        "先由人工核实：上报人的账号已没有区域"
    )
    back = "insert into gridsvc.user_scope (user_id, prefix) values (:user, :prefix)"
    with service[1].begin() as connection:
        connection.execute(text(back), [{"user": user, "prefix": code} for user, code in gone])


def test_signing_out_leaves_no_pass_behind(phone, service, reported) -> None:
    at_work(phone)
    phone.page.locator("details.account summary").click()
    with phone.page.expect_navigation():  # or leaving at once would cut the signing out off
        phone.page.locator("details.account button").click()
    phone.page.goto(f"{phone.address}/report")
    report(phone)
    expect(phone.page.locator("#report-state a")).to_be_visible()
    assert reported() == []
