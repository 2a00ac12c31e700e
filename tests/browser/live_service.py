"""A real service on a free port, over a database of its own, and the steps of who uses it."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import peopled_town
from playwright.sync_api import Page
from sqlalchemy import Engine
from werkzeug.serving import make_server

from gridsvc import cluster
from gridsvc.accounts.rules import Role
from gridsvc.accounts.services import add_user
from gridsvc.app import create_app
from gridsvc.db import make_engine, session_factory
from gridsvc.demo.draft import begin_draft
from gridsvc.demo.load import load_demo
from gridsvc.settings import Settings

# A line for every tile would bury what a failing test has to say.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

# Taken out of the environment: the service knows no such setting, and says so.
KEEP_PICTURES = os.environ.pop("GRIDSVC_SCREENS", "") == "1"

Open = Callable[..., Page]

#: How long an answer is waited for before a test gives it up.
PATIENCE_MS = 90_000
PASSWORD = "red maple stone bridge"
#: Account → role and area in the demo.
ACCOUNTS = {
    "leader": (Role.LEADER, ["520398001003001", "520398001003002", "520398001003003"]),
    "member": (Role.TEAM_MEMBER, ["520398001001001"]),
    "community": (Role.COMMUNITY_STAFF, ["520398001003"]),
    "street": (Role.STREET_STAFF, ["520398001"]),
    "planner": (Role.PLANNER, ["520398001"]),
    "district": (Role.DISTRICT, ["520398"]),
    "auditor": (Role.AUDITOR, [""]),
    "admin": (Role.ADMIN, [""]),
}


@contextmanager
def serving(
    settings: Settings, template: str, fill: Callable[[Engine], None] | None = None
) -> Iterator[tuple[str, Engine]]:
    """Serve a copy of a database on a free port; yield the address and the engine."""
    name = f"gridsvc_test_{uuid.uuid4().hex[:8]}"
    own = replace(
        settings,
        database_url=cluster.create_database(settings, name, template),
        demo_password=PASSWORD,
    )
    engine = make_engine(own, pool_size=6)
    if fill is not None:
        fill(engine)
    server = make_server("127.0.0.1", 0, create_app(own, engine), threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", engine
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()
    cluster.drop_database(settings, name)


def fill_demo(engine: Engine) -> None:
    with session_factory(engine).begin() as session:
        now = datetime.now(UTC)
        load_demo(session, now=now)
        users = {
            name: add_user(session, username=name, role=role, password=PASSWORD, prefixes=prefixes)
            for name, (role, prefixes) in ACCOUNTS.items()
        }
        begin_draft(session, users["planner"], users["street"], "520398001003", now)


def fill_town(engine: Engine) -> None:
    with session_factory(engine).begin() as session:
        peopled_town.build(session)
        for name, (role, _) in ACCOUNTS.items():
            add_user(session, username=name, role=role, password=PASSWORD, prefixes=[""])


#: What Chromium says where a test types before the page's first picture has been drawn.
TYPED_EARLY = "Autofocus processing was blocked"


def sign_in(page: Page, role: str) -> None:
    page.goto(f"{page.address}/sign-in?next=/health/live")
    page.fill("#username", role)
    page.fill("#password", PASSWORD)
    page.click("main button")
    # Who goes on before the answer is there takes the sign-in back.
    page.wait_for_url("**/health/live")


#: Every tile has been painted once, and the view has come to rest.
STILL = """() => {
  const tiles = [...document.querySelectorAll(".gridsvc-map canvas.leaflet-tile")];
  const { map } = window.gridsvcMap || window.gridsvcDesk || {};
  const moves = map && (map._animatingZoom || (map._panAnim && map._panAnim._inProgress));
  return tiles.length > 0 && !moves
    && tiles.every((one) => one.classList.contains("leaflet-tile-loaded"));
}"""
#: Timers and frames come in their turn: when these have come, a painting begun before is done,
#: since a tile waits a few milliseconds at most for its turn (protomaps-leaflet's ``tileDelay``).
PAINTED = """() => new Promise((done) => setTimeout(
  () => requestAnimationFrame(() => requestAnimationFrame(done)), 150))"""


def settle(page: Page) -> None:
    """Wait until the map has its figures, and every tile is painted with them."""
    page.locator(".gridsvc-map[aria-busy=false]").wait_for()
    page.wait_for_function(STILL)
    page.evaluate(PAINTED)
