"""What an edit does to the grids that it touches: the preview, and the answer when it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Sight
from gridsvc.geo.findings import SEVERITIES
from gridsvc.incidents.queries import Moment
from gridsvc.plans import atoms as store
from gridsvc.plans import figures, queries
from gridsvc.plans.findings import Finding, Severities, findings_of
from gridsvc.plans.log import Outcome
from gridsvc.plans.models import Plan, PlanEdit


@dataclass(frozen=True)
class Effect:
    """The grids of an edit before and after it, and what is found in them then.

    Attributes
    ----------
    before, after : GeoDataFrame
        As `gridsvc.plans.figures.Facts` tells them; a new grid is only in ``after``, a retired
        one only in ``before``.
    findings : list of Finding
        Of the touched grids, as they become.
    """

    outcome: Outcome
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    findings: list[Finding]


def effect_of(
    session: Session,
    plan: Plan,
    outcome: Outcome,
    sight: Sight,
    moment: Moment,
    severities: Severities = SEVERITIES,
) -> Effect:
    """Work out what an edit does, or would do.

    Of a repeat, the grids are told as they are now, since more may have happened.
    """
    if outcome.repeated:
        return _again(session, plan, outcome, sight, moment)
    touched = outcome.edit.grids
    after_all = outcome.edit.applied_to(outcome.atoms)
    known = figures.facts(session, plan.id, touched, sight, moment)
    before, after = (known.about(_drawn(atoms, touched)) for atoms in (outcome.atoms, after_all))
    found = findings_of(session, plan, severities, after_all, mending=False)
    return Effect(outcome, before, after, [one for one in found if touched & set(one.grids)])


def _drawn(atoms: gpd.GeoDataFrame, grids: frozenset[str]) -> gpd.GeoDataFrame:
    # Both sides count cases by place, so that what one half gains the other loses.
    return store.measured(atoms[atoms["grid"].isin(grids)]).assign(changed=True)


def _again(session: Session, plan: Plan, outcome: Outcome, sight: Sight, moment: Moment) -> Effect:
    line = session.get_one(PlanEdit, (plan.id, outcome.seq))
    now = queries.outlines(session, plan.id, line.grids)
    after = figures.facts(session, plan.id, now.index, sight, moment).about(now)
    had = {code: pair[0] for code, pair in line.households.items() if pair[0] is not None}
    before = after[after.index.isin(list(had))]
    before = before.assign(households=[had[code] for code in before.index])
    return Effect(replace(outcome, kind=line.kind), before, after, [])
