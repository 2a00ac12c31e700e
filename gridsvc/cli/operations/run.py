"""``gridsvc run`` and ``gridsvc stop``: the whole service, database included."""

from __future__ import annotations

import signal

import click

from gridsvc import cluster
from gridsvc.cli import output
from gridsvc.cli.operations import worker
from gridsvc.cli.operations.serve import (
    marked,
    require_free_port,
    serve_until_stopped,
    stop_servers,
)
from gridsvc.db import make_engine, session_factory
from gridsvc.demo.load import is_demo_or_empty
from gridsvc.settings import Settings


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Start the database, migrate, load the demo if all is empty, and serve until Ctrl+C."""
    _run(ctx)


@output.with_settings
def _run(settings: Settings, ctx: click.Context) -> None:
    require_free_port(settings)
    # Ended by a signal before the web server listens to signals, stop the database all the same.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with marked(settings), cluster.running(settings):
        output.note(f"PostGIS runs; its data lies in {cluster.status(settings).data}")
        _invoke(ctx, "migrate")
        with session_factory(make_engine(settings))() as session:
            wanted = is_demo_or_empty(session)
        if wanted:
            _invoke(ctx, "demo")
        else:
            output.note("The territory is your own: no demo and no demo accounts are added.")
        with worker.running() as beside:
            serve_until_stopped(settings, each_second=beside.keep)


def _invoke(ctx: click.Context, name: str) -> None:
    """Run another command as if it had been typed without arguments."""
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)  # noqa: S101
    command = root.command.get_command(root, name)
    if command is None:
        raise click.UsageError(f"There is no command {name}.")
    with command.make_context(name, [], parent=root) as inner:
        command.invoke(inner)


@click.command()
@output.with_settings
def stop(settings: Settings) -> None:
    """End the web servers of this home, then its database."""
    servers = stop_servers(settings)
    database = cluster.stop(settings)
    if not servers and not database:
        text = f"Nothing of {settings.home} was running."
    else:
        text = f"Stopped: {len(servers)} web server(s){', PostGIS' if database else ''}."
    output.answer(text, {"web_servers": servers, "database": database})
