"""A publication while the application, then PostgreSQL, is killed without warning.

A real cluster that syncs to disk, and a process of its own that publishes. Whenever it is killed,
the map is the whole old one or the whole new one, with everything that goes with it. The same with
a commit after every statement must show mixed maps, or the test would prove nothing.

PUBLISH_KILLS=100,50 runs the long version: so many kills of the application, and of PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing.process import BaseProcess as Process

import pytest
import redrawn_town
from killed_town import MIXED, OLD, Town
from peopled_town import TOWN
from redrawn_town import approved, split
from sqlalchemy import event, text

from gridsvc import cluster
from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.app import create_app
from gridsvc.copying import copy_rows
from gridsvc.db import make_engine, session_factory
from gridsvc.grids import territory
from gridsvc.migrations import migrate
from gridsvc.settings import from_environment

APPLICATION, DATABASE = map(int, os.environ.get("PUBLISH_KILLS", "6,3").split(","))


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A cluster of its own, with an approved draft in a database that each try copies."""
    home = tmp_path_factory.mktemp("published")
    home.chmod(0o755)
    settings = from_environment({"GRIDSVC_HOME": str(home)})
    cluster.start(settings)
    url = cluster.create_database(settings, "drawn")
    engine = make_engine(replace(settings, database_url=url))
    migrate(engine)
    with session_factory(engine).begin() as session:
        planner, street = redrawn_town.build(session)
        services.add_user(
            session, username="desk", role=Role.PLANNER, password="correct horse", prefixes=[TOWN]
        )
        plan = approved(session, split(session, planner), planner, street)
        town = Town(settings, plan.id)
    engine.dispose()
    town.measure()
    yield town
    cluster.stop(settings)
    shutil.rmtree((settings.home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)


def kill_application(child) -> None:
    child.kill()


def test_the_application_killed_while_publishing_never_leaves_a_mixed_map(town):
    left = town.killed(APPLICATION, kill_application)
    print(f"application killed {APPLICATION} times: {dict(left)}")
    assert left[MIXED] == 0 and left["inside"] >= APPLICATION // 4


def kill_database(town) -> None:
    os.kill(cluster.status(town.settings).pid, signal.SIGKILL)


def test_postgresql_killed_while_publishing_never_leaves_a_mixed_map(town):
    left = town.killed(DATABASE, lambda _child: kill_database(town))
    print(f"PostgreSQL killed {DATABASE} times: {dict(left)}")
    assert left[MIXED] == 0 and left["inside"] >= DATABASE // 4


def test_with_a_commit_after_every_statement_deaths_in_between_leave_mixed_maps(town):
    left = Counter()
    for last in town.midst(APPLICATION):
        done = town.attempt(Process.join, last, isolation_level="AUTOCOMMIT")
        left[town.state()] += 1
        left["done"] += done
        town.copy()
    print(f"control, died before its statement {town.midst(APPLICATION)}: {dict(left)}")
    assert left[MIXED] > 0 and not left["done"]


def test_with_the_transaction_the_same_deaths_leave_the_old_map(town):
    for last in town.midst(APPLICATION):
        assert not town.attempt(Process.join, last)
        assert town.state() == OLD


@pytest.mark.parametrize("moment", ["UPDATE gridsvc.grid_boundary", "COPY"])
def test_a_publication_while_the_database_dies_is_answered_in_one_sentence(
    town, moment, monkeypatch
):
    engine = town.engine()
    client = create_app(town.settings, engine).test_client()
    given = {"username": "desk", "password": "correct horse"}
    token = client.post("/api/v1/tokens", json=given).json["token"]
    dead = []

    def dying(_connection, _cursor, statement, *_) -> None:
        if statement.startswith(moment) and not dead:
            dead.append(kill_database(town))

    def dying_copy(session, *asked):
        # The server's own process for this session might finish before it sees that it is alone.
        own = session.scalar(text("select pg_backend_pid()"))
        dead.append(kill_database(town))
        os.kill(own, signal.SIGKILL)
        return copy_rows(session, *asked)

    event.listen(engine, "before_cursor_execute", dying)
    if moment == "COPY":
        monkeypatch.setattr(territory, "copy_rows", dying_copy)
    answer = client.post(
        f"/api/v1/plans/{town.plan_id}/publish",
        json={"effective_on": (date.today() + timedelta(days=400)).isoformat()},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert dead and answer.status_code == 503 and "Retry-After" in answer.headers
    assert answer.json["code"] == "not_ready" and "\n" not in answer.json["detail"]
    engine.dispose()
    town.wait_for_database()
    assert town.state() == OLD
