"""``gridsvc import-boundaries``: divisions, grids and buildings from a file."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.queries import list_users
from gridsvc.accounts.rules import Permission, Scope, allows
from gridsvc.cli import output
from gridsvc.cli.intake.told import report_text
from gridsvc.db import make_engine
from gridsvc.geo.datum import Datum
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.report import ImportReport
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.grids.models import Division
from gridsvc.grids.rules import FindingKind, GridKind
from gridsvc.settings import Settings


@click.command("import-boundaries")
@click.argument("file", type=click.Path())
@click.option("--layer", help="Which layer, where the file holds several.")
@click.option(
    "--level",
    type=click.Choice([one.value for one in Target]),
    required=True,
    help="What the rows are.",
)
@click.option(
    "--datum",
    type=click.Choice([one.value for one in Datum]),
    required=True,
    help="What positions come from.",
)
@click.option("--encoding", help="Of the texts, where the file does not say (gb18030, …).")
@click.option("--code-field", "code", help="The field that tells rows apart.")
@click.option("--name-field", "name", help="The field with the name.")
@click.option("--name-en-field", "name_en", help="The field with the English name.")
@click.option("--households-field", "households", help="The field with the households.")
@click.option("--dwellings-field", "dwellings", help="The field with the dwellings.")
@click.option("--parent-field", "parent", help="The field that names the division above.")
@click.option("--parent-code", help="The division that the rows lie below, directly or not.")
@click.option("--create-parents", is_flag=True, help="Make missing divisions from the rows.")
@click.option("--parent-name", help="Name of the divisions made for the whole file.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today.")
@click.option(
    "--kind", type=click.Choice([one.value for one in GridKind]), default=GridKind.RESIDENTIAL.value
)
@click.option("--skip-faulty", is_flag=True, help="Load the other rows where some are at fault.")
@click.option(
    "--accept",
    type=click.Choice([FindingKind.GAP.value, FindingKind.OVERLAP.value]),
    multiple=True,
    help="Load grids although they leave or share ground; may be given twice.",
)
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@output.with_settings
def boundaries(  # noqa: D417
    settings: Settings,
    file: str,
    layer: str | None,
    level: str,
    datum: str,
    encoding: str | None,
    parent_code: str | None,
    create_parents: bool,
    parent_name: str | None,
    valid_from: datetime | None,
    kind: str,
    skip_faulty: bool,
    accept: tuple[str, ...],
    dry_run: bool,
    **fields: str | None,
) -> None:
    """Load FILE (GeoPackage, GeoJSON, Shapefile, zipped or not; CSV for divisions).

    Everything is loaded, or nothing: docs/imports.md shows a command for each kind of file.
    """
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    order = Order(
        target=Target(level),
        valid_from=valid_from.date() if valid_from else today,
        parent_code=parent_code,
        create_parents=create_parents,
        parent_name=parent_name,
        kind=GridKind(kind),
        skip_faulty=skip_faulty,
        accept=frozenset(accept),
    )
    with output.progress() as bar:
        task = bar.add_task(f"Reading {file}", total=None)
        rows = read_rows(file, Fields(**fields), datum=datum, layer=layer, encoding=encoding)
        with Session(make_engine(settings)) as session:
            report = import_boundaries(
                session, rows, order, lambda what: bar.update(task, description=what.capitalize())
            )
            if not dry_run:
                _note_unseen(session, order, report)
                session.commit()
    _tell(report, level, order.valid_from, dry_run)


def _note_unseen(session: Session, order: Order, report: ImportReport) -> None:
    """Say how to look at grids that so far no account of an office covers."""
    code = order.parent_code
    if order.target is not Target.GRID or code is None:
        return
    offices = [one.scope for one in list_users(session) if _looks_at_work(one)]
    public = session.scalars(select(Division.code).where(Division.public_map)).all()
    if not any(scope.touches(code) for scope in (*offices, Scope(tuple(public)))):
        report.notes.append(
            f"nobody may look at {code} yet: `gridsvc user add NAME --role planner --scope {code}`"
            f" for an office, `gridsvc division set {code} --public` for everybody"
        )


def _looks_at_work(account: UserAccount) -> bool:
    return account.disabled_at is None and allows(account.role, Permission.VIEW_CASES)


def _tell(report: ImportReport, level: str, valid_from: date, dry_run: bool) -> None:
    facts = {**report.as_dict(), "valid_from": valid_from, "dry_run": dry_run}
    heading = f"{report.inserted} new, {report.replaced} replaced ({level}, from {valid_from})."
    output.answer(report_text(report, heading, dry_run), facts)
