"""A layer drawn elsewhere becomes one line of a draft's log, after its planner saw what it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import RuleViolation
from gridsvc.geo.redrawn import Redrawn, redraw
from gridsvc.plans import atoms as store
from gridsvc.plans import log, queries
from gridsvc.plans.gestures import Drawn
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import COMMUNITY_DIGITS, EditKind


@dataclass(frozen=True)
class Laid:
    """What a file does to a draft: the report for its planner, and the line of the log.

    ``outcome`` is None where the file draws what is there already.
    """

    report: Redrawn
    outcome: log.Outcome | None


def lay_over(
    session: Session,
    plan: Plan,
    user: UserAccount,
    drawn: gpd.GeoDataFrame,
    file: str,
    now: datetime,
    *,
    seen: int | None = None,
    client_id: str | None = None,
    why: str | None = None,
    dry_run: bool = False,
) -> Laid:
    """Fit drawn grids to a draft and append the whole as one edit, undone as any other.

    Parameters
    ----------
    drawn : GeoDataFrame
        As `gridsvc.geo.redrawn.redraw` takes it; every community that it touches must be drawn
        whole.
    file : str
        Its name, for the log.
    seen : int, optional
        The line of the log that the planner looked at; the last one if None.
    dry_run : bool
        Only report.

    Raises
    ------
    BadGeometry, BadInput, RuleViolation
        As `redraw` says, with the place; and as `gridsvc.plans.log.perform` for locks and edits
        of others.
    """
    atoms = store.load(session, plan.id)
    if atoms.empty:
        raise RuleViolation(f"Draft {plan.id} is not open yet: wait for it.", [plan.id])
    communities = sorted(atoms["grid"].str[:COMMUNITY_DIGITS].unique())
    used = queries.used_codes(session, plan.id, communities)
    report = redraw(atoms, drawn, used, plan.next_atom)
    made = report.edit
    if made is None:
        return Laid(report, None)
    asked = log.Asked(
        EditKind.INTAKE,
        {"file": file, "grids": len(drawn)},
        plan.log_number if seen is None else seen,
        client_id,
        why,
    )

    def draw() -> Drawn:
        return Drawn(made, atoms, dict(asked.params))

    outcome = log.perform(session, plan, user, asked, draw, now, dry_run=dry_run)
    return Laid(report, outcome)
