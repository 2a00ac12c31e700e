"""Hot spots of a day and how they changed: the counts that a viewer sees exactly, judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.geo.analysis import hot_spots as geo
from gridsvc.geo.analysis.adjacency import touching
from gridsvc.geo.analysis.hot_spots import Change, changes
from gridsvc.grids.queries import grids_frame
from gridsvc.grids.rules import GridKind
from gridsvc.incidents import queries as cases
from gridsvc.incidents.queries import Moment, Wanted, exact_scope


@dataclass(frozen=True)
class Cluster:
    """Hot grids that touch each other.

    Attributes
    ----------
    codes : list of str
        Its grids, in order of code.
    middle : str
        The code of the grid where the cases lie densest: the highest Gi*.
    cases, households : int
        Open cases and households of its grids and of those that touch them: it is them together
        that were judged, and the hot ones alone may have hardly more than was to be expected.
    expected : float
        Open cases that as many households have in the whole area.
    """

    codes: list[str]
    middle: str
    cases: int
    households: int
    expected: float


@dataclass(frozen=True)
class HotSpots:
    """What was judged, and what stands out.

    Attributes
    ----------
    grids : DataFrame
        Index ``code``, residential grids alone; ``name``, ``name_en``, ``households``, ``cases``,
        ``cases_before`` (float), ``judged`` (bool), ``expected``, ``z``, ``q`` (float, NaN where
        not judged), ``hot``, ``was_hot`` (bool), ``change`` (of `Change`, or empty).
    clusters : list of Cluster
        The largest surplus over the expected first.
    before : date
        The earlier day.
    """

    grids: pd.DataFrame
    clusters: list[Cluster]
    before: date

    @property
    def judged(self) -> int:
        """Number of grids that could be judged."""
        return int(self.grids["judged"].sum())

    def count(self, change: Change) -> int:
        """Count the grids of a change."""
        return int((self.grids["change"] == change).sum())


def hot_spots(
    session: Session,
    sight: Sight,
    asked: Wanted,
    on: date,
    now: datetime,
    zone: str,
    *,
    within: str = "",
    days: int = 28,
) -> HotSpots:
    """Judge the open cases of a day, and of some days before, under the grids of the day.

    Only where the viewer may count exactly: a judgement on masked counts would mark what the mask
    makes, and one on the counts behind it would tell them (docs/decisions/0014-masking.md).

    Parameters
    ----------
    sight : Sight
        Of the viewer; ``exact_scope`` is judged.
    on : date
        Day; today's open cases are those of ``now``.
    within : str
        Code to narrow to; it is also what the grids are compared with.
    days : int
        How long before ``on`` the earlier day lies.
    """
    scope = exact_scope(sight, asked).narrowed(within)
    then = cases.moment(on, now, zone)
    earlier = cases.moment(min(on, then.start.date()) - timedelta(days), now, zone)
    frame = grids_frame(session, Sight(full=scope), on)
    frame = frame[frame["kind"] == GridKind.RESIDENTIAL].set_index("code")
    frame["cases"] = _counted(session, sight, asked, then, scope, frame)
    before = Moment(on, earlier.at, earlier.start, past=True)
    frame["cases_before"] = _counted(session, sight, asked, before, scope, frame)
    few = len(frame) < geo.FEWEST_GRIDS
    borders = pd.DataFrame({"a": [], "b": []}) if few else touching(frame.reset_index())
    found = geo.hot_spots(frame, borders)
    past = geo.hot_spots(frame.assign(cases=frame["cases_before"]), borders)
    kept = ["name", "name_en", "households", "cases", "cases_before"]
    told = frame[kept].join(found).assign(
        was_hot=past["hot"], change=changes(found["hot"], past["hot"])
    )  # fmt: skip
    return HotSpots(pd.DataFrame(told), clusters(told, borders), earlier.on)


def _counted(
    session: Session, sight: Sight, asked: Wanted, then: Moment, scope: Scope, frame: pd.DataFrame
) -> pd.Series[float]:
    counts = cases.open_counts(session, sight, asked, then, scope)
    return counts.exact.reindex(frame.index).fillna(0).astype(float)


def clusters(told: pd.DataFrame, borders: pd.DataFrame) -> list[Cluster]:
    """Count the hot grids that hang together, each with those around it.

    Parameters
    ----------
    told : DataFrame
        As `gridsvc.geo.analysis.hot_spots.hot_spots` gives it, with ``cases``, ``households``.
    borders : DataFrame
        ``a``, ``b``: codes that touch, each pair once.
    """
    pairs = pd.concat([borders, borders.rename(columns={"a": "b", "b": "a"})])
    judged = told[told["judged"]]
    found = []
    for _, grids in told[told["hot"]].groupby("cluster"):
        near = {*grids.index, *pairs.loc[pairs["a"].isin(grids.index), "b"]}
        sums = judged.loc[judged.index.isin(near), ["cases", "households", "expected"]].sum()
        found.append(
            Cluster(
                codes=list(grids.index),
                middle=str(grids["z"].idxmax()),
                cases=int(sums["cases"]),
                households=int(sums["households"]),
                expected=float(sums["expected"]),
            )
        )
    return found
