"""The three ledgers: visits, requests, feedback. Places and counts; no column is about a person."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS, below, framed
from gridsvc.reports.case_facts import case_facts, counted_in
from gridsvc.reports.rules.periods import Period
from gridsvc.staffing.models import Team
from gridsvc.visits.models import Visit


class LedgerKind(enum.StrEnum):
    """民情走访 / 群众诉求 / 诉求反馈."""

    VISITS = "visits"
    REQUESTS = "requests"
    FEEDBACK = "feedback"


#: Ledger → its columns in order, after ``code``, the grid's or the division's.
COLUMNS = {
    LedgerKind.VISITS: ("day", "team", "dwellings", "first_time", "topics"),
    LedgerKind.REQUESTS: (
        "number", "kind", "category", "reported_at", "due_at", "status", "level", "ended_at",
        "late",
    ),
    LedgerKind.FEEDBACK: (
        "number", "kind", "category", "reported_at", "fed_back_at", "outcome", "rating",
    ),
}  # fmt: skip

#: Ledger → what its totals add up; each is a column of `sums`.
SUMS = {
    LedgerKind.VISITS: ("rounds", "dwellings", "first_time"),
    LedgerKind.REQUESTS: ("reported", "ended", "late"),
    LedgerKind.FEEDBACK: ("fed_back", "solved", "referred", "explained", "rated", "satisfied"),
}
_FAIRLY = 2


def ledger(
    session: Session,
    kind: LedgerKind,
    scope: Scope,
    period: Period,
    zone: ZoneInfo,
    as_of: datetime,
) -> pd.DataFrame:
    """Read one ledger of a period, as the records of an instant told it.

    Visits are those of the period's days, requests those reported in it, feedback the answers
    and the ratings given in it: a rating counts when it was tapped, as in the rates. A row keeps
    the grid of its day, whatever was redrawn since.

    Returns
    -------
    DataFrame
        ``code`` and the columns of `COLUMNS`, in order of time; ``late`` and the columns of
        `SUMS` that are no column are bool or int, counted by `sums`.
    """
    if kind is LedgerKind.VISITS:
        return _visits(session, scope, period, as_of)
    since, until = period.bounds(zone)
    facts = counted_in(case_facts(session, scope, since, until, as_of), period, zone)
    facts = facts.rename_axis("number").reset_index()
    facts = facts.drop(columns="category").rename(columns={"category_name": "category"})
    return _requests(facts, as_of) if kind is LedgerKind.REQUESTS else _feedback(facts)


def sums(kind: LedgerKind, rows: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Add a ledger up for several places, each with everything below it.

    Returns
    -------
    DataFrame
        Index ``code``; the columns of `SUMS`, int.
    """
    parts = {
        code: rows.loc[rows["code"].str.startswith(code, na=False), list(SUMS[kind])].sum()
        for code in codes
    }
    found = pd.DataFrame(parts).T.rename_axis("code")
    return found.reindex(columns=list(SUMS[kind])).astype(int)


def _visits(session: Session, scope: Scope, period: Period, as_of: datetime) -> pd.DataFrame:
    query = (
        select(
            Visit.grid_code.label("code"),
            Visit.visited_on.label("day"),
            Team.name.label("team"),
            Visit.dwellings_visited.label("dwellings"),
            Visit.first_time_dwellings.label("first_time"),
            Visit.topics.label("topics"),
        )
        .outerjoin(Team, Team.id == Visit.team_id)
        .where(
            Visit.visited_on >= period.start,
            Visit.visited_on < period.end,
            Visit.recorded_at <= as_of,
            below(Visit.grid_code, scope, GRID_DIGITS),
        )
        .order_by(Visit.visited_on, Visit.grid_code, Visit.id)
    )
    return framed(session, query).assign(rounds=1)


def _requests(facts: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    rows = facts[facts["reported"]].sort_values(["reported_at", "number"])
    # Still open and past its time is as late as done too late.
    late = rows["ended_at"].dt.as_unit("us").fillna(as_of) > rows["due_at"]
    return rows.assign(late=late, ended=rows["ended_at"].notna())


def _feedback(facts: pd.DataFrame) -> pd.DataFrame:
    rows = facts[facts["fed_back"] | facts["rated"]].sort_values(["fed_back_at", "number"])
    ends = {
        name: rows["fed_back"] & (rows["outcome"] == name)
        for name in ("solved", "referred", "explained")
    }
    # A rating that was tapped in another period is told there, so that lines and sums agree.
    rating = rows["rating"].where(rows["rated"])
    satisfied = (rating >= _FAIRLY).fillna(value=False).astype(bool)
    return rows.assign(**ends, rating=rating, satisfied=satisfied)
