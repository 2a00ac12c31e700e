"""``gridsvc tick``: everything that is due, once, for a timer of the system or a look by hand."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.cards.orders import waiting
from gridsvc.cli import output
from gridsvc.cli.office.cards import print_waiting
from gridsvc.db import make_engine, session_factory
from gridsvc.incidents.escalation.sweep import Ticked
from gridsvc.incidents.escalation.sweep import tick as sweep
from gridsvc.incidents.handling.team_change import hand_over_due
from gridsvc.plans.jobs import work_one
from gridsvc.plans.publishing.in_force.rehoming import rehome_due
from gridsvc.reports import cycles
from gridsvc.settings import Settings
from gridsvc.staffing.tenure_notices import tell_endings
from gridsvc.zones.orders import work_grid

FAILED = 1


@click.command()
@click.pass_context
def tick(ctx: click.Context) -> None:
    """Hand over, climb, close periods, erase, deliver; safe beside a worker. 1 if a case failed."""
    if _tick().failed:
        ctx.exit(FAILED)


def all_due(
    sessions: sessionmaker[Session], now: datetime, settings: Settings
) -> tuple[Ticked, int]:
    """Do everything that is due; return what the sweep did, and how many cases went elsewhere.

    Cases go along with their ground first, so that the sweep tells who works on them now.
    """
    handed_over = rehome_due(sessions, now) + hand_over_due(sessions, now)
    while work_one(sessions, now):
        pass
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    with sessions.begin() as session:
        written = tell_endings(session, now, today)
    # The sweep delivers last, so that these go out in the same round.
    done = sweep(sessions, now, settings)
    return replace(done, notices=done.notices + written), handed_over


@output.with_settings
def _tick(settings: Settings) -> Ticked:
    engine = make_engine(settings)
    try:
        sessions, now = session_factory(engine), datetime.now(UTC)
        done, handed_over = all_due(sessions, now, settings)
        closed = cycles.close_due(sessions, now)
        zoned = 0
        while work_grid(sessions, now):
            zoned += 1
        with sessions() as session:
            wanted = waiting(session, now)
    finally:
        engine.dispose()
    printed = print_waiting(settings) if wanted else 0
    counts = asdict(done) | {"handed_over": handed_over, "periods_closed": closed}
    counts |= {"card_parts": printed, "grids_zoned": zoned}
    output.answer(told(done, handed_over, closed, printed, zoned), counts)
    return done


def told(
    done: Ticked, handed_over: int = 0, closed: int = 0, printed: int = 0, zoned: int = 0
) -> str:
    """Say in a line what was done."""
    counts = {
        "cases handed over": handed_over,
        "periods closed": closed,
        "parts of cards printed": printed,
        "grids looked at for zones": zoned,
        "cases looked at": done.cases,
        "rungs climbed": done.rungs,
        "levels risen": done.raised,
        "slips issued": done.slips,
        "notices written": done.notices,
        "rungs with nobody to tell": done.unheard,
        "due dates counted anew": done.recounted,
        "contacts erased": done.erased,
        "sign-ins run out": done.forgotten,
        "notices delivered": done.delivered,
        "cases failed, see the log": done.failed,
    }
    some = [f"{what}: {count}" for what, count in counts.items() if count]
    return "; ".join(some) + "." if some else "Nothing was due."
