"""``gridsvc check``: do the promises hold?"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.reports.check import check as find
from gridsvc.settings import Settings

BLOCKED = 1
_MOST = 10


@click.command()
@click.option("--in", "within", default="", help="Only this division or grid.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day judged; default today.")
@click.pass_context
def check(ctx: click.Context, within: str, on: datetime | None) -> None:
    """Judge partition, staffing and history; exit 1 on a finding that breaks a promise."""
    if _check(within, on):
        ctx.exit(BLOCKED)


@output.with_settings
def _check(settings: Settings, within: str, on: datetime | None) -> bool:
    day = (on or datetime.now(ZoneInfo(settings.time_zone))).date()
    with Session(make_engine(settings)) as session:
        found = find(session, day, within)
    counts = Counter(one.kind for one in found)
    blocking = sum(one.blocking for one in found)
    lines = []
    for kind, count in counts.items():
        ones = [one for one in found if one.kind == kind]
        lines.append(f"{kind} ({'blocking' if ones[0].blocking else 'to judge'}): {count}")
        for one in ones[:_MOST]:
            place = "" if one.lon is None else f", at {one.lon:.6f}, {one.lat:.6f}"
            lines.append(f"  {one.text}{place}")
        if count > _MOST:
            lines.append(f"  and {count - _MOST} more (--json lists all)")
    lines.append(f"{len(found)} findings on {day}, {blocking} of them blocking.")
    facts = {
        "on": day,
        "counts": dict(counts),
        "blocking": blocking,
        "findings": [one._asdict() for one in found],
    }
    output.answer("\n".join(lines), facts)
    return blocking > 0
