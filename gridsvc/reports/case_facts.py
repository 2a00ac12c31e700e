"""What happened to every case in a period, one row each: rates and ledgers count these rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.reports.rules.periods import Period
from gridsvc.reports.rules.rates import Rate, RateKind

_FACTS = text(files(__package__).joinpath("case_facts.sql").read_text("utf-8"))
_TIMES = (
    "reported_at",
    "due_at",
    "responded_at",
    "resolved_at",
    "reworked_at",
    "closed_at",
    "fed_back_at",
    "rated_at",
)
_DONE = ("resolved", "verified", "closed")


def case_facts(
    session: Session, scope: Scope, since: datetime, until: datetime, as_of: datetime
) -> pd.DataFrame:
    """Read every case that a span of time touches, as the records of an instant told it.

    A case is touched when it was reported, moved a step, or was due in the span. Figures asked
    again with the same ``as_of`` are the same for ever: nothing recorded later is seen.

    Parameters
    ----------
    session : Session
        Reads only.
    scope : Scope
        Codes of which one must begin the case's grid, or its division where it has no grid.
    since, until, as_of : datetime
        Aware; ``until`` does not belong to the span.

    Returns
    -------
    DataFrame
        Index ``id``. ``code``, ``kind``, ``category``, ``category_name``, ``category_name_en``,
        ``outcome``, ``level``, ``status`` (str); ``sensitive`` (bool); ``fell_due`` (bool),
        whether it was due by ``as_of``; ``reported_at``, ``due_at``, ``responded_at``,
        ``resolved_at``, ``reworked_at``, ``closed_at``, ``fed_back_at``, ``rated_at`` (UTC, may
        be NaT); ``rating`` (1 to 3, may be NaN); ``extensions``, ``returns``, ``reworks`` (int).
    """
    given = {"since": since, "until": until, "as_of": as_of, "prefixes": list(scope.prefixes)}
    rows = session.execute(_FACTS, given)
    facts = pd.DataFrame(rows.all(), columns=list(rows.keys())).set_index("id")
    for name in _TIMES:
        facts[name] = pd.to_datetime(facts[name], utc=True)
    facts["rating"] = facts["rating"].astype("Float64")
    done = facts["status"].isin(_DONE)
    # What the checkers need is not the handlers' time: it ended when their clock stood still.
    facts["ended_at"] = facts["resolved_at"].fillna(facts["closed_at"]).where(done)
    # In a period that still runs, what is due later has not been missed.
    facts["fell_due"] = facts["due_at"] <= as_of
    return facts


def counted_in(facts: pd.DataFrame, period: Period, zone: ZoneInfo) -> pd.DataFrame:
    """Mark what happened in one period of the span that the facts were read for.

    Returns
    -------
    DataFrame
        The facts with, as bool: ``reported``, ``due``, ``closed``, ``fed_back``, ``rated``,
        ``resolved``, whether it happened in the period, and ``in_time``, whether what was due
        had ended by then.
    """
    since, until = period.bounds(zone)

    def within(name: str) -> pd.Series:
        return facts[name].between(since, until, inclusive="left")

    marks = {
        name: within(f"{name}_at") for name in ("reported", "due", "closed", "fed_back", "rated")
    }
    marks["due"] &= facts["fell_due"]
    in_time = marks["due"] & (facts["ended_at"] <= facts["due_at"])
    return facts.assign(**marks, resolved=within("ended_at"), in_time=in_time)


def rates(facts: pd.DataFrame) -> list[Rate]:
    """Count the rates of one place from the facts of its cases in a period.

    * response: of the cases reported, those that somebody has taken.
    * resolution: of the cases reported, those resolved by the instant of the facts.
    * on time: of the cases that fell due in the period, whenever reported, those resolved by then.
    * at grid: of the cases closed, those that never rose above the grid.
    * rework: of the cases resolved, those that the check had sent back.
    * extension: of those same cases, those that were given more time.
    * return: of the cases reported, those that a team gave back.
    * satisfaction: of the ratings given, those that are satisfied or fairly so.
    """
    found = []
    for kind, mark in COUNTED.items():
        counted = facts[facts[mark]]
        found.append(Rate(kind, int(HITS[kind](counted).sum()), len(counted)))
    return found


_FAIRLY = 2

#: For each rate the mark of the cases that make up its denominator: what its list shows.
COUNTED = {
    RateKind.RESPONSE: "reported",
    RateKind.RESOLUTION: "reported",
    RateKind.ON_TIME: "due",
    RateKind.AT_GRID: "closed",
    RateKind.REWORK: "resolved",
    RateKind.EXTENSION: "due",
    RateKind.RETURN: "reported",
    RateKind.SATISFACTION: "rated",
}

#: For each rate which of those cases make up its numerator.
HITS: dict[RateKind, Callable[[pd.DataFrame], pd.Series]] = {
    RateKind.RESPONSE: lambda counted: counted["responded_at"].notna(),
    RateKind.RESOLUTION: lambda counted: counted["status"].isin(_DONE),
    RateKind.ON_TIME: lambda counted: counted["in_time"],
    RateKind.AT_GRID: lambda counted: counted["level"] == "grid",
    RateKind.REWORK: lambda counted: counted["reworks"] > 0,
    RateKind.EXTENSION: lambda counted: counted["extensions"] > 0,
    RateKind.RETURN: lambda counted: counted["returns"] > 0,
    RateKind.SATISFACTION: lambda counted: (counted["rating"] >= _FAIRLY).astype(bool),
}


def by_division(facts: pd.DataFrame, codes: Sequence[str]) -> dict[str, list[Rate]]:
    """Count the rates of several places; a case counts in every division that its code is in."""
    return {code: rates(facts[facts["code"].str.startswith(code, na=False)]) for code in codes}
