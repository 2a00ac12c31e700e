"""The territory of two days side by side: what became of ground, households, teams and cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, NotFound
from gridsvc.geo.cover.compare import compare_grids
from gridsvc.grids.models import Building, Division, GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.incidents.queries import Moment
from gridsvc.plans import drafts, queries
from gridsvc.plans.comparison import Beside, cases_between
from gridsvc.plans.figures import staff_of
from gridsvc.plans.rules import COMMUNITY_DIGITS
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment

#: Grids of both days that are laid over each other at once: some eight seconds of one core.
MOST_COMPARED = 8_000


@dataclass(frozen=True)
class Days(Beside):
    """A comparison of two days.

    Attributes
    ----------
    before, after : date
        The earlier and the later day.
    parties : DataFrame
        Teams and branches with other grids or households: ``kind`` (team, branch), ``code``,
        ``name``, ``name_en``, ``grids_before``, ``grids_after``, ``households_before``,
        ``households_after`` (int).
    households : int
        Households of the area on the earlier day.
    """

    before: date
    after: date
    parties: pd.DataFrame
    households: int

    @property
    def moved_share(self) -> float:
        """Households that get another grid, as a share of all of the area."""
        return self.comparison.moved_households / max(self.households, 1)


def between(
    session: Session,
    user: UserAccount,
    scope: str,
    days: tuple[date, date],
    sight: Sight,
    moment: Moment,
) -> Days:
    """Compare the maps of an area on two days, in whichever order they are given.

    Only communities of which a boundary differs are looked at: the others are the same ground.

    Raises
    ------
    NotFound
        There is no such division in the user's area, or it had no grids on one of the days.
    BadInput
        More than `MOST_COMPARED` grids would have to be compared.
    """
    if session.get(Division, scope) is None or not user.scope.covers(scope):
        raise NotFound(f"There is no division {scope} in your area.", [scope])
    before, after = sorted(days)
    for on in (before, after):
        if not drafts.grids_to_open(session, scope, on):
            raise NotFound(f"{scope} had no grids on {on}.", [scope])
    changed = _changed(session, scope, before, after)
    grids = _grids(session, scope, changed, before), _grids(session, scope, changed, after)
    if (count := sum(map(len, grids))) > MOST_COMPARED:
        raise BadInput(
            f"{count} grids of both days would be compared, at most {MOST_COMPARED} are: choose "
            "a smaller area.",
            ["in"],
        )
    houses = [_houses(session, pd.concat(grids), on) for on in (before, after)]
    found = compare_grids(*grids, *houses)
    codes = [code for code in found.grids.index if code is not None]
    staffs = [staff_of(session, codes, on) for on in (before, after)]
    begins = datetime.combine(after, time(), office_zone(session))
    teams = (staffs[0]["team"].to_dict(), staffs[1]["team"].to_dict())
    cases = cases_between(session, found, changed, teams, sight, moment, begins)
    # Who answered for a grid that is gone is known of the earlier day alone.
    gone = ~pd.Index(codes).isin(found.flows["after"].dropna())
    return Days(
        found,
        cases,
        pd.concat([staffs[0][gone], staffs[1][~gone]]),
        before,
        after,
        _parties(session, scope, before, after),
        _households(session, scope, before),
    )


def _changed(session: Session, scope: str, before: date, after: date) -> list[str]:
    """Return the communities of which a boundary held on one of the days only."""
    then, now = (queries.base_boundaries(session, scope, on) for on in (before, after))
    community = func.substr(GridBoundary.grid_code, 1, COMMUNITY_DIGITS)
    differs = or_(and_(then, not_(now)), and_(now, not_(then)))
    return list(session.scalars(select(community).where(differs).distinct().order_by(community)))


def _grids(session: Session, scope: str, communities: list[str], on: date) -> gpd.GeoDataFrame:
    community = func.substr(GridBoundary.grid_code, 1, COMMUNITY_DIGITS)
    where = queries.base_boundaries(session, scope, on) & community.in_(communities)
    counts = {"household_count": "households", "dwelling_count": "dwellings"}
    drawn = drafts.grids_drawn(session, where).fillna(dict.fromkeys(counts, 0))
    return drawn.rename(columns={"code": "grid", **counts})


def _houses(session: Session, grids: gpd.GeoDataFrame, on: date) -> pd.DataFrame:
    """Read whom buildings hold and where they stand, within the bounds of some grids."""
    box = func.ST_MakeEnvelope(*grids.total_bounds.tolist(), 4326)
    rows = session.execute(
        select(
            Building.household_count,
            Building.dwelling_count,
            func.ST_X(Building.anchor),
            func.ST_Y(Building.anchor),
        ).where(Building.anchor.op("&&")(box), valid_on(Building, on))
    ).all()
    return pd.DataFrame(rows, columns=["households", "dwellings", "lon", "lat"])


def _households(session: Session, scope: str, on: date) -> int:
    total = func.coalesce(func.sum(GridBoundary.household_count), 0)
    where = queries.base_boundaries(session, scope, on)
    return session.scalar(select(total).where(where)) or 0


def _parties(session: Session, scope: str, before: date, after: date) -> pd.DataFrame:
    own = ["kind", "code", "name", "name_en"]
    names = [*own, "grids", "households"]
    sides = [
        pd.DataFrame(_held(session, scope, on), columns=names).set_index(own).add_suffix(when)
        for on, when in ((before, "_before"), (after, "_after"))
    ]
    both = sides[0].join(sides[1], how="outer").fillna(0).astype(int)
    differs = (both["grids_before"] != both["grids_after"]) | (
        both["households_before"] != both["households_after"]
    )
    return both[differs].reset_index()


def _held(session: Session, scope: str, on: date) -> list[Any]:
    """Count the grids of an area and their households by who looked after them on a day."""
    found: list[Any] = []
    for kind, link, key, party in (
        ("team", TeamAssignment, TeamAssignment.team_id, Team),
        ("branch", BranchAssignment, BranchAssignment.branch_id, Branch),
    ):
        found += session.execute(
            select(
                func.concat(kind),
                party.code,
                party.name,
                func.coalesce(party.name_en, ""),
                func.count(),
                func.sum(func.coalesce(GridBoundary.household_count, 0)),
            )
            .join(link, key == party.id)
            .join(GridBoundary, GridBoundary.grid_code == link.grid_code)
            .where(valid_on(link, on), queries.base_boundaries(session, scope, on))
            .group_by(party.id)
            .order_by(party.code)
        ).all()
    return found
