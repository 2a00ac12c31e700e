"""A draft whose ground was published over: its edits drawn again on the new base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import GridsvcError, RuleViolation
from gridsvc.geo import edits
from gridsvc.plans import atoms as store
from gridsvc.plans import drafts, lines, log, queries
from gridsvc.plans.deltas import frame
from gridsvc.plans.gestures import Canvas, Drawn, draw
from gridsvc.plans.intake import kept
from gridsvc.plans.models import Plan, PlanEdit, PlanMisfit
from gridsvc.plans.rules import COMMUNITY_DIGITS, EDITABLE, EditKind

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Misfit:
    """An edit that does not fit the new base; ``place`` is lon, lat or None.

    ``drawn`` is what a file had drawn.
    """

    seq: int
    kind: EditKind
    why: str
    place: tuple[float, float] | None
    drawn: bytes | None = None


@dataclass(frozen=True)
class Rebased:
    """What became of the edits: how many fit, and those that do not."""

    fits: int
    misfits: tuple[Misfit, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values."""
        rows = [
            {
                "seq": one.seq,
                "kind": one.kind.value,
                "why": one.why,
                "lon": one.place[0] if one.place else None,
                "lat": one.place[1] if one.place else None,
            }
            for one in self.misfits
        ]
        return {"fits": self.fits, "misfits": rows}


@dataclass(frozen=True)
class _Stroke:
    """A line that stood, and where its atoms lay, for a proposal that is known by its atoms.

    ``drawn`` is what a file had drawn: its communities as they were right after it.
    """

    line: PlanEdit
    places: pd.Series
    drawn: bytes | None = None


def rebase(
    session: Session,
    plan: Plan,
    user: UserAccount,
    seen: int,
    now: datetime,
    today: date,
    progress: Progress,
) -> Rebased:
    """Begin a draft anew from the newest territory and draw the edits that stand once more.

    Every edit becomes a line of the log again; one that does not fit is kept as a misfit, which
    blocks a submission until the planner drops it or draws it anew. What was before cannot be
    undone any more, and stays in the log.

    Parameters
    ----------
    seen : int
        The log number that the planner looked at.

    Raises
    ------
    EditsMeet
        The draft went on meanwhile.
    RuleViolation
        It is not open, or its base is still the newest.
    """
    if plan.state not in EDITABLE:
        raise RuleViolation(f"Draft {plan.id} is {plan.state.value}.", [plan.id])
    if not queries.overtaken(session, plan):
        raise RuleViolation("The draft stands on the newest territory already.", [plan.id])
    strokes = _strokes(session, plan)
    _require_still(session, plan, seen)
    began = plan.base_on
    plan.base_on = queries.newest_day(session, plan.scope_code, today)
    drafts.fill(session, plan, progress)
    _note(session, plan, user, began, now)
    rebase_seq, missed = plan.log_number, []
    for done, stroke in enumerate(strokes):
        progress(done, len(strokes))
        try:
            with session.begin_nested():
                _again(session, plan, user, stroke, now)
        except GridsvcError as refusal:
            session.refresh(plan)
            line = stroke.line
            missed.append(Misfit(line.seq, line.kind, refusal.message, refusal.place, stroke.drawn))
    for one in missed:
        lon, lat = one.place or (None, None)
        session.add(
            PlanMisfit(
                plan_id=plan.id,
                rebase_seq=rebase_seq,
                seq=one.seq,
                why=one.why,
                lon=lon,
                lat=lat,
                drawn=one.drawn,
            )  # fmt: skip
        )
    session.flush()
    return Rebased(len(strokes) - len(missed), tuple(missed))


def _require_still(session: Session, plan: Plan, seen: int) -> None:
    """Hold the draft from here on, and refuse if somebody drew on it meanwhile."""
    session.refresh(plan, with_for_update={"of": Plan})
    if plan.log_number != seen:
        raise log.EditsMeet(
            f"Draft {plan.id} went on meanwhile: look at it and rebase again.",
            [line.seq for line in queries.lines(session, plan.id, seen)],
        )


def _strokes(session: Session, plan: Plan) -> list[_Stroke]:
    """Read the edits that stand, with the places of the atoms that proposals relabelled."""
    state = lines.base_atoms(session, plan)
    found = []
    for seq in queries.standing_of(session, plan.id).edits:
        line = session.get_one(PlanEdit, (plan.id, seq))
        made = lines.recorded(line, state.geometry)
        places = pd.Series(dtype=object)
        if line.kind is EditKind.PROPOSAL:
            points = shapely.point_on_surface(made.before.geometry.to_numpy())
            places = pd.Series(points, made.after["grid"].reindex(made.before.index).to_numpy())
        state = made.applied_to(state)
        drawn = kept(state, line.grids) if line.kind is EditKind.INTAKE else None
        found.append(_Stroke(line, places, drawn))
    return found


def _note(session: Session, plan: Plan, user: UserAccount, began: date, now: datetime) -> None:
    nothing = frame([], [])
    params = {"from": began.isoformat(), "to": plan.base_on.isoformat()}
    asked = lines.Asked(EditKind.REBASE, params, plan.log_number)
    lines.write_line(
        session, plan, user, asked, edits.Edit(nothing, nothing, frozenset()), params, now
    )


def _again(session: Session, plan: Plan, user: UserAccount, stroke: _Stroke, now: datetime) -> None:
    line = stroke.line
    if line.kind is EditKind.INTAKE:
        # It draws whole communities: laid unseen it would undo what was published since.
        raise RuleViolation(
            f"A file draws its communities whole: look at what {line.params['file']} changes of "
            "the newer map, and lay it again.",
            [line.seq],
        )
    asked = lines.Asked(line.kind, line.params, plan.log_number, why=line.why)
    if line.kind is EditKind.PROPOSAL:
        drawn = _relabelled(session, plan, stroke)
    else:
        drawn = draw(Canvas(session, plan), line.kind, line.params)
    again = Drawn(drawn.edit, drawn.atoms, drawn.params, line.seq)
    lines.append(session, plan, user, asked, again, now)


def _relabelled(session: Session, plan: Plan, stroke: _Stroke) -> Drawn:
    """Give the atoms at the places of the old ones the grids that the proposal gave those."""
    communities = {code[:COMMUNITY_DIGITS] for code in stroke.places.index}
    atoms = store.load(session, plan.id, communities)
    labels = _labels(atoms, stroke.places)
    return Drawn(edits.relabel_many(atoms, labels, holes=True), atoms, dict(stroke.line.params))


def _labels(atoms: gpd.GeoDataFrame, places: pd.Series) -> pd.Series:
    point, atom = shapely.STRtree(atoms.geometry.to_numpy()).query(
        places.to_numpy(), predicate="within"
    )
    found = pd.Series(places.index.to_numpy()[point], atoms.index[atom], dtype=object)
    return found[~found.index.duplicated()]
