"""``gridsvc import-plan``: grids drawn in QGIS or CAD as a draft, after a look at what changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import geopandas as gpd
import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.queries import find_user
from gridsvc.accounts.rules import Permission, allows
from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.errors import BadInput, NotAllowed, NotFound
from gridsvc.geo.crs import to_storage
from gridsvc.geo.datum import Datum, shift
from gridsvc.geo.redrawing.cad import read_dxf
from gridsvc.geo.redrawing.redrawn import Redrawn
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.plans import drafts
from gridsvc.plans.intake import lay_over
from gridsvc.plans.rules import PlanState
from gridsvc.settings import Settings

_MOST_LINES = 40


@click.command("import-plan")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What the draft is called.")
@click.option("--within", required=True, help="The division that the draft is for.")
@click.option("--planner", required=True, help="The account that owns the draft.")
@click.option("--datum", type=click.Choice([one.value for one in Datum]), required=True)
@click.option("--code-field", help="The field with the grid codes; a row without one is new.")
@click.option("--layer", help="Which layer, where the file holds several.")
@click.option("--crs", help="The projection of a DXF file, such as EPSG:4545.")
@click.option("--encoding", help="Of the texts, where the file does not say (gb18030, …).")
@click.option("--dry-run", is_flag=True, help="Only report what the file would change.")
@click.option("--yes", is_flag=True, help="Make the draft without asking.")
@output.with_settings
def import_plan(
    settings: Settings,
    file: Path,
    name: str,
    within: str,
    planner: str,
    datum: str,
    code_field: str | None,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Make a draft of the grids in FILE (GeoPackage, GeoJSON, Shapefile, DXF).

    What changes, grid by grid, is shown first; the draft is made when you say yes.
    """
    if file.suffix.lower() == ".dxf":
        drawn = _read_cad(file, datum, layer, crs)
    else:
        fields = Fields(code=code_field)
        drawn = read_rows(file, fields, datum=datum, layer=layer, encoding=encoding).frame
    now = datetime.now(UTC)
    with output.progress() as bar, Session(make_engine(settings)) as session:
        task = bar.add_task("Opening a draft", total=None)
        # Nothing is held but rows of the draft itself while a person reads the report.
        session.execute(text("set local idle_in_transaction_session_timeout = 0"))
        session.execute(text("set local statement_timeout = 0"))
        user = _planner(session, planner)
        today = now.astimezone(ZoneInfo(settings.time_zone)).date()
        plan = drafts.begin(session, user, name=name, scope=within, now=now, today=today)
        drafts.fill(session, plan)
        plan.state = PlanState.DRAFT
        bar.update(task, description="Fitting the drawing")
        laid = lay_over(session, plan, user, drawn, file.name, now)
        bar.stop()
        facts = {"plan": None, "changes": _plain(laid.report), "file": str(file)}
        if dry_run or laid.outcome is None:
            output.answer(_table(laid.report) + "\nNo draft was made.", facts)
            return
        if not yes:
            click.echo(_table(laid.report), err=True)
            click.confirm("Make this draft?", abort=True, err=True)
        session.commit()
        made = f"Draft {plan.id} was made of {file.name}: open it at /plans/{plan.id}."
        output.answer(f"{_table(laid.report)}\n{made}" if yes else made, facts | {"plan": plan.id})


def _read_cad(file: Path, datum: str, layer: str | None, crs: str | None) -> gpd.GeoDataFrame:
    if crs is None:
        raise BadInput(f"{file.name} does not say its projection: give it with --crs.")
    return shift(to_storage(read_dxf(file, crs, layer)), datum)


def _planner(session: Session, name: str) -> UserAccount:
    user = find_user(session, name)
    if user is None:
        raise NotFound(f"There is no account {name}.", [name])
    if not allows(user.role, Permission.EDIT_PLANS):
        raise NotAllowed(f"{name} may not draw plans: name a planner.", [name])
    return user


def _plain(report: Redrawn) -> list[dict[str, Any]]:
    table = report.changes.reset_index().astype(object)
    rounded = table.map(lambda one: round(one, 1) if isinstance(one, float) else one)
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in rounded.to_dict("records")
    ]


def _table(report: Redrawn) -> str:
    changed = report.changes[report.changes["status"] != "same"]
    lines = ["grid             status    drawn m2   after m2  repaired m2  households  from"]
    for row in changed.iloc[:_MOST_LINES].itertuples():
        lines.append(
            f"{row.Index}  {row.status:8}  {_number(row.before_m2):>8}   {_number(row.after_m2):>8}"
            f"  {_number(row.moved_m2):>11}  {row.households:>10}  {row.households_before:>4}"
        )
    if len(changed) > _MOST_LINES:
        lines.append(f"and {len(changed) - _MOST_LINES} more (--json lists all)")
    same = len(report.changes) - len(changed)
    moved = report.comparison.moved_households
    lines.append(f"{len(changed)} grids change, {same} stay; {moved} households get another grid.")
    return "\n".join(lines)


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0f}"
