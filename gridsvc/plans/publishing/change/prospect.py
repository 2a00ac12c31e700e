"""What a draft would do if it held from a day on: to the map, to teams, to open cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.errors import NotFound
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.change.handover import Pair, Staffing
from gridsvc.plans.publishing.change.tables import handover_tables
from gridsvc.plans.publishing.models import PlanStaffing
from gridsvc.plans.shapes import shapes_to_publish


def tables(
    session: Session, plan: Plan, effective_on: date, now: datetime
) -> tuple[Staffing, dict[str, Any]]:
    """Return who looks after what and which cases go along if a draft holds from a day on."""
    _, change = drawn(session, plan, effective_on)
    return handover_tables(session, change, chosen(session, plan.id), now)


def drawn(
    session: Session, plan: Plan, effective_on: date
) -> tuple[gpd.GeoDataFrame, ground.Change]:
    """Return the map that a draft would replace on a day, and what it changes of it.

    Raises
    ------
    NotFound
        There were no grids on that day.
    """
    whole = ground.in_force(session, plan.scope_code, effective_on)
    if whole.empty:
        raise NotFound(f"{plan.scope_code} had no grids on {effective_on}.", [plan.scope_code])
    shapes = shapes_to_publish(session, plan).rename_axis("code")
    return whole, ground.change(
        session, plan.scope_code, effective_on, whole, _uncounted(whole, shapes)
    )


def _uncounted(whole: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write nothing instead of 0 where a community was never counted: a draft has numbers only."""
    told = shapes.copy()
    for name in ("households", "dwellings"):
        known = set(whole.index[whole[name].notna()].str[:12])
        counted = told.index.str[:12].isin(known) | (told[name] > 0)
        told[name] = told[name].astype("Int64").where(counted, pd.NA)
    return told


def chosen(session: Session, plan_id: int) -> dict[str, Pair]:
    """Return what the planner chose, by grid."""
    rows = session.scalars(select(PlanStaffing).where(PlanStaffing.plan_id == plan_id))
    return {one.grid_code: Pair(one.team_id, one.branch_id) for one in rows}
