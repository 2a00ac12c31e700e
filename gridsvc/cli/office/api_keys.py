"""``gridsvc api-key``: keys with which partners' systems report through Open311."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from gridsvc.accounts import api_keys
from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.settings import Settings


@click.group("api-key")
def api_key() -> None:
    """Make, list and end keys of partners' systems."""


@api_key.command()
@click.argument("name")
@click.option("--division", "prefix", required=True, help="Where it may report; “all” everywhere.")
@click.option(
    "--per-minute",
    type=click.IntRange(1, 100_000),
    default=api_keys.PER_MINUTE,
    show_default=True,
    help="How often it may be used in a minute.",
)
@output.with_settings
def add(settings: Settings, name: str, prefix: str, per_minute: int) -> None:
    """Make a key for the system NAME and print it, this once."""
    with Session(make_engine(settings)) as session:
        where = "" if prefix == "all" else prefix
        key = api_keys.issue(session, name, where, datetime.now(UTC), per_minute)
        session.commit()
    output.answer(f"The key of {name}, shown this once:\n{key}", {"name": name, "key": key})


@api_key.command("list")
@output.with_settings
def list_(settings: Settings) -> None:
    """List all keys by name, without the keys themselves."""
    with Session(make_engine(settings)) as session:
        found = [
            {
                "name": one.name,
                "division": one.prefix,
                "per_minute": one.per_minute,
                "disabled": one.disabled_at is not None,
            }
            for one in api_keys.every(session)
        ]
    lines = [
        f"{one['name']}  {one['division'] or 'all'}  {one['per_minute']} a minute"
        f"{'  disabled' if one['disabled'] else ''}"
        for one in found
    ]
    output.answer("\n".join(lines) or "No keys yet.", {"keys": found})


@api_key.command()
@click.argument("name")
@output.with_settings
def disable(settings: Settings, name: str) -> None:
    """End the key of the system NAME at once."""
    with Session(make_engine(settings)) as session:
        api_keys.disable(session, name, datetime.now(UTC))
        session.commit()
    output.answer(f"The key of {name} is ended.", {"name": name})
