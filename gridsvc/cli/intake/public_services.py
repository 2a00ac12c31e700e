"""``gridsvc import-public-services``: what anybody can ask the office for, from a CSV file."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.public.intake import import_services
from gridsvc.settings import Settings


@click.command("import-public-services")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@output.with_settings
def public_services(settings: Settings, file: Path, dry_run: bool) -> None:
    """Load services with limits and materials from FILE: comma-separated, with a header, UTF-8.

    Everything is loaded, or nothing. Loading a file again changes nothing; services that it does
    not name stay as they are.
    """
    with Session(make_engine(settings)) as session:
        report = import_services(session, file)
        if not dry_run:
            session.commit()
    text = (
        f"{report.added} new services, {report.changed} changed, {report.unchanged} as they were."
    )
    text = f"{text} Nothing was kept: dry run." if dry_run else text
    output.answer(text, {**report.as_dict(), "dry_run": dry_run})
