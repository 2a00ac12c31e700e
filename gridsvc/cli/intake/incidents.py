"""``gridsvc import-incidents``: cases of another system from a CSV file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.cli.intake.told import report_text
from gridsvc.db import make_engine
from gridsvc.errors import BadInput
from gridsvc.geo.datum import Datum
from gridsvc.incidents.intake.case_order import CaseOrder
from gridsvc.incidents.intake.case_rows import FIELDS, CaseFile
from gridsvc.incidents.intake.past_cases import import_cases
from gridsvc.settings import Settings


@click.command("import-incidents")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help=f"Fields: {', '.join(FIELDS)}."
)
@click.option(
    "--datum",
    type=click.Choice([one.value for one in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
)
@click.option("--standard", default="local", show_default=True, help="Catalogue of categories.")
@click.option("--new-categories", is_flag=True, help="Make categories that it lacks.")
@click.option("--source", help="System the cases come from; default the file's name.")
@click.option("--division", help="Whose supervisor gets cases that lie in no division.")
@click.option("--time-zone", help="Of times that name none; default the office's.")
@click.option("--encoding", help="Of the texts; default UTF-8.")
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@output.with_settings
def incidents(  # noqa: D417
    settings: Settings,
    file: Path,
    pairs: tuple[str, ...],
    datum: str,
    standard: str,
    new_categories: bool,
    source: str | None,
    division: str | None,
    time_zone: str | None,
    encoding: str | None,
    dry_run: bool,
) -> None:
    """Load cases from FILE: comma-separated, with a header.

    Each gets the grid, team and branch of the day it was reported on. Everything is loaded, or
    nothing; what cannot be a case is skipped with its reason.
    """
    cases = CaseFile(file, _mapped(pairs), _zone(time_zone or settings.time_zone), encoding)
    now = datetime.now(UTC)
    order = CaseOrder(source or file.stem, standard, Datum(datum), new_categories, division, now)
    with output.progress() as bar:
        task = bar.add_task("Rows read", total=None)
        with Session(make_engine(settings)) as session:
            report = import_cases(session, cases, order, lambda n: bar.update(task, completed=n))
            if not dry_run:
                session.commit()
    heading = (
        f"{report.inserted} new cases of {order.source}; {report.without_place} without a place, "
        f"{report.outside_every_grid} outside every grid; {report.clocks} still open, "
        f"{report.overdue} of them overdue; {report.personal_numbers} with numbers that name "
        "a person, which lists hide."
    )
    text = report_text(replace(report, repaired=[]), heading, dry_run)
    output.answer(text, {**report.as_dict(), "dry_run": dry_run})


def _mapped(pairs: tuple[str, ...]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals:
            raise BadInput(f"--map {pair} is no pair: expected COLUMN=FIELD.", ids=[pair])
        if field in columns.values():
            raise BadInput(f"--map gives {field} twice: one column can be it.", ids=[field])
        columns[column.strip()] = field.strip()
    return columns


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as fault:
        raise BadInput(f"There is no time zone {name!r}: write Asia/Shanghai.") from fault
