"""``gridsvc`` as a person types it: what it says, how it ends, what it leaves running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gridsvc import cluster
from gridsvc.cli.operations.serve import stop_servers
from gridsvc.settings import from_environment

COMMAND = [sys.executable, "-c", "from gridsvc.cli import main; main(prog_name='gridsvc')"]


@pytest.fixture
def variables(database):
    """The environment of a service on this run's database."""
    cleared = {name: value for name, value in os.environ.items() if "GRIDSVC" not in name}
    return {**cleared, "GRIDSVC_HOME": str(database.home), "PORT": str(free_port())}


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """The environment of a service on a cluster of its own.

    ``make test`` itself runs inside ``db during`` on the tests' home, and a second one waits.
    """
    settings = from_environment({"GRIDSVC_HOME": str(tmp_path_factory.mktemp("a home"))})
    cleared = {name: value for name, value in os.environ.items() if "GRIDSVC" not in name}
    yield {**cleared, "GRIDSVC_HOME": str(settings.home), "GRIDSVC_FSYNC": "off"}
    cluster.stop(settings)
    shutil.rmtree((settings.home / "postgres").resolve())
    shutil.rmtree(settings.socket_dir)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gridsvc(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [*COMMAND, *words], env=environment, capture_output=True, text=True, timeout=180
    )


def until(condition, within_s: float = 90) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.1)


def answers(port: str) -> bool:
    try:
        address = f"http://127.0.0.1:{port}/health/live"
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False


@contextmanager
def serving(variables):
    with subprocess.Popen([*COMMAND, "serve"], env=variables, stderr=subprocess.PIPE) as server:
        try:
            until(lambda: answers(variables["PORT"]))
            yield server
        finally:
            server.kill()
            until(lambda: not answers(variables["PORT"]))


def test_a_wrong_setting_is_one_sentence_and_exit_2(tmp_path):
    done = gridsvc("db", "status", GRIDSVC_HOME=str(tmp_path), PORT="high")
    assert done.returncode == 2
    assert done.stderr == "PORT must be a whole number from 1 to 65535, not 'high'.\n"


def test_under_json_a_refusal_is_an_object_with_its_code(tmp_path):
    done = gridsvc("db", "status", "--json", GRIDSVC_HOME=str(tmp_path), PORT="high")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "bad_input"


def test_the_help_needs_no_setting_to_be_right():
    assert gridsvc("--help", PORT="high").returncode == 0
    assert gridsvc("db", "start", "--help", PORT="high").returncode == 0


def test_every_command_of_the_list_can_be_loaded_and_answers_as_json():
    listed = gridsvc("--help").stdout.split("Commands:")[1].split("\n")
    for name in [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "]:
        text = gridsvc(name, "--help").stdout
        assert "--json" in text or "Commands:" in text


def test_a_database_that_is_down_is_a_sentence(tmp_path):
    done = gridsvc("db", "psql", GRIDSVC_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "gridsvc db start" in done.stderr


def test_the_status_of_a_stopped_database_is_exit_3(tmp_path):
    assert gridsvc("db", "status", GRIDSVC_HOME=str(tmp_path)).returncode == 3


def test_a_command_runs_during_the_database_and_hands_on_its_exit_code(apart):
    question = [*COMMAND, "db", "psql", "-Atc", "SELECT current_user"]
    done = gridsvc("db", "during", *question, **apart)
    assert (done.returncode, done.stdout) == (0, "gridsvc\n")
    assert gridsvc("db", "during", "sh", "-c", "exit 5", **apart).returncode == 5


def test_ctrl_c_ends_with_130(apart):
    waiting = [*COMMAND, "db", "during", "sh", "-c", "echo up; exec sleep 60"]
    with subprocess.Popen(
        waiting, env=apart, stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout.readline() == b"up\n"
        os.killpg(child.pid, signal.SIGINT)
        assert child.wait(timeout=120) == 130
    assert gridsvc("db", "status", **apart).returncode == 3


def test_a_port_that_is_taken_is_a_sentence(variables):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", int(variables["PORT"])))
        other.listen()
        done = gridsvc("serve", **variables)
    assert done.returncode == 2
    assert f"Port {variables['PORT']} on 127.0.0.1 is taken" in done.stderr


def test_stop_ends_the_web_server_and_nothing_of_another_home(variables, settings, tmp_path):
    with serving(variables) as server:
        other = gridsvc("stop", "--json", **{**variables, "GRIDSVC_HOME": str(tmp_path)})
        assert json.loads(other.stdout) == {"web_servers": [], "database": False}
        assert answers(variables["PORT"])
        # Not by the command: the tests that follow need the database.
        assert stop_servers(settings) == [server.pid]
        assert server.wait(timeout=120) == 0
    assert cluster.status(settings).running


def test_after_a_kill_the_service_starts_again_on_the_same_port(variables, settings):
    with serving(variables) as server:
        server.kill()
        until(lambda: not answers(variables["PORT"]))
    with serving(variables):
        assert answers(variables["PORT"])
    assert cluster.status(settings).running


def test_a_service_begun_while_the_one_before_ends_has_a_database(apart):
    variables = {**apart, "PORT": str(free_port()), "GRIDSVC_DEMO_PASSWORD": "a long password"}
    command = {"args": [*COMMAND, "run"], "env": variables, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(**command) as first:
        until(lambda: answers(variables["PORT"]))
        first.terminate()
        until(lambda: not answers(variables["PORT"]))
        with subprocess.Popen(**command) as second:
            try:
                assert first.wait(90) == 0
                until(lambda: answers(variables["PORT"]) or second.poll() is not None)
                assert answers(variables["PORT"])
            finally:
                second.terminate()
                second.wait(90)


def test_migrating_twice_is_migrating_once(variables, settings, database):
    name = f"{Path(database.database_url.split('?')[0]).name}_empty"
    empty = replace(settings, database_url=cluster.create_database(settings, name))
    cleared = {key: value for key, value in variables.items() if key != "GRIDSVC_HOME"}
    own = {
        **cleared,
        "GRIDSVC_HOME": str(settings.home),
        "GRIDSVC_DATABASE_URL": empty.database_url,
    }
    try:
        done = [gridsvc("migrate", **own) for _ in range(2)]
        assert [(one.returncode, one.stderr) for one in done] == [(0, ""), (0, "")]
        counted = gridsvc(
            "db", "psql", "-Atc", "select count(*) from gridsvc.alembic_version", **own
        )
        assert counted.stdout == "1\n", counted.stderr
    finally:
        cluster.drop_database(settings, name)
