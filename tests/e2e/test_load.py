"""The Friday peak in small, against the service as it is run: no error, nothing lost or doubled."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from gridsvc.db import make_engine, session_factory
from gridsvc.demo.simulate import simulate
from gridsvc.errors import NotReady

ROOT = Path(__file__).parents[2]
COMMAND = [str(Path(sys.executable).with_name("gridsvc")), "serve"]


@pytest.fixture
def friday(monkeypatch):
    """The benchmark's own module: what is measured is what is tested."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import friday

    return friday


@pytest.fixture
def served(fresh_database, tmp_path):
    """A made city, and ``gridsvc serve`` over it."""
    engine = make_engine(fresh_database)
    with session_factory(engine).begin() as session:
        simulate(session, grids=30, incidents=300, seed=1, now=datetime.now(UTC))
    engine.dispose()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if "GRIDSVC" not in name}
    own = {
        "GRIDSVC_HOME": str(tmp_path), "PORT": str(port),
        "GRIDSVC_DATABASE_URL": fresh_database.database_url,
    }  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as said, subprocess.Popen(
        COMMAND, env={**kept, **own}, stdout=said, stderr=said
    ) as process:  # fmt: skip
        yield replace(fresh_database, home=tmp_path, port=port)
        process.terminate()


def wait_until_ready(friday, port: int) -> None:
    give_up = time.monotonic() + 180
    while friday.ask(port, "GET", "/health/ready").status != 200:
        assert time.monotonic() < give_up, "the service does not come up"
        time.sleep(0.2)


def test_sixty_people_sign_in_look_around_and_send_and_each_is_answered(friday, served) -> None:
    wait_until_ready(friday, served.port)
    load = friday.Load(people=60, visits=80, reports=20, length_s=15)
    answered = friday.hour(served, load, print)
    assert [one for one in answered if not one.good] == []
    told = Counter(one.what for one in answered)
    assert told["sign-in"] == told["work list"] == told["map figures"] == 60
    # Some were sent twice, and none is stored twice: the hour itself has looked.
    assert told["visit"] > 80
    assert told["report"] >= 20


def test_the_load_keeps_away_from_grids_that_nobody_made_up(friday, served) -> None:
    wait_until_ready(friday, served.port)
    engine = make_engine(served)
    with engine.begin() as connection:
        connection.execute(
            text(
                "with d as (insert into gridsvc.division (code, level, name) values"
                " ('520302', 'district', 'x'), ('520302001', 'subdistrict', 'x'),"
                " ('520302001001', 'community', 'x') returning code), g as (insert into"
                " gridsvc.grid (code, community_code, kind, name) select '520302001001001',"
                " '520302001001', 'residential', 'x' from d limit 1 returning code)"
                " insert into gridsvc.grid_boundary (grid_code, geom, valid_from) select code,"
                " st_makeenvelope(1, 1, 1.01, 1.01, 4326), '2026-01-01' from g"
            )
        )
    engine.dispose()
    with pytest.raises(NotReady, match="gridsvc simulate"):
        friday.hour(served, friday.Load(people=5, visits=5, reports=1, length_s=1), print)
