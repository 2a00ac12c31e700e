"""What every command says and how it ends: text or ``--json``, progress, refusals, Ctrl+C."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.progress import Progress

from gridsvc.errors import GridsvcError, NotReady
from gridsvc.settings import Settings, from_environment

P = ParamSpec("P")
R = TypeVar("R")

REFUSED = 2
INTERRUPTED = 130
"""What a shell reports for a command ended by Ctrl+C: 128 + SIGINT."""

_JSON = "gridsvc.json"


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument, read when it runs and not before."""

    @functools.wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(from_environment(), *args, **kwargs)

    return inner


def with_json_option(command: click.Command) -> click.Command:
    """Add ``--json`` to a command, or to all commands of a group, unless it is there."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            with_json_option(one)
    elif all(parameter.name != "as_json" for parameter in command.params):
        command.params.append(
            click.Option(
                ["--json", "as_json"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=lambda ctx, _, value: ctx.meta.__setitem__(_JSON, value),
                help="Answer as JSON.",
            )
        )
    return command


def wants_json() -> bool:
    """Tell whether the running command was asked for JSON."""
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(_JSON))


def answer(text: str, data: Mapping[str, Any]) -> None:
    """Print a command's result: the text for people, the data under ``--json``."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str) if wants_json() else text)


def note(text: str) -> None:
    """Tell a person what goes on, beside the result; silent under ``--json``."""
    if not wants_json():
        click.echo(text, err=True)


def progress() -> Progress:
    """Return a progress display to be used as a context manager.

    Silent under ``--json``, and where nobody watches: there it would leave an empty line.

    Examples
    --------
    >>> with progress() as bar:  # doctest: +SKIP
    ...     task = bar.add_task("Reading boundaries", total=len(rows))
    ...     bar.advance(task)
    """
    console = Console(stderr=True)
    return Progress(
        console=console, transient=True, disable=wants_json() or not console.is_terminal
    )


@contextmanager
def refusals(ctx: click.Context) -> Iterator[None]:
    """Turn what a command raises into one sentence and an exit code.

    2 for a refusal of ours, a wrong option or a database that does not answer or has not our
    schema; 130 for Ctrl+C.
    Anything else is a fault of the program and keeps its traceback.
    """
    try:
        yield
    except GridsvcError as error:
        _refuse(ctx, error.code, error.message, error.ids)
    except click.ClickException as error:
        if not ctx.meta.get(_JSON):
            raise
        _refuse(ctx, "bad_input", error.format_message(), [])
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        ctx.exit(INTERRUPTED)
    except Exception as error:
        told = _not_ready(error)
        if told is None:
            raise
        _refuse(ctx, NotReady.code, told, [])


def _refuse(ctx: click.Context, code: str, message: str, ids: list[str]) -> None:
    if ctx.meta.get(_JSON):
        problem = {"error": {"code": code, "message": message, "ids": ids}}
        click.echo(json.dumps(problem, ensure_ascii=False))
    else:
        click.echo(message, err=True)
    ctx.exit(REFUSED)


def _not_ready(error: Exception) -> str | None:
    """Say what the database lacks; ``None`` for what is no fault of the database's.

    A module that nobody imported cannot have raised.
    """
    psycopg2, ours = sys.modules.get("psycopg2"), sys.modules.get("gridsvc.db")
    cause = getattr(error, "orig", error)
    if psycopg2 is None or not isinstance(cause, psycopg2.Error):
        return None
    if ours is not None and (told := ours.schema_fault(cause)):
        return str(told)
    if isinstance(cause, psycopg2.OperationalError) and cause.pgcode is None:
        reason = " ".join(str(cause).split()).removesuffix(".")
        return f"The database does not answer ({reason}): start it with `gridsvc db start`."
    return None
