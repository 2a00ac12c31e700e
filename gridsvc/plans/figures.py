"""Live figures of a draft's grids: who answers for them, where work is open, what is to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.geo.analysis.locate import Locator
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import household_ranges, moved, valid_on
from gridsvc.grids.rules import GridKind, household_reading
from gridsvc.incidents.models import Incident
from gridsvc.incidents.queries import Moment, Wanted, exact_part
from gridsvc.plans.models import PlanLock
from gridsvc.plans.queries import locks
from gridsvc.plans.rules import COMMUNITY_DIGITS
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment
from gridsvc.staffing.queries import staffing_on


@dataclass(frozen=True)
class Facts:
    """What is known of some grids beside their shapes, read once for every drawing of them.

    Attributes
    ----------
    names : Series
        By code; None for a grid that is only drawn yet.
    ranges : DataFrame
        By code: ``low``, ``high`` (int, households).
    staff : DataFrame
        As `staff_of`.
    cases : DataFrame
        As `open_cases`.
    locks : list of PlanLock
        Of the draft.
    """

    names: pd.Series
    ranges: pd.DataFrame
    staff: pd.DataFrame
    cases: pd.DataFrame
    locks: list[PlanLock]

    def about(self, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Add to a draft's grids everything that a planner weighs.

        Parameters
        ----------
        grids : GeoDataFrame
            As `gridsvc.plans.queries.outlines`; codes among those that the facts are of.

        Returns
        -------
        GeoDataFrame
            With ``name`` (str or None), ``low``, ``high`` (int, households), ``reading`` (str),
            ``open_cases`` (int), ``team``, ``branch`` (code or None), ``held``, ``posts`` (int),
            ``visit_load`` (float, dwellings a held post; NaN without one) and ``locked`` (str or
            None: why).
        """
        staff, ranges = self.staff.loc[grids.index], self.ranges.loc[grids.index]
        held = staff["held"].to_numpy()
        counts = zip(grids["households"], ranges["low"], ranges["high"], strict=True)
        return grids.assign(
            name=self.names.loc[grids.index],
            low=ranges["low"],
            high=ranges["high"],
            reading=[
                household_reading(int(count), GridKind.RESIDENTIAL, int(low), int(high)).value
                for count, low, high in counts
            ],
            open_cases=counted(self.cases, grids),
            **{name: staff[name] for name in ("team", "branch", "held", "posts")},
            visit_load=grids["dwellings"].to_numpy() / np.where(held > 0, held, np.nan),
            locked=[self._why(str(code)) for code in grids.index],
        )

    def _why(self, code: str) -> str | None:
        return next((one.why for one in self.locks if code.startswith(one.code)), None)


def facts(
    session: Session, plan_id: int, codes: Collection[str], sight: Sight, moment: Moment
) -> Facts:
    """Read what is known of grids of a draft.

    Parameters
    ----------
    sight : Sight
        Whose open cases are counted; sensitive kinds count only for those who handle them.
    moment : Moment
        When open work is counted, and under whose staff.
    """
    ordered = np.array(sorted(codes), dtype=object)
    low, high = household_ranges(session, ordered)
    return Facts(
        names(session, list(ordered)),
        pd.DataFrame({"low": low, "high": high}, index=ordered),
        staff_of(session, list(ordered), moment.on),
        open_cases(session, {code[:COMMUNITY_DIGITS] for code in ordered}, sight, moment),
        locks(session, plan_id),
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
    # By community: a range for each of a city's grids costs the database more than all its grids.
    communities = sorted({code[:COMMUNITY_DIGITS] for code in codes})
    found = staffing_on(session, Scope(tuple(communities)), on)[["held", "posts"]]
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
    session: Session, communities: Collection[str], sight: Sight, moment: Moment
) -> pd.DataFrame:
    """Return the open cases of communities that a viewer may count as they are.

    Columns: ``stamped`` (the grid that it had when reported), ``lon``, ``lat`` (degrees),
    ``moved`` (bool: that grid has had another shape). Served by ``ix_incident_open_grid``.
    """
    columns = ["stamped", "lon", "lat", "moved"]
    part = exact_part(sight, Wanted(), moment)
    if part is None or not communities:
        return pd.DataFrame(columns=columns)
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
    return pd.DataFrame(rows, columns=columns)


def counted(cases: pd.DataFrame, grids: gpd.GeoDataFrame) -> list[int]:
    """Count open cases for each of a draft's grids, in their order.

    A case counts for the grid that it was stamped with where the draft leaves that grid as it is
    (``changed``), and for the grid that holds its place everywhere else.
    """
    kept = set(grids.index[~grids["changed"].to_numpy(dtype=bool)])
    placed = cases["moved"].astype(bool) | ~cases["stamped"].isin(kept)
    codes = cases["stamped"].to_numpy(dtype=object, copy=True)
    lon, lat = (cases.loc[placed, name].astype(float) for name in ("lon", "lat"))
    codes[placed] = Locator(grids.rename_axis("code").reset_index()).codes(lon, lat)
    number = pd.Series(codes, dtype=object).value_counts()
    return [int(number.get(code, 0)) for code in grids.index]
