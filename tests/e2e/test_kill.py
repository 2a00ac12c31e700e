"""Reports from sixteen writers while the application, then PostgreSQL, is killed without warning.

A real cluster that syncs to disk, and a real web server. A writer sends each report until it is
answered 200 or 201, as a phone does. Whatever is killed, each report is stored once.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import case_town
import pytest
from case_town import HERE
from sqlalchemy import select

from gridsvc import cluster
from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.migrations import migrate
from gridsvc.settings import Settings, from_environment

COMMAND = [sys.executable, "-c", "from gridsvc.cli import main; main(prog_name='gridsvc')", "serve"]
WRITERS, SENT, REPEATED = 16, 1000, 300
SENDERS = 4  # one account may not send as much within minutes


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    home = tmp_path_factory.mktemp("killed")
    home.chmod(0o755)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    settings = from_environment({"GRIDSVC_HOME": str(home), "PORT": port})
    cluster.start(settings)
    engine = make_engine(settings)
    migrate(engine)
    with session_factory(engine).begin() as session:
        case_town.build(session)
        for number in range(SENDERS):
            services.add_user(
                session, username=f"sender{number}", role=Role.LEADER, password="correct horse",
                prefixes=[case_town.GRID],
            )  # fmt: skip
    engine.dispose()
    served = Served(settings)
    served.start()
    yield served
    served.kill()
    cluster.stop(settings)
    shutil.rmtree((settings.home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)


class Served:
    """The web server, its master and workers in a group of their own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        cleared = {name: value for name, value in os.environ.items() if "GRIDSVC" not in name}
        own = {"GRIDSVC_HOME": str(self.settings.home), "PORT": str(self.settings.port)}
        self.process = subprocess.Popen(
            COMMAND, env={**cleared, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        give_up = time.monotonic() + 120
        while self.ask("GET", "/health/ready")[0] != 200:
            assert time.monotonic() < give_up, "the server does not come up"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, dict]:
        """Ask once; 0 where nobody answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=15)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        with closing(connection):
            try:
                connection.request(method, path, json.dumps(body) if body else None, headers)
                answer = connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] == b"{" else {}
            except (OSError, http.client.HTTPException, ValueError):
                return 0, {}

    def tokens(self) -> list[str]:
        names = [f"sender{number}" for number in range(SENDERS)]
        given = [{"username": name, "password": "correct horse"} for name in names]
        return [self.ask("POST", "/api/v1/tokens", one)[1]["token"] for one in given]


class Writers:
    """Sixteen writers with a list of reports, some of them twice."""

    def __init__(self, service: Served, name: str) -> None:
        self.service, self.name = service, name
        self.answered: Counter[int] = Counter()
        self.numbers: dict[str, set[int]] = {}
        self._lock = threading.Lock()
        drawn = random.Random(7)
        distinct = list(range(SENT - REPEATED))
        self.work = distinct + drawn.choices(distinct, k=REPEATED)
        drawn.shuffle(self.work)

    def run(self, fault) -> None:
        tokens = self.service.tokens()
        with ThreadPoolExecutor(WRITERS) as pool:
            sent = [
                pool.submit(self._send, number, tokens[number % SENDERS]) for number in self.work
            ]
            while self.done() < SENT // 3:
                lost = [one for one in sent if one.done() and one.exception()]
                assert not lost, lost[0].exception()
                time.sleep(0.05)
            fault()
            for one in sent:
                one.result()

    def done(self) -> int:
        return self.answered[200] + self.answered[201]

    def _send(self, number: int, token: str) -> None:
        key = f"{self.name}-{number}"
        body = {
            "category": "noise", "lon": HERE[0], "lat": HERE[1], "client_report_id": key,
            "description": f"report {number}",
        }  # fmt: skip
        give_up = time.monotonic() + 240
        while True:
            status, answer = self.service.ask("POST", "/api/v1/incidents", body, token)
            with self._lock:
                self.answered[status] += 1
                if status in (200, 201):
                    self.numbers.setdefault(key, set()).add(answer["id"])
                    return
            assert status in (0, 503), (status, answer)
            assert time.monotonic() < give_up, "nobody answers any more"
            time.sleep(0.2)

    def require_each_once(self) -> None:
        engine = make_engine(self.service.settings)
        keys = Incident.client_report_id.startswith(self.name)
        with session_factory(engine)() as session:
            stored = dict(
                session.execute(select(Incident.client_report_id, Incident.id).where(keys)).all()
            )
            steps = session.scalars(
                select(IncidentEvent.incident_id).join(
                    Incident, Incident.id == IncidentEvent.incident_id
                ).where(keys)
            ).all()  # fmt: skip
        engine.dispose()
        assert {key: {number} for key, number in stored.items()} == self.numbers
        assert len(stored) == SENT - REPEATED
        assert sorted(steps) == sorted(stored.values())


def test_the_application_killed_midway_neither_loses_nor_doubles_a_report(service):
    writers = Writers(service, "app")

    def fault() -> None:
        service.kill()
        service.start()

    writers.run(fault)
    assert writers.answered[0] > 0, "the kill was not felt"
    writers.require_each_once()


def test_postgresql_killed_midway_neither_loses_nor_doubles_a_report(service):
    writers = Writers(service, "db")

    def fault() -> None:
        os.kill(cluster.status(service.settings).pid, signal.SIGKILL)
        # Its children notice by themselves; a new start waits for the last of them.
        give_up = time.monotonic() + 120
        while True:
            try:
                cluster.start(service.settings)
                return
            except Exception:
                assert time.monotonic() < give_up, "PostgreSQL does not come up again"
                time.sleep(0.5)

    writers.run(fault)
    assert writers.answered[503] + writers.answered[0] > 0, "the kill was not felt"
    writers.require_each_once()
