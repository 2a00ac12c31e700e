"""A day's queue over a bad line: everything arrives, once, and nobody is asked to hurry."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bad_line import bad_line
from live_service import serving
from phone import Phone, at_work
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import Engine, text

from gridsvc.incidents.arrival import flood

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

#: DRAFTS=500 is a day of a whole district's worst; a hundred take the same road in half a minute.
DRAFTS = int(os.environ.get("DRAFTS", "100"))
#: Keeps drafts with a photo each, as the form does when there is no network.
FILL = """
    async ([count, lon, lat]) => {
      const user = JSON.parse(document.getElementById("report-config").textContent).user;
      const queue = new window.gridsvcQueue(user);
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
      const paint = canvas.getContext("2d");
      for (let n = 0; n < count; n++) {
        paint.fillStyle = `rgb(${n % 256} ${(n * 7) % 256} 90)`;
        paint.fillRect(0, 0, 64, 48);
        const photo = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
        await queue.add({ category: "noise", kind: "incident", lon, lat, datum: "wgs84",
          provenance: "gps", accuracy_m: 8, description: `draft ${n}` }, [photo],
          { category: "noise", place: "" });
      }
    }
"""
#: Hundreds of breaks with seconds of rest each are no test of anything; how long an answer is
#: waited for stays as it is.
HASTE = """
    const slow = window.setTimeout;
    window.setTimeout = (what, ms, ...rest) =>
      slow(what, [3, 5, 10, 20, 40, 60].includes(ms / 1000) ? ms / 100 : ms, ...rest);
"""
STORED = """
    select count(*), count(distinct i.description), count(p.id), count(distinct p.incident_id)
    from gridsvc.incident i left join gridsvc.photo p on p.incident_id = i.id
    where i.description like 'draft %'
"""


@pytest.fixture
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template) as found:
        yield found


def stored(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(text(STORED)).one())


def filled(phone: Phone, drafts: int) -> None:
    page = at_work(phone)
    phone.context.set_offline(True)
    page.evaluate(FILL, [drafts, 106.912895, 27.713322])
    phone.close()


def back(phone: Phone) -> Page:
    page = phone.open()
    page.add_init_script(HASTE)
    page.goto(f"{phone.address}/report")
    return page


def wait_until_stored(engine: Engine, count: int, seconds: int) -> None:
    give_up = time.monotonic() + seconds
    while stored(engine)[0] < count:
        assert time.monotonic() < give_up, stored(engine)
        time.sleep(0.5)


def test_a_queue_of_drafts_with_photos_over_a_breaking_line_is_stored_once_each(
    service, tmp_path
) -> None:
    address, engine = service
    assert flood.MOST >= DRAFTS
    with sync_playwright() as play, bad_line(address, cut=0.2, lost=0.1) as line:
        phone = Phone(play, tmp_path / "profile", line.address)
        filled(phone, DRAFTS)
        assert stored(engine)[0] == 0
        back(phone)
        wait_until_stored(engine, DRAFTS // 3, 300)
        phone.kill()
        page = back(phone)
        expect(page.locator("#report-count")).to_contain_text("全部", timeout=500_000)
        phone.close()
    assert stored(engine) == (DRAFTS,) * 4
    # The line was as bad as it should be, and what was lost on the way back came again.
    assert min(line.fate["cut"], line.fate["lost"]) > DRAFTS // 10
    assert line.fate["carried"] >= 2 * DRAFTS - line.fate["lost"]


def test_who_is_told_to_wait_waits_and_then_sends_the_rest(service, tmp_path, monkeypatch) -> None:
    address, engine = service
    monkeypatch.setattr(flood, "MOST", 3)
    monkeypatch.setattr(flood, "WINDOW", timedelta(seconds=30))
    with sync_playwright() as play, bad_line(address) as line:
        phone = Phone(play, tmp_path / "profile", line.address)
        filled(phone, 5)
        page = phone.open()
        page.goto(f"{phone.address}/report")
        expect(page.locator("#report-state")).to_contain_text("繁忙")
        page.locator("#report-ready").wait_for()
        refused = len(line.times)
        assert stored(engine)[0] == 3
        # Neither the network's return nor the screen's makes it hurry.
        phone.context.set_offline(True)
        phone.context.set_offline(False)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(4000)
        assert len(line.times) == refused
        expect(page.locator("#report-count")).to_contain_text("全部")
        phone.close()
    assert stored(engine) == (5,) * 4
