"""``gridsvc tick``: everything that is due, once, for a timer of the system or a look by hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.incidents.escalation.sweep import Ticked
from gridsvc.incidents.escalation.sweep import tick as sweep
from gridsvc.settings import Settings

FAILED = 1


@click.command()
@click.pass_context
def tick(ctx: click.Context) -> None:
    """Climb what is due, erase, deliver, once; safe beside a worker. Exit 1 if a case failed."""
    if _tick().failed:
        ctx.exit(FAILED)


@output.with_settings
def _tick(settings: Settings) -> Ticked:
    engine = make_engine(settings)
    try:
        done = sweep(session_factory(engine), datetime.now(UTC), settings)
    finally:
        engine.dispose()
    output.answer(told(done), asdict(done))
    return done


def told(done: Ticked) -> str:
    """Say in a line what a sweep did."""
    counts = {
        "cases looked at": done.cases,
        "rungs climbed": done.rungs,
        "levels risen": done.raised,
        "slips issued": done.slips,
        "notices written": done.notices,
        "rungs with nobody to tell": done.unheard,
        "due dates counted anew": done.recounted,
        "contacts erased": done.erased,
        "notices delivered": done.delivered,
        "cases failed, see the log": done.failed,
    }
    some = [f"{what}: {count}" for what, count in counts.items() if count]
    return "; ".join(some) + "." if some else "Nothing was due."
