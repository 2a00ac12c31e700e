"""Live figures of a draft's grids: who answers for them, where work is open, what is to do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.geo.locate import Locator
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import household_ranges, moved, valid_on
from gridsvc.grids.rules import GridKind, household_reading
from gridsvc.incidents.models import Incident
from gridsvc.incidents.queries import Moment, Wanted, exact_part
from gridsvc.plans.queries import locks
from gridsvc.plans.rules import COMMUNITY_DIGITS
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment
from gridsvc.staffing.queries import staffing_on


def told(
    session: Session, plan_id: int, grids: gpd.GeoDataFrame, sight: Sight, moment: Moment
) -> gpd.GeoDataFrame:
    """Add to a draft's grids everything that a planner weighs.

    Parameters
    ----------
    grids : GeoDataFrame
        As `gridsvc.plans.queries.outlines`.
    sight : Sight
        Whose open cases are counted; sensitive kinds count only for those who handle them.
    moment : Moment
        When open work is counted, and under whose staff.

    Returns
    -------
    GeoDataFrame
        With ``name`` (str or None), ``low``, ``high`` (int, households), ``reading`` (str),
        ``open_cases`` (int), ``team``, ``branch`` (code or None), ``held``, ``posts`` (int),
        ``visit_load`` (float, dwellings a held post; NaN without one) and ``locked`` (str or
        None: why).
    """
    codes = grids.index.to_numpy(dtype=object)
    low, high = household_ranges(session, codes)
    staff = staff_of(session, codes, moment.on)
    load = grids["dwellings"].to_numpy() / np.where(staff["held"] > 0, staff["held"], np.nan)
    held = locks(session, plan_id)
    return grids.assign(
        name=names(session, codes).to_numpy(),
        low=low,
        high=high,
        reading=[
            household_reading(int(count), GridKind.RESIDENTIAL, int(least), int(most)).value
            for count, least, most in zip(grids["households"], low, high, strict=True)
        ],
        open_cases=open_cases(session, grids, sight, moment),
        **{name: staff[name].to_numpy() for name in ("team", "branch", "held", "posts")},
        visit_load=load,
        locked=[
            next((one.why for one in held if code.startswith(one.code)), None) for code in codes
        ],
    )


def names(session: Session, codes: Collection[str]) -> pd.Series:
    """Give the names of grids by code; None for those that are only drawn yet."""
    known = dict(session.execute(select(Grid.code, Grid.name).where(Grid.code.in_(codes))).all())
    return pd.Series({code: known.get(code) for code in codes}, dtype=object)


def staff_of(session: Session, codes: Collection[str], on: date) -> pd.DataFrame:
    """Tell who answers for grids on a day; a grid that is only drawn yet has nobody.

    Index: ``code`` in the order given. Columns: ``team``, ``branch`` (code or None), ``held`` and
    ``posts`` (int).
    """
    found = staffing_on(session, Scope(tuple(codes)), on)[["held", "posts"]]
    table = found.reindex(list(codes)).fillna(0).astype(int)
    for name, link, key, party in (
        ("team", TeamAssignment, TeamAssignment.team_id, Team),
        ("branch", BranchAssignment, BranchAssignment.branch_id, Branch),
    ):
        rows = session.execute(
            select(link.grid_code, party.code)
            .join(party, party.id == key)
            .where(link.grid_code.in_(codes), valid_on(link, on))
        ).all()
        held = dict(rows)
        table[name] = [held.get(code) for code in codes]
    return table


def open_cases(
    session: Session, grids: gpd.GeoDataFrame, sight: Sight, moment: Moment
) -> list[int]:
    """Count the open cases of each of a draft's grids, in their order.

    A case counts for the grid that it was stamped with where the draft leaves that grid as it is,
    and for the grid that holds its place everywhere else. Served by ``ix_incident_open_grid``.
    """
    part = exact_part(sight, Wanted(), moment)
    if part is None or grids.empty:
        return [0] * len(grids)
    communities = sorted({code[:COMMUNITY_DIGITS] for code in grids.index})
    rows = session.execute(
        select(
            Incident.grid_code,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
            Incident.grid_code.in_(moved(moment.on)),
        ).where(
            part.cases,
            part.holds(Incident.grid_code),
            or_(*(Incident.grid_code.between(f"{one}000", f"{one}999") for one in communities)),
        )
    ).all()
    cases = pd.DataFrame(rows, columns=["stamped", "lon", "lat", "moved"])
    kept = set(grids.index[~grids["changed"].to_numpy(dtype=bool)])
    placed = cases["moved"].astype(bool) | ~cases["stamped"].isin(kept)
    located = Locator(grids.rename_axis("code").reset_index()).codes(cases["lon"], cases["lat"])
    counted = np.where(placed, located, cases["stamped"].to_numpy(dtype=object))
    return (
        pd.Series(counted, dtype=object)
        .value_counts()
        .reindex(grids.index)
        .fillna(0)
        .astype(int)
        .tolist()
    )
