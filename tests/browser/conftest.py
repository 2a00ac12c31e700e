"""A browser that can reach no other host, and pages in it that must stay silent."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from live_service import PATIENCE_MS, TYPED_EARLY, Open, fill_demo, serving, sign_in
from phone import GRIDS, Phone
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from sqlalchemy import Engine, text

from gridsvc import cluster
from gridsvc.db import make_engine
from gridsvc.settings import Settings

NewPhone = Callable[..., Phone]

# A machine with other work answers late, and publishing proves the whole map: what is waited for
# comes, or the test fails, and nothing is asserted of how soon.
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def demo_template(settings: Settings, template: str) -> Iterator[str]:
    """A database with the demo, filled once: copying it takes a tenth of the time."""
    name = f"gridsvc_demo_{uuid.uuid4().hex[:8]}"
    url = cluster.create_database(settings, name, template)
    engine = make_engine(replace(settings, database_url=url))
    fill_demo(engine)
    engine.dispose()
    yield name
    cluster.drop_database(settings, name)


@pytest.fixture(scope="session")
def demo(settings: Settings, demo_template: str) -> Iterator[str]:
    """The address of a service with the demo loaded; its tests change nothing in it."""
    with serving(settings, demo_template) as (address, _):
        yield address


# Not of the session: Playwright wants one instance at a time, and other modules open their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    closed = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=path, args=["--no-sandbox", closed])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    """Playwright alone, for phones, which start a browser of their own each."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def service(settings: Settings, demo_template: str) -> Iterator[tuple[str, Engine]]:
    """A demo of the module's own, which its tests may change; a module may fill in more."""
    with serving(settings, demo_template) as found:
        yield found


@pytest.fixture
def phone(play: Playwright, service: tuple[str, Engine], tmp_path: Path) -> Iterator[Phone]:
    """A phone over the ``service``; it must have asked no other host."""
    made = Phone(play, tmp_path / "profile", service[0])
    yield made
    made.close()
    made.check_silent()


@pytest.fixture
def new_phone(play: Playwright, service: tuple[str, Engine], tmp_path: Path) -> Iterator[NewPhone]:
    """Make phones over the ``service``, each with a profile of its own."""
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
def places(service: tuple[str, Engine]) -> dict[str, tuple[float, float]]:
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
def cases(service: tuple[str, Engine]) -> Callable[[], list[Any]]:
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


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open pages that must stay silent: no message, no violation, no other host."""
    contexts: list[Any] = []
    said: list[str] = []
    asked: list[str] = []

    def opened(address: str, path: str, role: str | None = None, **how: Any) -> Page:
        size = {"width": how.pop("width", 1366), "height": how.pop("height", 768)}
        how.setdefault("locale", "zh-CN")
        how.setdefault("timezone_id", "Asia/Shanghai")
        context = browser.new_context(viewport=size, reduced_motion="reduce", **how)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: said.append(f"{page.url}: dialog {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        page.address = address
        if role:
            sign_in(page, role)
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    own = ("http://127.0.0.1:", "data:", "blob:")
    assert [one for one in said if TYPED_EARLY not in one] == []
    assert [one for one in asked if not one.startswith(own)] == []
