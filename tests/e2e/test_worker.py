"""The worker as a process: it outlives a restart of the database and ends with its parent."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peopled_town
import psycopg2
import pytest
import toy_town
from case_town import account

from gridsvc import cluster
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.incidents import clock
from gridsvc.incidents.rules import LimitKind
from gridsvc.migrations import migrate
from gridsvc.plans import drafts, jobs, queries
from gridsvc.plans.models import PlanJob
from gridsvc.plans.rules import JobKind, JobState
from gridsvc.settings import Settings, from_environment

COMMAND = [str(Path(sys.executable).with_name("gridsvc")), "worker", "--every", "0.5"]


@pytest.fixture(scope="module")
def own():
    """A cluster that may be stopped and killed."""
    folder = Path(tempfile.mkdtemp(prefix="gridsvc-worker-"))
    folder.chmod(0o755)
    settings = from_environment({"GRIDSVC_HOME": str(folder), "GRIDSVC_FSYNC": "off"})
    cluster.start(settings)
    engine = make_engine(settings)
    migrate(engine)
    with session_factory(engine).begin() as session:
        peopled_town.build(session)
    engine.dispose()
    yield settings
    cluster.stop(settings)
    shutil.rmtree((settings.home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def workers(own):
    """Two workers at once, as after a start by mistake."""
    environment = {**os.environ, "GRIDSVC_HOME": str(own.home), "GRIDSVC_FSYNC": "off"}
    environment.pop("GRIDSVC_DATABASE_URL", None)
    processes = [subprocess.Popen(COMMAND, env=environment) for _ in range(2)]
    yield processes
    for one in processes:
        one.kill()
        one.wait()


def overdue_case(settings: Settings) -> int:
    engine = make_engine(replace(settings))
    with session_factory(engine).begin() as session:
        case = peopled_town.add_case(session, 0.5, 2.5, toy_town.code(1, 1))
        long_ago = datetime.now(UTC) - timedelta(days=30)
        clock.start(session, case, long_ago, None, limit=(LimitKind.IMMEDIATE, 1))
        number = case.id
    engine.dispose()
    return number


def rungs(settings: Settings, number: int) -> int:
    try:
        with (
            psycopg2.connect(
                host=str(settings.socket_dir), user="gridsvc", dbname="gridsvc"
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "select count(*) from gridsvc.escalation where incident_id = %s", (number,)
            )
            count = cursor.fetchone()[0]
        connection.close()
    except psycopg2.OperationalError:
        return 0
    return count


def becomes_true(what: Callable[[], bool], within_s: float = 180) -> bool:
    give_up = time.monotonic() + within_s
    while not what():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


def test_two_workers_go_on_after_the_database_was_restarted(own, workers):
    first = overdue_case(own)
    assert becomes_true(lambda: rungs(own, first) == 6)
    cluster.stop(own)
    time.sleep(1.5)
    assert [one.poll() for one in workers] == [None, None]
    cluster.start(own)
    second = overdue_case(own)
    assert becomes_true(lambda: rungs(own, second) == 6)
    for one in workers:
        one.send_signal(signal.SIGTERM)
    assert [one.wait(120) for one in workers] == [0, 0]


def opening_draft(settings: Settings) -> tuple[int, int]:
    """Leave a draft of the town to the workers."""
    engine = make_engine(settings)
    now = datetime.now(UTC)
    with session_factory(engine).begin() as session:
        user = account(session, "planner1", Role.PLANNER, peopled_town.TOWN)
        plan = drafts.begin(
            session, user, name="x", scope=peopled_town.TOWN, now=now, today=now.date()
        )
        job = jobs.ask(session, plan, user, JobKind.OPEN, {}, now)
        numbers = plan.id, job.id
    engine.dispose()
    return numbers


def test_a_draft_is_opened_by_whichever_worker_comes_first(own, workers):
    plan, job = opening_draft(own)
    engine = make_engine(own)

    def opened() -> bool:
        with session_factory(engine)() as session:
            return session.get_one(PlanJob, job).state is JobState.DONE

    assert becomes_true(opened)
    with session_factory(engine)() as session:
        assert len(queries.outlines(session, plan)) == 9
    engine.dispose()


_PARENT = """
import os, signal, sys
from gridsvc.cli.operations import worker
with worker.running():
    print(open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read(), flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_worker_ends_with_the_process_that_started_it(own, end):
    environment = {**os.environ, "GRIDSVC_HOME": str(own.home), "GRIDSVC_FSYNC": "off"}
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], env=environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.close()
    parent.send_signal(end)
    parent.wait(120)
    assert becomes_true(lambda: _gone(child))


def _gone(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    try:
        return "State:\tZ" in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


_SERVICE = """
import os
from gridsvc.cli.operations import worker
from gridsvc.cli.operations.serve import serve_until_stopped
from gridsvc.settings import from_environment
worker.RESTART_S = 0
with worker.running() as beside:
    serve_until_stopped(from_environment(os.environ), each_second=beside.keep)
"""


def test_a_worker_that_is_killed_is_begun_again_beside_the_web_server(own):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "GRIDSVC_HOME": str(own.home), "GRIDSVC_FSYNC": "off", "PORT": str(port),
    }  # fmt: skip
    environment.pop("GRIDSVC_DATABASE_URL", None)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    service = subprocess.Popen([sys.executable, "-c", _SERVICE], env=environment, **quiet)
    try:
        assert becomes_true(lambda: len(_workers(service.pid)) == 1)
        (first,) = _workers(service.pid)
        os.kill(first, signal.SIGKILL)
        assert becomes_true(lambda: _workers(service.pid) not in ([], [first]))
        (second,) = _workers(service.pid)
        assert service.poll() is None
    finally:
        service.terminate()
        service.wait(120)
    assert becomes_true(lambda: _gone(second))


def _workers(parent: int) -> list[int]:
    """Return the children of a process that sweep, those alive."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(one) for one in children if b"--child-of" in _words(one) and not _gone(int(one))]


def _words(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it ended since it was listed
        return b""
