"""The embedded PostGIS: a private PostgreSQL cluster below the home, reached by one socket.

The server listens on no port. Whoever may connect is decided by the operating system's account
(peer authentication), so there is no password to keep. As root the server runs as the account
``postgres``, because PostgreSQL refuses root; otherwise as the caller. Decision record 0012.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from gridsvc.cluster import files, process
from gridsvc.errors import BadInput, Conflict, NotReady
from gridsvc.settings import Settings
from gridsvc.settings.home import embedded_url

READY_WITHIN_S = 90
"""Replaying one checkpoint interval (max_wal_size 1 GB) took under 40 s on a slow laptop disk."""


@dataclass(frozen=True)
class Status:
    """Where the embedded server stands."""

    running: bool
    version: str | None
    pid: int | None
    data: Path
    socket_dir: Path


def start(settings: Settings) -> bool:
    """Start the embedded server, and make cluster, role and database where they are missing.

    Returns when connections are answered. Safe to call again, and from several processes.

    Returns
    -------
    bool
        True when this call started the server; False when it ran already, or when the
        settings point at a database of the user's own.

    Raises
    ------
    NotReady
        PostgreSQL with PostGIS is not installed, the data folder belongs to another account
        or version, or the server does not come up; the sentence says which.
    """
    if not settings.embedded:
        return False
    with _only_one(settings):
        started = process.start(files.prepare(settings), READY_WITHIN_S)
        _wait_until_ready(settings)
        _create_role_and_database(settings)
    return started


def stop(settings: Settings) -> bool:
    """Stop the embedded server; open transactions are rolled back.

    Returns
    -------
    bool
        True when it was running.
    """
    if not settings.embedded or not files.exists(settings):
        return False
    with _only_one(settings):
        return process.stop(files.locate(settings))


def status(settings: Settings) -> Status:
    """Tell whether the embedded server runs; never changes anything."""
    version = pid = None
    data = files.data_folder(settings)
    if settings.embedded and files.exists(settings):
        version, pid = files.locate(settings).version, process.postmaster(data)
    return Status(pid is not None, version, pid, data, settings.socket_dir)


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Keep the server up for the length of a block, and stop it if the block started it."""
    started, ours = start(settings), os.getpid()
    try:
        yield
    finally:
        # A forked web worker leaves through here too, and must not take the database along.
        if started and os.getpid() == ours:
            stop(settings)


def create_database(settings: Settings, name: str, template: str | None = None) -> str:
    """Create a database owned by the service's role, with PostGIS in it.

    Parameters
    ----------
    settings : Settings
    name : str
        The new database.
    template : str, optional
        A database to copy, extensions and rows included; nobody may be connected to it.

    Returns
    -------
    str
        Its SQLAlchemy address.

    Raises
    ------
    Conflict
        A database of that name exists, or somebody is connected to the template.
    """
    copied = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    statement = sql.SQL("CREATE DATABASE {} OWNER CURRENT_USER {}")
    if settings.embedded:
        statement = sql.SQL("CREATE DATABASE {} OWNER gridsvc {}")
    try:
        _run(settings, None, statement.format(sql.Identifier(name), copied))
    except (psycopg2.errors.DuplicateDatabase, psycopg2.errors.ObjectInUse) as error:
        raise Conflict(f"The database {name} was not created: {_one_line(error)}.") from error
    if template is None:
        _create_extensions(settings, name)
    return database_url(settings, name)


def drop_database(settings: Settings, name: str) -> None:
    """Drop a database if it exists, disconnecting whoever is in it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _run(settings, None, statement.format(sql.Identifier(name)))


def database_url(settings: Settings, name: str) -> str:
    """Return the SQLAlchemy address of another database beside the service's own."""
    if settings.embedded:
        return embedded_url(settings.home, name)
    address, mark, options = settings.database_url.partition("?")
    server, slash, _ = address.rpartition("/")
    if not slash or server.endswith("/"):
        raise BadInput("GRIDSVC_DATABASE_URL must end in /database.", ["GRIDSVC_DATABASE_URL"])
    return f"{server}/{name}{mark}{options}"


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Let one process at a time start or stop the server of this home."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = (settings.home / "postgres.lock").open("w")
    except OSError as error:
        raise NotReady(
            f"{settings.home} cannot be written ({error.strerror}): run as the account that owns "
            "it, or set GRIDSVC_HOME to a folder of your own."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _connect(settings: Settings, database: str | None) -> psycopg2.extensions.connection:
    if settings.embedded:
        return psycopg2.connect(
            host=str(settings.socket_dir), user="postgres", dbname=database or "postgres"
        )
    url = database_url(settings, database) if database else settings.database_url
    return psycopg2.connect(url.replace("+psycopg2", "", 1))


def _run(settings: Settings, database: str | None, *statements: sql.Composable) -> None:
    """Run statements one by one, as the superuser where the cluster is ours."""
    try:
        connection = _connect(settings, database)
    except psycopg2.OperationalError as error:
        raise NotReady(f"The database does not answer: {_one_line(error)}.") from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def _wait_until_ready(settings: Settings) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            _connect(settings, None).close()
            return
        except psycopg2.OperationalError as error:
            if time.monotonic() > give_up:
                log = files.locate(settings).log
                raise NotReady(
                    f"PostgreSQL runs but does not answer: {_one_line(error)}; read {log}."
                ) from error
        time.sleep(0.1)


def _create_role_and_database(settings: Settings) -> None:
    connection = _connect(settings, None)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'gridsvc'")
            if not cursor.fetchone():
                cursor.execute("CREATE ROLE gridsvc LOGIN")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'gridsvc'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE gridsvc OWNER gridsvc")
    finally:
        connection.close()
    # Separate from creation, so that a start cut short between the two is made good here.
    _create_extensions(settings, "gridsvc")


def _create_extensions(settings: Settings, database: str) -> None:
    _run(
        settings,
        database,
        sql.SQL("SET client_min_messages = warning"),
        sql.SQL("CREATE EXTENSION IF NOT EXISTS postgis"),
        sql.SQL("CREATE EXTENSION IF NOT EXISTS btree_gist"),
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).removesuffix(".")
