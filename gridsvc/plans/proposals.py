"""Alternatives that the machine proposes for a draft, and taking one as an ordinary edit."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import NotFound, RuleViolation
from gridsvc.geo import edits
from gridsvc.geo.atoms import outlines
from gridsvc.geo.numbering import numbered
from gridsvc.geo.proposal import Proposal, Wish, atom_borders, propose, scores
from gridsvc.grids.queries import household_ranges
from gridsvc.plans import atoms as store
from gridsvc.plans import log, queries
from gridsvc.plans.gestures import Drawn
from gridsvc.plans.models import Plan, PlanJob
from gridsvc.plans.rules import COMMUNITY_DIGITS, EDITABLE, EditKind, JobKind, JobState

Progress = Callable[[int, int], None]


def parameters(
    session: Session,
    plan: Plan,
    *,
    styles: Sequence[str],
    communities: Sequence[str] | None,
    low: int | None,
    high: int | None,
    target: int | None,
    grids: int | None,
    seed: int,
) -> dict[str, Any]:
    """Complete what is asked for, as it is stored with the proposals.

    Parameters
    ----------
    communities : sequence of str, optional
        Those to redraw; all of the draft without.
    low, high : int, optional
        Households of a grid; the range of the first community without.
    target, grids : int, optional
        Households aimed at, or the number of grids that there is staff for.

    Raises
    ------
    RuleViolation
        The draft is not open for edits.
    NotFound
        The draft has no such community.
    """
    if plan.state not in EDITABLE:
        raise RuleViolation(f"Draft {plan.id} is {plan.state.value}.", [plan.id])
    drawn = queries.outlines(session, plan.id)
    here = sorted(set(drawn.index.str[:COMMUNITY_DIGITS]))
    chosen = sorted(set(communities or here))
    if missing := [one for one in chosen if one not in here]:
        raise NotFound(f"Community {missing[0]} is not in draft {plan.id}.", missing)
    least, most = household_ranges(session, np.array(chosen, dtype=object))
    people = int(drawn.loc[drawn.index.str[:COMMUNITY_DIGITS].isin(chosen), "households"].sum())
    return {
        "styles": list(styles),
        "communities": chosen,
        "low": low or int(least[0]),
        "high": high or int(most[0]),
        "target": max(people // grids, 1) if grids else target,
        "seed": seed,
    }


def alternatives(
    atoms: gpd.GeoDataFrame,
    base: gpd.GeoDataFrame,
    wishes: list[Wish],
    progress: Progress,
) -> tuple[dict[str, Any], bytes]:
    """Make a proposal for every wish.

    Parameters
    ----------
    atoms : GeoDataFrame
        Of the communities to be redrawn, whole.
    base : GeoDataFrame
        Streets and water, as `gridsvc.geo.proposal.atom_borders` takes them.
    progress : callable
        Told how far all of them are, in hundredths of one; may raise to cancel.

    Returns
    -------
    dict, bytes
        Scores and what is infeasible, ready for JSON; and the labels, packed.
    """
    borders = atom_borders(atoms, base)
    made: list[Proposal] = []
    for place, wish in enumerate(wishes):
        made.append(propose(atoms, borders, wish, _part_of(progress, place, len(wishes))))
    low, high = wishes[0].low, wishes[0].high
    result = {
        "present": _plain(scores(atoms, borders, atoms["grid"], low, high)),
        "alternatives": [_told(one) for one in made],
    }
    labels = {one.wish.style: _changed(atoms, one) for one in made}
    return result, zlib.compress(json.dumps(labels).encode())


def labels_of(job: PlanJob, style: str) -> pd.Series:
    """Give the labels that an alternative changes, on the ids of the atoms.

    Raises
    ------
    NotFound
        The job has no such alternative (yet).
    """
    if job.kind is not JobKind.PROPOSE or job.state is not JobState.DONE or job.labels is None:
        raise NotFound(f"Job {job.id} has no alternatives.", [job.id])
    labels = json.loads(zlib.decompress(job.labels))
    if style not in labels:
        raise NotFound(f"Job {job.id} has no alternative {style[:20]!r}.", [style[:20]])
    found = pd.Series(labels[style], dtype=object)
    found.index = found.index.astype("int64")
    return found


def drawn(session: Session, plan: Plan, job: PlanJob, style: str) -> gpd.GeoDataFrame:
    """Give the atoms of a draft as an alternative labels them; new grids are numbered.

    Raises
    ------
    RuleViolation
        The draft's atoms are no longer those that the proposal was made of.
    """
    labels = labels_of(job, style)
    atoms = store.load(session, plan.id)
    if not labels.index.isin(atoms.index).all():
        raise RuleViolation("The draft was redrawn since: ask for proposals anew.", [job.id])
    wanted = atoms.assign(grid=atoms["grid"].where(~atoms.index.isin(labels.index), None))
    wanted["grid"] = wanted["grid"].fillna(labels.reindex(atoms.index))
    return wanted.assign(grid=wanted["grid"].map(_codes(session, plan, wanted)))


def take(
    session: Session,
    plan: Plan,
    user: UserAccount,
    job: PlanJob,
    style: str,
    asked: log.Asked,
    now: datetime,
    *,
    dry_run: bool = False,
) -> log.Outcome:
    """Make an alternative the draft's: one line of the log, undone as any other.

    Edits made since the proposal are in the way only where they meet it.

    Raises
    ------
    EditsMeet, RuleViolation, NotFound
        As for `gridsvc.plans.log.edit`.
    """
    labels = labels_of(job, style)
    asked = log.Asked(
        EditKind.PROPOSAL,
        {"job": job.id, "style": style},
        min(asked.seen, job.seen),
        asked.client_id,
        asked.why,
        asked.closes,
    )

    def draw() -> Drawn:
        if labels.empty:
            raise RuleViolation("This alternative changes nothing.", [style])
        wanted = drawn(session, plan, job, style).loc[labels.index, "grid"]
        atoms = store.load(session, plan.id, sorted(set(wanted.str[:COMMUNITY_DIGITS])))
        # A community that lies around another leaves no choice; the findings tell of every hole.
        made = edits.relabel_many(atoms, wanted, holes=True)
        return Drawn(made, atoms, dict(asked.params))

    return log.perform(session, plan, user, asked, draw, now, dry_run=dry_run)


def _codes(session: Session, plan: Plan, atoms: gpd.GeoDataFrame) -> dict[str, str]:
    """Number the grids that have a placeholder for a code."""
    codes = {code: code for code in atoms["grid"].unique()}
    fresh = [code for code in codes if "+" in code]
    if fresh:
        communities = sorted({code[:COMMUNITY_DIGITS] for code in fresh})
        used = queries.used_codes(session, plan.id, communities)
        grids = outlines(atoms[atoms["grid"].isin(fresh)])
        grids["community"] = grids.index.str[:COMMUNITY_DIGITS]
        codes |= numbered(grids, used).to_dict()
    return codes


def _part_of(progress: Progress, place: int, parts: int) -> Progress:
    # Alternatives take different numbers of steps: each is a hundred hundredths.
    def told(done: int, total: int) -> None:
        progress(100 * place + 100 * done // max(total, 1), 100 * parts)

    return told


def _changed(atoms: gpd.GeoDataFrame, proposal: Proposal) -> dict[str, str]:
    labels = proposal.labels.reindex(atoms.index)
    other = labels[labels.to_numpy() != atoms["grid"].to_numpy()]
    return {str(atom): str(code) for atom, code in other.items()}


def _told(proposal: Proposal) -> dict[str, Any]:
    return {
        "style": proposal.wish.style,
        "scores": _plain(proposal.scores),
        "infeasible": [
            {
                "community": one.community,
                "households": int(one.households),
                "why": str(one.why),
                "lon": float(one.lon),
                "lat": float(one.lat),
            }
            for one in proposal.infeasible
        ],
    }


def _plain(values: Iterable[Any]) -> dict[str, float | None]:
    series = pd.Series(values)
    return {
        str(name): None if math.isnan(value) else round(float(value), 4)
        for name, value in series.items()
    }
