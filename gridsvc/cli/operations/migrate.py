"""``gridsvc migrate``: the newest schema."""

from __future__ import annotations

import click

from gridsvc import migrations
from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.settings import Settings


@click.command()
@output.with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema; all of it or nothing, and twice is once."""
    engine = make_engine(settings)
    migrations.migrate(engine)
    engine.dispose()
    output.answer("The schema is the newest.", {"migrated": True})
