"""The embedded PostGIS on clusters of its own, made and killed here."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from gridsvc import cluster
from gridsvc.cluster import files, process
from gridsvc.errors import Conflict, NotReady
from gridsvc.settings import Settings, from_environment

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs as two accounts")


def remove(settings: Settings) -> None:
    cluster.stop(settings)
    shutil.rmtree((settings.home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)
    shutil.rmtree(settings.home, ignore_errors=True)


@pytest.fixture(scope="module")
def own():
    """A cluster below a path with a space and letters of two scripts."""
    folder = Path(tempfile.mkdtemp(prefix="grid svc 网格 "))
    folder.chmod(0o755)
    settings = from_environment({"GRIDSVC_HOME": str(folder), "GRIDSVC_FSYNC": "off"})
    cluster.start(settings)
    yield settings
    remove(settings)


@pytest.fixture
def up(own):
    cluster.start(own)
    return own


def ask(settings: Settings, question: str, database: str = "gridsvc", user: str = "gridsvc"):
    connection = psycopg2.connect(host=str(settings.socket_dir), user=user, dbname=database)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_it_speaks_postgis_as_an_ordinary_role(up):
    assert ask(up, "SELECT ST_AsText(ST_Point(106.92, 27.71, 4326))") == "POINT(106.92 27.71)"
    assert ask(up, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("synchronous_commit", "on"),
        ("log_min_error_statement", "panic"),
        ("fsync", "off"),
    ],
)
def test_it_is_configured_as_promised(up, setting, value):
    assert ask(up, f"SHOW {setting}") == value


def test_a_second_start_changes_nothing(up):
    pid = cluster.status(up).pid
    assert cluster.start(up) is False
    assert cluster.status(up).pid == pid


def test_starts_at_the_same_moment_make_one_server(up):
    cluster.stop(up)
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: cluster.start(up), range(4)))
    assert sorted(started) == [False, False, False, True]


_COMPUTES = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%4e8%'"
    " AND pid <> pg_backend_pid()"
)


def until(condition, within_s: float = 120) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


def test_rows_outlive_a_kill_of_the_postmaster_with_a_busy_child(up):
    with contextlib.closing(
        psycopg2.connect(host=str(up.socket_dir), user="gridsvc", dbname="gridsvc")
    ) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (7)")
        with ThreadPoolExecutor(1) as pool:
            # A child that computes does not look whether its postmaster lives.
            busy = pool.submit(cursor.execute, "SELECT count(*) FROM generate_series(1, 4e8::int8)")
            until(lambda: ask(up, _COMPUTES) == 1)
            os.kill(cluster.status(up).pid, signal.SIGKILL)
            until(lambda: cluster.status(up).running is False)
            assert cluster.start(up) is True
            assert isinstance(busy.exception(), psycopg2.OperationalError)
    assert ask(up, "SELECT max(n) FROM kept") == 7


def test_a_process_number_that_a_stranger_has_got_does_not_hold_it_up(up):
    cluster.stop(up)
    found = files.locate(up)
    with subprocess.Popen(["sleep", "60"], user=found.account, cwd="/") as stranger:
        text = f"{stranger.pid}\n{found.data}\n1\n5432\n{up.socket_dir}\n\n\n"
        found.run("tee", found.data / "postmaster.pid", text=text)
        found.run("tee", found.socket_dir / ".s.PGSQL.5432.lock", text=text)
        assert cluster.status(up).running is False
        assert cluster.start(up) is True
        stranger.terminate()


def test_an_initdb_cut_short_is_begun_again(tmp_path_factory):
    folder = Path(tempfile.mkdtemp(prefix="gridsvc-cut-"))
    folder.chmod(0o755)
    settings = from_environment({"GRIDSVC_HOME": str(folder), "GRIDSVC_FSYNC": "off"})
    account = files._account()
    rubbish = files._own_data_folder(folder, account) / "data.new"
    files._run_as(account, "mkdir", rubbish)
    files._run_as(account, "tee", rubbish / "PG_VERSION", text="15\n")
    try:
        assert cluster.start(settings) is True
    finally:
        remove(settings)


def test_a_database_is_copied_from_a_template(up):
    cluster.create_database(up, "copied_from")
    ask(up, "CREATE TABLE t AS SELECT 5 AS n; COMMIT; SELECT 1", "copied_from")
    url = cluster.create_database(up, "copy", template="copied_from")
    assert "/copy?" in url
    assert ask(up, "SELECT n FROM t", "copy") == 5
    with pytest.raises(Conflict, match="copy"):
        cluster.create_database(up, "copy")
    for name in ("copy", "copied_from", "copy"):
        cluster.drop_database(up, name)


def test_a_folder_of_another_version_is_a_sentence(up):
    found = files.locate(up)
    cluster.stop(up)
    found.run("tee", found.data / "PG_VERSION", text="9\n")
    try:
        with pytest.raises(NotReady, match="was made by PostgreSQL 9"):
            cluster.start(up)
    finally:
        found.run("tee", found.data / "PG_VERSION", text=f"{found.version}\n")


def test_a_server_that_cannot_start_says_why(up):
    found = files.locate(up)
    cluster.stop(up)
    found.run("mv", found.data / "global", found.data / "hidden")
    try:
        with pytest.raises(NotReady, match=r"did not start.*server\.log"):
            cluster.start(up)
    finally:
        found.run("mv", found.data / "hidden", found.data / "global")


def test_a_socket_folder_that_others_may_enter_is_refused(up):
    cluster.stop(up)
    up.socket_dir.chmod(0o755)
    try:
        with pytest.raises(NotReady, match="alone may enter"):
            cluster.start(up)
    finally:
        up.socket_dir.chmod(0o700)


def test_a_block_stops_only_what_it_started(up):
    with cluster.running(up):
        pass
    assert cluster.status(up).running
    cluster.stop(up)
    with cluster.running(up):
        assert cluster.status(up).running
    assert not cluster.status(up).running


def test_a_forked_worker_that_leaves_the_block_stops_nothing(up):
    cluster.stop(up)
    block = cluster.running(up)
    block.__enter__()
    worker = os.fork()
    if worker == 0:
        block.__exit__(None, None, None)
        os._exit(0)
    os.waitpid(worker, 0)
    assert cluster.status(up).running
    block.__exit__(None, None, None)
    assert not cluster.status(up).running


def test_a_database_of_the_users_own_starts_nothing(tmp_path):
    url = {
        "GRIDSVC_HOME": str(tmp_path),
        "GRIDSVC_DATABASE_URL": "postgresql://u@h:5432/d?sslmode=require",
    }
    settings = from_environment(url)
    assert cluster.start(settings) is False
    assert not (tmp_path / "postgres").exists()
    other = cluster.database_url(settings, "other")
    assert other == "postgresql+psycopg2://u@h:5432/other?sslmode=require"


@AS_ROOT
def test_another_account_of_the_machine_cannot_come_in(up):
    for role in ("gridsvc", "postgres"):
        psql = process_of("nobody", up, role)
        assert psql.returncode != 0
        assert "Permission denied" in psql.stderr
    # Even with the folder opened by mistake, the server itself refuses.
    up.socket_dir.chmod(0o755)
    socket = up.socket_dir / ".s.PGSQL.5432"
    socket.chmod(0o777)
    try:
        assert "Peer authentication failed" in process_of("nobody", up, "gridsvc").stderr
    finally:
        up.socket_dir.chmod(0o700)
        socket.chmod(0o700)


def process_of(account: str, settings: Settings, role: str) -> subprocess.CompletedProcess[str]:
    psql = str(files.locate(settings).programs / "psql")
    command = ["runuser", "-u", account, "--", psql, "-h", str(settings.socket_dir), "-U", role]
    return subprocess.run([*command, "-c", "SELECT 1"], capture_output=True, text=True, cwd="/")


@AS_ROOT
def test_below_a_closed_folder_the_data_lies_in_var_lib(tmp_path):
    # tmp_path belongs to root alone, as /root does.
    tmp_path.chmod(0o700)
    settings = from_environment({"GRIDSVC_HOME": str(tmp_path / "var"), "GRIDSVC_FSYNC": "off"})
    try:
        assert cluster.start(settings) is True
        assert cluster.status(settings).data.is_relative_to("/var/lib/gridsvc")
        assert (tmp_path / "var/postgres").is_symlink()
        assert ask(settings, "SELECT 1") == 1
    finally:
        remove(settings)


@AS_ROOT
def test_the_server_does_not_run_as_root(up):
    owner = Path(f"/proc/{cluster.status(up).pid}").stat().st_uid
    assert pwd.getpwuid(owner).pw_name == "postgres"


def test_a_program_that_only_stands_in_the_data_folder_is_no_server(up):
    data = files.data_folder(up)
    account = files.locate(up).account
    with subprocess.Popen(["sleep", "30"], user=account, cwd=data) as sleeper:
        assert Path(f"/proc/{sleeper.pid}/cwd").readlink() == data
        assert sleeper.pid not in process._standing_in(data)
        sleeper.terminate()


def test_a_wrong_home_is_found_out_before_anything_is_made(own):
    with pytest.raises(NotReady, match="cannot be written"):
        cluster.start(replace(own, home=Path("/proc/gridsvc")))
