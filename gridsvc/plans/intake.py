"""A layer drawn elsewhere becomes one line of a draft's log, after its planner saw what it does."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import NotFound, RuleViolation
from gridsvc.geo.atoms import outlines
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.redrawing.redrawn import Redrawn, redraw
from gridsvc.plans import atoms as store
from gridsvc.plans import log, queries
from gridsvc.plans.gestures import Drawn
from gridsvc.plans.models import Plan, PlanEdit, PlanMisfit
from gridsvc.plans.rules import COMMUNITY_DIGITS, EditKind


@dataclass(frozen=True)
class Laid:
    """What a file does to a draft: the report for its planner, and the line of the log.

    ``outcome`` is None where the file draws what is there already.
    """

    report: Redrawn
    outcome: log.Outcome | None


def kept(atoms: gpd.GeoDataFrame, grids: Collection[str]) -> bytes:
    """Write down the communities of some grids as the atoms draw them."""
    communities = {code[:COMMUNITY_DIGITS] for code in grids}
    drawn = outlines(atoms[atoms["grid"].str[:COMMUNITY_DIGITS].isin(communities)])
    rows = list(zip(drawn.index, shapely.to_wkb(drawn.geometry.to_numpy(), hex=True), strict=True))
    return zlib.compress(json.dumps(rows).encode())


def drawing(session: Session, plan: Plan, seq: int) -> tuple[str, gpd.GeoDataFrame]:
    """Return the name and the grids of a file that a newer map displaced, to be laid again.

    A grid whose code the newer map does not have is drawn under none: it is found by its ground,
    or gets a new one.

    Raises
    ------
    NotFound
        No file waits under this line.
    """
    found = session.execute(
        select(PlanMisfit.drawn, PlanEdit.params)
        .join(PlanEdit, (PlanEdit.plan_id == PlanMisfit.plan_id) & (PlanEdit.seq == PlanMisfit.seq))
        .where(
            PlanMisfit.plan_id == plan.id,
            PlanMisfit.seq == seq,
            PlanMisfit.decision.is_(None),
            PlanMisfit.drawn.is_not(None),
        )
        .order_by(PlanMisfit.rebase_seq.desc())
    ).first()
    if found is None:
        raise NotFound(f"Line {seq} of draft {plan.id} waits for no decision.", [seq])
    codes, shapes = zip(*json.loads(zlib.decompress(found.drawn)), strict=True)
    present = set(store.load(session, plan.id)["grid"])
    known = [code if code in present else None for code in codes]
    frame = gpd.GeoDataFrame({"code": known}, geometry=shapely.from_wkb(list(shapes)), crs=STORAGE)
    name = str(found.params["file"])
    return name, frame.set_axis(range(1, len(frame) + 1)).rename_axis("row")


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
    redoes: int | None = None,
    dry_run: bool = False,
) -> Laid:
    """Fit drawn grids to a draft and append the whole as one edit, undone as any other.

    Parameters
    ----------
    drawn : GeoDataFrame
        As `gridsvc.geo.redrawing.redrawn.redraw` takes it; every community that it touches must be
        drawn whole.
    file : str
        Its name, for the log.
    seen : int, optional
        The line of the log that the planner looked at; the last one if None.
    redoes : int, optional
        The line of a misfit that is laid again.
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
        redoes=redoes,
    )

    def draw() -> Drawn:
        return Drawn(made, atoms, dict(asked.params))

    outcome = log.perform(session, plan, user, asked, draw, now, dry_run=dry_run)
    return Laid(report, outcome)
