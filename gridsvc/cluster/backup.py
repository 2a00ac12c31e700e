"""A backup in one file that says what is in it, and a restore that proves it came back whole."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from gridsvc.cluster import clients
from gridsvc.errors import BadInput, Conflict, NotReady
from gridsvc.settings import Settings

SCHEMA = "gridsvc"
# What a row looks like as text must not depend on who hashes it.
_AS_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
}
_UNHURRIED = " ".join(
    f"-c {name}={value}"
    for name, value in {
        **_AS_TEXT,
        "statement_timeout": "0",
        "client_min_messages": "warning",
    }.items()
)
MANIFEST, DUMP = "manifest.json", "gridsvc.dump"
_BLOCK = 1 << 20

Step = Callable[[str], None]
"""Told what begins now; may raise to stop, and nothing is left behind."""


def backup(settings: Settings, file: Path, step: Step) -> dict[str, Any]:
    """Write everything the service holds, as it was at one instant, into one file.

    The file appears only when it is complete: a zip of PostgreSQL's own dump and a manifest with
    its SHA-256, the revision of the schema, and of every table the rows and a hash over them,
    taken in the same snapshot as the dump.

    Returns
    -------
    dict
        The manifest: ``made_at``, ``revision``, ``sha256``, ``tables`` (name to rows and hash).

    Raises
    ------
    BadInput
        The folder is not there or cannot be written.
    NotReady
        The database, or PostgreSQL's pg_dump, is not there.
    """
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise BadInput(f"The folder {file.parent} is not there or cannot be written.")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        dump, whole = Path(folder) / DUMP, Path(folder) / "whole"
        with _snapshot(settings) as (connection, snapshot):
            step("Writing the dump")
            _run(
                settings,
                "pg_dump",
                ["-Fc", f"--schema={SCHEMA}", f"--snapshot={snapshot}", f"--file={dump}"],
            )
            step("Hashing the tables")
            manifest = {
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "revision": _revision(connection),
                "sha256": _digest(dump),
                "tables": _contents(connection),
            }
        step("Packing")
        # The dump is packed already; zip adds a check of every byte and a place for the manifest.
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as packed:
            packed.writestr(MANIFEST, json.dumps(manifest, indent=1))
            packed.write(dump, DUMP)
        with whole.open("rb") as written:
            os.fsync(written.fileno())
        whole.chmod(0o600)
        whole.replace(file)
    return manifest


def read(file: Path, folder: Path) -> tuple[dict[str, Any], Path]:
    """Take a backup apart into a folder, and refuse it when one byte of it has changed.

    Returns
    -------
    tuple of dict and Path
        The manifest, and the dump as a file in ``folder``.

    Raises
    ------
    BadInput
        It is no backup, or not as it was written.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    dump = folder / DUMP
    try:
        with zipfile.ZipFile(file) as packed:
            manifest = json.loads(packed.read(MANIFEST))
            with packed.open(DUMP) as inside, dump.open("wb") as out:
                while block := inside.read(_BLOCK):
                    out.write(block)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as fault:
        raise BadInput(f"{file} is no backup, or was damaged: take an older one.") from fault
    if _digest(dump) != manifest.get("sha256"):
        raise BadInput(f"{file} was damaged after it was written: take an older one.")
    return manifest, dump


def inspect(file: Path) -> dict[str, Any]:
    """Check a backup without a database, and return its manifest.

    Raises
    ------
    BadInput
        It is no backup, or was damaged.
    """
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        return read(file, Path(folder))[0]


def restore(settings: Settings, file: Path, step: Step, *, replace: bool = False) -> dict[str, Any]:
    """Bring back what a backup holds, in one transaction, and prove that it is the same.

    Rows and hashes of every table are compared with the manifest before the commit: what differs
    in anything is rolled back and the database stays as it was. The schema is the backup's; the
    caller migrates it to the newest.

    Raises
    ------
    BadInput
        It is no backup, or was damaged.
    Conflict
        The database holds accounts or cases already and ``replace`` is not given.
    NotReady
        The database refused it; nothing has changed.
    """
    with tempfile.TemporaryDirectory(prefix="restore-") as place:
        folder = Path(place)
        step("Checking the file")
        manifest, dump = read(file, folder)
        if not replace and _is_in_use(settings):
            raise Conflict(
                "The database holds accounts or cases: pass --replace to give them up for the "
                "backup's."
            )
        step("Bringing it back")
        script = folder / "restore.sql"
        _run(settings, "pg_restore", ["--no-owner", f"--file={script}", str(dump)])
        proof = folder / "proof.sql"
        proof.write_text(_proof(settings, manifest["tables"]))
        drop = f"drop schema if exists {SCHEMA} cascade"
        _run(
            settings,
            "psql",
            ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull]
            + ["-c", "set lock_timeout = '60s'", "-c", drop, "-f", str(script), "-f", str(proof)],
        )
    return manifest


@contextmanager
def _connected(settings: Settings) -> Iterator[Any]:
    dsn = settings.database_url.replace("+psycopg2", "", 1)
    connection = psycopg2.connect(dsn, options=_UNHURRIED)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _snapshot(settings: Settings) -> Iterator[tuple[Any, str]]:
    """Hold one instant that the dump and the hashes share."""
    with _connected(settings) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("select pg_export_snapshot()")
            yield connection, cursor.fetchone()[0]


def _tables(cursor: Any) -> list[str]:
    cursor.execute(
        "select table_name from information_schema.tables"
        " where table_schema = %s and table_type = 'BASE TABLE' order by 1",
        [SCHEMA],
    )
    return [name for (name,) in cursor.fetchall()]


def _counting(table: str) -> sql.Composed:
    # A sum of row hashes knows no order, so it needs no sort of a million rows.
    return sql.SQL(
        "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
        " from {}.{} t"
    ).format(sql.Identifier(SCHEMA), sql.Identifier(table))


def _contents(connection: Any) -> dict[str, Any]:
    found = {}
    with connection.cursor() as cursor:
        for table in _tables(cursor):
            cursor.execute(_counting(table))
            rows, digest = cursor.fetchone()
            found[table] = {"rows": rows, "hash": digest}
    return found


def _proof(settings: Settings, tables: dict[str, Any]) -> str:
    """Write the statements that end the transaction when a table is not what it was."""
    with _connected(settings) as connection:
        checks = [
            sql.SQL(
                "do $$ declare n bigint; h text; begin {count} into n, h;"
                " if n <> {rows} or h <> {hash} then"
                " raise exception 'table % came back with other rows', {table}; end if; end $$;\n"
            )
            .format(
                # plpgsql takes “select … into”, so the words that counted the rows serve again.
                count=_counting(table),
                rows=sql.Literal(int(held["rows"])),
                hash=sql.Literal(str(held["hash"])),
                table=sql.Literal(table),
            )
            .as_string(connection)
            for table, held in tables.items()
        ]
    return "".join(checks)


def _revision(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("select version_num from {}.alembic_version").format(sql.Identifier(SCHEMA))
        )
        return str(cursor.fetchone()[0])


def _is_in_use(settings: Settings) -> bool:
    with _connected(settings) as connection, connection.cursor() as cursor:
        held = set(_tables(cursor)) & {"user_account", "incident", "grid"}
        for table in sorted(held):
            cursor.execute(
                sql.SQL("select exists (select from {}.{})").format(
                    sql.Identifier(SCHEMA), sql.Identifier(table)
                )
            )
            if cursor.fetchone()[0]:
                return True
    return False


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _run(settings: Settings, name: str, arguments: list[str]) -> None:
    """Run one of PostgreSQL's programs on the service's database; Ctrl+C ends it too."""
    program = clients.program(settings, name)
    variables = {"PATH": os.defpath, "PGOPTIONS": _UNHURRIED, **clients.libpq_variables(settings)}
    done = subprocess.run(  # noqa: S603
        [program, *arguments], env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason was given"])[0]
        raise NotReady(f"{name} stopped, and nothing has changed: {said}")
