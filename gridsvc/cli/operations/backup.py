"""``gridsvc backup`` and ``gridsvc restore``: everything in one file, and back."""

from __future__ import annotations

from pathlib import Path

import click

from gridsvc import migrations
from gridsvc.cli import output
from gridsvc.cluster import backup as copies
from gridsvc.db import make_engine
from gridsvc.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@output.with_settings
def backup(settings: Settings, file: Path) -> None:
    """Write everything the service holds into FILE; the service goes on meanwhile."""
    with output.progress() as bar:
        task = bar.add_task("Backup", total=None)
        made = copies.backup(settings, file, lambda words: bar.update(task, description=words))
    rows, size = _rows(made), file.stat().st_size
    text = f"{rows:,} rows of {len(made['tables'])} tables are in {file} ({size / 1e6:,.1f} MB)."
    output.answer(text, {"file": str(file), "bytes": size, "rows": rows, **made})


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Give up what the database holds now.")
@click.option("--dry-run", is_flag=True, help="Check the file alone; the database is not touched.")
@output.with_settings
def restore(settings: Settings, file: Path, *, replace: bool, dry_run: bool) -> None:
    """Bring back what FILE holds, all of it or nothing, and prove that every row is the same."""
    with output.progress() as bar:
        task = bar.add_task("Restore", total=None)

        def step(words: str) -> None:
            bar.update(task, description=words)

        if dry_run:
            made = copies.inspect(file)
        else:
            made = copies.restore(settings, file, step, replace=replace)
            step("Migrating")
            engine = make_engine(settings)
            migrations.migrate(engine)
            engine.dispose()
    rows = _rows(made)
    words = "is whole and holds" if dry_run else "is back:"
    text = f"{file} of {made['made_at']} {words} {rows:,} rows of {len(made['tables'])} tables."
    output.answer(text, {"file": str(file), "rows": rows, "restored": not dry_run, **made})


def _rows(made: dict[str, dict[str, dict[str, int]]]) -> int:
    return sum(held["rows"] for held in made["tables"].values())
