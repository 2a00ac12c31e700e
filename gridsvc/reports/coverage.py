"""Coverage in three readings: is every point in one grid, is every grid staffed, was it walked."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Division
from gridsvc.grids.queries import divisions, grids_on
from gridsvc.grids.rules import GridKind
from gridsvc.grids.shapes import findings
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.reports.rules.spread import gini
from gridsvc.staffing.queries import staffing_on
from gridsvc.visits.queries import calls, dwellings_visited
from gridsvc.visits.rules import TARGET_RATE, YEAR_TARGET_RATE

_COMMUNITY_DIGITS = 12


class CoverageReading(enum.StrEnum):
    """What of a grid is looked at."""

    TERRITORY = "territory"
    STAFFING = "staffing"
    VISITS = "visits"


@dataclass(frozen=True)
class Coverage:
    """The three readings of one place in one period, each as its parts.

    Attributes
    ----------
    communities, whole : int
        Communities, and those of which every point lies in exactly one grid.
    grids, staffed : int
        Grids in which people live, and those with team, branch, leader and every post held.
    dwellings, visited : int
        Of the grids whose dwellings were counted: dwellings, and distinct ones visited.
    below : int
        Grids under the line.
    uncounted, over : int
        Grids whose dwellings nobody counted; grids where more were recorded than counted, which
        are held at 100 %.
    rounds, calls : int
        Rounds, and dwellings called on, each as often as it was.
    spread : float or None
        The Gini coefficient of the grids' coverage.
    """

    communities: int
    whole: int
    grids: int
    staffed: int
    dwellings: int
    visited: int
    below: int
    uncounted: int
    over: int
    rounds: int
    calls: int
    spread: float | None

    @property
    def rate(self) -> float | None:
        """Distinct dwellings visited ÷ dwellings, in [0, 1]."""
        return self.visited / self.dwellings if self.dwellings else None


def line_of(period: Period) -> float:
    """Return the share of dwellings to be reached in a period: 100 % in a year, else 80 %."""
    return YEAR_TARGET_RATE if period.kind is PeriodKind.YEAR else TARGET_RATE


def coverage_rows(
    session: Session, scope: Scope, period: Period, as_of: datetime, today: date
) -> pd.DataFrame:
    """Read the grids of a period's last day, or of today where it has not ended.

    What was redrawn since changes nothing: grids and staff are those of that day, as they were
    known at ``as_of``, and visits those recorded up to then.

    Returns
    -------
    DataFrame
        Index ``code``, sorted. ``name``, ``name_en`` (str or None); ``there`` (bool, False for a
        grid that had rounds in the period and is gone by that day: its dwellings count elsewhere);
        ``dwellings``, ``visited``, ``rate`` (float, NaN where nobody counted them), ``over``,
        ``below`` (bool), ``rounds``, ``calls``, ``posts``, ``held`` (int); ``has_team``,
        ``has_branch``, ``has_leader``, ``staffed`` (bool).
    """
    on = min(period.last_day, today)
    rows = grids_on(session, scope, on, as_of)
    rows = rows.loc[rows["kind"] == GridKind.RESIDENTIAL, ["name", "name_en", "dwellings"]]
    days = (on - period.start).days + 1
    done = dwellings_visited(session, scope, on, days, as_of).reindex(rows.index).fillna(0.0)
    rows = rows.assign(there=True, visited=done.clip(upper=rows["dwellings"]))
    rows = rows.assign(over=done > rows["dwellings"]).join(staffing_on(session, scope, on, as_of))
    rows = rows.join(calls(session, scope, period.start, on, as_of), how="outer").sort_index()
    flags = ["there", "over", "has_team", "has_branch", "has_leader"]
    rows[flags] = rows[flags].eq(True)  # a grid that is gone has none of them
    counts = ["rounds", "calls", "posts", "held"]
    rows[counts] = rows[counts].fillna(0).astype(int)
    rows["rate"] = rows["visited"] / rows["dwellings"].where(rows["dwellings"] > 0)
    complete = rows["has_team"] & rows["has_branch"] & rows["has_leader"]
    return rows.assign(
        below=rows["rate"] < line_of(period),
        staffed=complete & (rows["held"] >= rows["posts"]),
    )


def broken_communities(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> dict[str, bool]:
    """Tell of every community of a scope whether some point lies in no grid, or in two.

    On a day, as it was known at an instant, or is known now.
    """
    known = {one.code: False for one in divisions(session, scope) if _is_community(one)}
    for one in findings(session, scope, on, as_of):
        beside = {code[:_COMMUNITY_DIGITS] for code in one.grid_codes}
        for code in beside | {one.community_code or ""}:
            if code in known:
                known[code] = True
    return known


def coverage_of(rows: pd.DataFrame, broken: dict[str, bool], code: str) -> Coverage:
    """Add up the rows of `coverage_rows` that lie below a code."""
    part = rows[rows.index.str.startswith(code)]
    there = part[part["there"]]
    counted = there[there["dwellings"].notna()]
    mine = [bad for community, bad in broken.items() if community.startswith(code)]
    return Coverage(
        communities=len(mine),
        whole=mine.count(False),
        grids=len(there),
        staffed=int(there["staffed"].sum()),
        dwellings=int(counted["dwellings"].sum()),
        visited=int(counted["visited"].sum()),
        below=int(there["below"].sum()),
        uncounted=len(there) - len(counted),
        over=int(there["over"].sum()),
        rounds=int(part["rounds"].sum()),
        calls=int(part["calls"].sum()),
        spread=gini(np.asarray(counted["visited"]), np.asarray(counted["dwellings"])),
    )


def by_part(
    rows: pd.DataFrame, broken: dict[str, bool], codes: Sequence[str]
) -> dict[str, Coverage]:
    """Add up several places."""
    return {code: coverage_of(rows, broken, code) for code in codes}


def _is_community(one: Division) -> bool:
    return len(one.code) == _COMMUNITY_DIGITS
