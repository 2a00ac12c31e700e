"""``gridsvc import-categories``: the catalogue of what cases can be about, from CSV files."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.incidents.intake.categories import import_categories
from gridsvc.settings import Settings


@click.command("import-categories")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--questions", type=click.Path(path_type=Path), help="CSV of extra questions.")
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@output.with_settings
def categories(settings: Settings, file: Path, questions: Path | None, dry_run: bool) -> None:
    """Load categories from FILE: comma-separated, with a header, UTF-8.

    Everything is loaded, or nothing. Loading a file again changes nothing; entries that it does
    not name stay as they are.
    """
    with Session(make_engine(settings)) as session:
        report = import_categories(session, file, questions)
        if not dry_run:
            session.commit()
    heading = (
        f"{report.added} new entries, {report.changed} changed, {report.unchanged} as they were; "
        f"{report.successions} successions, {report.questions} questions."
    )
    text = f"{heading} Nothing was kept: dry run." if dry_run else heading
    output.answer(text, {**report.as_dict(), "dry_run": dry_run})
