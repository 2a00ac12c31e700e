"""The figures of a closed period: what rolled in, came, rose, was handled, fed back, rolled over.

They are counted from the same case facts as rates and ledgers, under the instant of the closing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS
from gridsvc.reports.case_facts import case_facts, counted_in, rates
from gridsvc.reports.rules.closing import Stretch

#: Counts of every place, in the order in which they are told.
COUNTS = (
    "rolled_in", "collected", "late_arrivals", "raised", "handled", "fed_back", "due", "in_time",
    "rated", "satisfied", "rolled_over", "overdue", "visits", "dwellings", "first_time",
)  # fmt: skip

_OPEN = text(files(__package__).joinpath("open_cases.sql").read_text("utf-8"))
# A phone keeps its drafts for weeks, an import brings years: those are no late arrivals.
_LATE_WITHIN = timedelta(days=30)
_FAIRLY = 2

_LATE = text(
    """select coalesce(grid_code, division_code) as code, count(*) as late_arrivals
       from gridsvc.incident
       where received_at >= :since and received_at < :until
         and reported_at < :since and reported_at >= :late
       group by 1"""
)
_RAISED = text(
    """select coalesce(i.grid_code, i.division_code) as code, count(distinct i.id) as raised
       from gridsvc.incident_event e join gridsvc.incident i on i.id = e.incident_id
       where e.at >= :since and e.at < :until and e.detail ->> 'to_level' <> 'grid'
       group by 1"""
)
# By when it was written up, so that a sheet that comes late is in the next pack and never in two.
_VISITS = text(
    """select grid_code as code, count(*) as visits, sum(dwellings_visited) as dwellings,
              sum(first_time_dwellings) as first_time
       from gridsvc.visit where recorded_at >= :since and recorded_at < :until group by 1"""
)


def figures(
    session: Session,
    codes: Sequence[str],
    period: Stretch,
    as_of: datetime,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Count a closed period for a division and its parts.

    Parameters
    ----------
    codes : sequence of str
        The division first, then its parts; each counts everything below it.
    as_of : datetime
        Aware, not before the end: nothing recorded later is seen, so that counting again gives
        the same.

    Returns
    -------
    dict
        ``places``: code → `COUNTS` and ``rates`` (kind → numerator, denominator); ``grids``:
        code → cases that roll over and rounds walked, where there are any; ``open``: numbers of
        the cases that roll over, without sensitive ones, whose text is the handlers' alone.
    """
    scope = Scope((codes[0],))
    facts = counted_in(case_facts(session, scope, period.since, period.until, as_of), period, zone)
    before, after = (_open(session, scope, at) for at in (period.since, period.until))
    given = {
        "since": period.since,
        "until": period.until,
        "late": period.since - _LATE_WITHIN,
    }
    grouped = pd.concat(
        [_frame(session, query, given) for query in (_LATE, _RAISED, _VISITS)], ignore_index=True
    )
    places = {
        code: _counts(period, *(_below(one, code) for one in (facts, before, after, grouped)))
        for code in codes
    }
    listed = after[~after["sensitive"].astype(bool)]
    grids = _by_grid(after, _below(grouped, codes[0]))
    return {"places": places, "grids": grids, "open": [int(one) for one in listed["id"]]}


def canonical(counted: dict[str, Any]) -> str:
    """Write figures so that equal ones are equal byte by byte."""
    return json.dumps(counted, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _counts(
    period: Stretch,
    facts: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    grouped: pd.DataFrame,
) -> dict[str, Any]:
    rated = facts[facts["rated"]]
    found = {
        "rolled_in": len(before),
        "collected": facts["reported"].sum(),
        "handled": facts["resolved"].sum(),
        "fed_back": facts["fed_back"].sum(),
        "due": facts["due"].sum(),
        "in_time": facts["in_time"].sum(),
        "rated": len(rated),
        "satisfied": (rated["rating"] >= _FAIRLY).sum(),
        "rolled_over": len(after),
        "overdue": (pd.to_datetime(after["due_at"], utc=True) < period.until).sum(),
    }
    found |= {name: grouped[name].sum() for name in COUNTS if name not in found}
    shares = {one.kind.value: [one.numerator, one.denominator] for one in rates(facts)}
    return {name: int(found[name]) for name in COUNTS} | {"rates": shares}


def _by_grid(after: pd.DataFrame, grouped: pd.DataFrame) -> dict[str, list[int]]:
    left = after["code"].value_counts()
    walked = grouped.groupby("code")["visits"].sum()
    codes = {code for code in (*left.index, *walked[walked > 0].index) if len(code) == GRID_DIGITS}
    return {code: [int(left.get(code, 0)), int(walked.get(code, 0))] for code in sorted(codes)}


def _open(session: Session, scope: Scope, at: datetime) -> pd.DataFrame:
    return _frame(session, _OPEN, {"at": at, "prefixes": list(scope.prefixes)})


def _frame(session: Session, query: Any, given: dict[str, Any]) -> pd.DataFrame:
    rows = session.execute(query, {k: v for k, v in given.items() if k in query._bindparams})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def _below(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return frame[frame["code"].astype(object).str.startswith(code, na=False)]
