"""A draft beside its base, another draft or the territory of a day, and whose cases move."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput
from gridsvc.geo.cover.compare import Comparison, compare
from gridsvc.incidents.models import Incident
from gridsvc.incidents.queries import Moment, Wanted, exact_part
from gridsvc.plans import atoms as store
from gridsvc.plans import drafts, queries
from gridsvc.plans.figures import staff_of
from gridsvc.plans.lines import base_atoms
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.rules import is_near
from gridsvc.plans.rules import COMMUNITY_DIGITS


@dataclass(frozen=True)
class Beside:
    """A comparison, and what hangs on it.

    Attributes
    ----------
    cases : DataFrame
        Open cases on ground that changes hands, by id: ``before``, ``after`` (grid codes),
        ``due_at``, ``team_before``, ``team_after`` (codes or None), ``near`` (bool: due within a
        day of when the map begins to hold, or of now where that is past; or overdue).
    staff : DataFrame
        Who answers today for the grids of both sides, as `gridsvc.plans.figures.staff_of`.
    """

    comparison: Comparison
    cases: pd.DataFrame
    staff: pd.DataFrame


def beside(
    session: Session, plan: Plan, other: str, scope: Scope, sight: Sight, moment: Moment
) -> Beside:
    """Compare a draft with what was there before it.

    Parameters
    ----------
    other : str
        ``base``, ``plan:ID``, or a date: the side that stands before.
    scope : Scope
        The viewer's, which the other draft must lie in, too.

    Raises
    ------
    NotFound
        The other draft is not there for this viewer.
    BadInput
        ``other`` is something else, or its territory shares no community with the draft.
    """
    after = store.load(session, plan.id)
    before = _state(session, plan, other, scope)
    shared = set(_communities(before)) & set(_communities(after))
    if not shared:
        raise BadInput(f"Draft {plan.id} and {other} have no community in common.", ["with"])
    before, after = (one[_communities(one).isin(shared)] for one in (before, after))
    found = compare(before, after)
    codes = [code for code in found.grids.index if code is not None]
    staff = staff_of(session, codes, moment.on)
    team = staff["team"].to_dict()
    begins = datetime.combine(plan.effective_on or moment.on, time(), office_zone(session))
    cases = cases_between(session, found, shared, (team, team), sight, moment, begins)
    return Beside(found, cases, staff)


def _state(session: Session, plan: Plan, other: str, scope: Scope) -> gpd.GeoDataFrame:
    if other == "base":
        return base_atoms(session, plan)
    if other.startswith("plan:"):
        return store.load(session, queries.plan_for(session, int(other[5:]), scope).id)
    try:
        on = date.fromisoformat(other)
    except ValueError:
        raise BadInput(f"{other} is no date.", ["with"]) from None
    return drafts.atoms_on(session, plan.scope_code, on)


def _communities(atoms: gpd.GeoDataFrame) -> pd.Series:
    return atoms["grid"].str[:COMMUNITY_DIGITS]


def cases_between(
    session: Session,
    found: Comparison,
    communities: Collection[str],
    teams: tuple[Mapping[str, Any], Mapping[str, Any]],
    sight: Sight,
    moment: Moment,
    begins: datetime,
) -> pd.DataFrame:
    """Return the open cases of communities whose place changes hands, as `Beside.cases`.

    Parameters
    ----------
    teams : tuple of mapping
        The team of each grid, by code, before and after.
    begins : datetime
        Aware: when the map of after begins to hold.
    """
    part = exact_part(sight, Wanted(), moment)
    rows: Sequence[Any] = []
    if part is not None and communities:
        rows = session.execute(
            select(
                Incident.id, func.ST_X(Incident.geom), func.ST_Y(Incident.geom), Incident.due_at
            ).where(
                part.cases,
                part.holds(Incident.grid_code),
                or_(*(Incident.grid_code.between(f"{one}000", f"{one}999") for one in communities)),
            )
        ).all()
    cases = pd.DataFrame(rows, columns=["id", "lon", "lat", "due_at"])
    moving = found.changes_hands(cases["lon"].astype(float), cases["lat"].astype(float))
    table = cases.loc[moving.index, ["id", "due_at"]].join(moving).set_index("id")
    return table.assign(
        team_before=[teams[0].get(code) for code in table["before"]],
        team_after=[teams[1].get(code) for code in table["after"]],
        near=[not pd.isna(at) and is_near(at, moment.at, begins) for at in table["due_at"]],
    )
