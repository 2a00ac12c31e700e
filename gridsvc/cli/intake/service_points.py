"""``gridsvc import-service-points``: where people are served, and when, from CSV files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.geo.datum import Datum
from gridsvc.service_points.intake import import_points
from gridsvc.settings import Settings


@click.command("import-service-points")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rounds", type=click.Path(path_type=Path), help="CSV of the agents' stops.")
@click.option(
    "--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="First day of new points; today."
)
@click.option(
    "--datum",
    type=click.Choice([one.value for one in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
)
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@output.with_settings
def service_points(
    settings: Settings,
    file: Path,
    rounds: Path | None,
    since: datetime | None,
    datum: str,
    dry_run: bool,
) -> None:
    """Load service points from FILE: comma-separated, with a header, UTF-8.

    Everything is loaded, or nothing. Loading a file again changes nothing; points that it does
    not name stay as they are.
    """
    first = (
        since.date() if since else datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
    )
    with Session(make_engine(settings)) as session:
        report = import_points(session, file, rounds, since=first, datum=Datum(datum))
        if not dry_run:
            session.commit()
    text = (
        f"{report.added} new points, {report.changed} changed, {report.unchanged} as they were; "
        f"{report.stops} stops of rounds."
    )
    text = f"{text} Nothing was kept: dry run." if dry_run else text
    output.answer(text, {**report.as_dict(), "dry_run": dry_run})
