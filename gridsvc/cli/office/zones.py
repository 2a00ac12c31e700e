"""``gridsvc zones``: contact zones for all grids of an area, and a contact for each."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from gridsvc.accounts.rules import Scope
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import NotFound
from gridsvc.settings import Settings
from gridsvc.zones.bulk import Tally, grids_to_zone, make_zones


@click.command()
@click.option("--in", "within", required=True, help="A district, subdistrict, community or grid.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Their first day; default today.")
@click.option("--without-contacts", is_flag=True, help="Leave giving contacts to the office.")
@output.with_settings
def zones(settings: Settings, within: str, on: datetime | None, without_contacts: bool) -> None:
    """Make the contact zones of an area grid by grid; zones that are still right stay.

    Each grid is kept as soon as it is done: after Ctrl+C the same command goes on.
    """
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    day = on.date() if on else today
    sessions = session_factory(make_engine(settings))
    with sessions() as session:
        codes = grids_to_zone(session, Scope((within,)), day)
    if not codes:
        raise NotFound(f"There is no residential grid under {within} on {day}.", [within])
    tally = Tally()
    with output.progress() as bar:
        task = bar.add_task("grids", total=len(codes))
        for _ in make_zones(sessions, codes, day, now, today, tally, contacts=not without_contacts):
            bar.advance(task)
    lines = [
        f"{tally.grids} grids: {tally.kept} zones kept, {tally.made} made, {tally.ended} ended;"
        f" {tally.given} given a contact.",
        *(f"  {code} was left out: {why}" for code, why in tally.left_out.items()),
    ]
    output.answer("\n".join(lines), tally.as_dict())
