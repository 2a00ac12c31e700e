"""``gridsvc simulate``: a made city, to time the service against."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.demo.simulate import simulate as load
from gridsvc.settings import Settings


@click.command()
@click.option("--grids", type=click.IntRange(1, 400_000), required=True)
@click.option("--incidents", type=click.IntRange(0, 50_000_000), required=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--houses", is_flag=True, help="Also the buildings, as contact zones need them.")
@output.with_settings
def simulate(settings: Settings, grids: int, incidents: int, seed: int, houses: bool) -> None:
    """Load a made city with teams, branches and cases; all of it or nothing."""
    with output.progress() as bar, session_factory(make_engine(settings)).begin() as session:
        tasks = {what: bar.add_task(what, total=None) for what in ("grids", "cases")}
        load(
            session,
            grids=grids,
            incidents=incidents,
            seed=seed,
            now=datetime.now(UTC),
            houses=houses,
            tell=lambda what, done, total: bar.update(tasks[what], completed=done, total=total),
        )
    output.answer(
        f"Made a city of {grids} grids with {incidents} cases (codes from 990001).",
        {"grids": grids, "incidents": incidents, "seed": seed},
    )
