"""``gridsvc db``: the embedded PostGIS."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from gridsvc import cluster
from gridsvc.cli import output
from gridsvc.cluster import clients
from gridsvc.settings import Settings


@click.group()
def db() -> None:
    """Start, stop and look into the embedded PostGIS."""


@db.command()
@output.with_settings
def start(settings: Settings) -> None:
    """Start it, and make it on the first call; returns when it answers."""
    if not settings.embedded:
        output.answer("GRIDSVC_DATABASE_URL is set: nothing to start.", {"started": False})
        return
    started = cluster.start(settings)
    where = cluster.status(settings)
    word = "started" if started else "runs already"
    output.answer(f"PostGIS {word}; its data lies in {where.data}.", _facts(where, started=started))


@db.command()
@output.with_settings
def stop(settings: Settings) -> None:
    """Stop it; open transactions are rolled back."""
    stopped = cluster.stop(settings)
    text = "PostGIS stopped." if stopped else "PostGIS was not running."
    output.answer(text, {"stopped": stopped})


@db.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Tell whether it runs; exit 3 when it does not."""
    _status(ctx)


@output.with_settings
def _status(settings: Settings, ctx: click.Context) -> None:
    if not settings.embedded:
        text = "GRIDSVC_DATABASE_URL is set: the embedded PostGIS is not used."
        output.answer(text, {"running": False, "embedded": False})
        return
    where = cluster.status(settings)
    if where.running:
        text = f"PostgreSQL {where.version} runs as process {where.pid}; data in {where.data}."
    else:
        text = f"PostGIS does not run; its data would lie in {where.data}."
    output.answer(text, _facts(where))
    if not where.running:
        ctx.exit(3)


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@output.with_settings
def psql(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Open psql on the service's database, as the service's role."""
    program = clients.program(settings, "psql")
    os.environ.update(clients.libpq_variables(settings))
    os.execv(program, ["psql", *arguments])  # noqa: S606


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def during(ctx: click.Context, command: tuple[str, ...]) -> None:
    """Run COMMAND while the database is up, and stop it afterwards if it was down before."""
    ctx.exit(_during(command))


@output.with_settings
def _during(settings: Settings, command: tuple[str, ...]) -> int:
    with _one_at_a_time(settings), cluster.running(settings), subprocess.Popen(command) as child:  # noqa: S603
        # Ctrl+C reaches the child by itself; it may need longer than we to tidy up.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        code = child.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Wait for another ``during``: the first to end would stop the database under the second."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "during.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            output.note("Waiting for another run on this home.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _facts(where: cluster.Status, **more: object) -> dict[str, object]:
    return {**asdict(where), **more}
