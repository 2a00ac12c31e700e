"""What teams did of their week: half-days on rounds, beside the quota that holds for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import GRID_DIGITS, below, framed
from gridsvc.grids.rules import GridKind
from gridsvc.staffing.models import Team, TeamAssignment
from gridsvc.targets.queries import in_force
from gridsvc.targets.rules import TargetKind, nearest
from gridsvc.visits.models import Visit
from gridsvc.visits.rules import half_day_of, half_days

_WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """Return the first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def team_weeks(
    session: Session, scope: Scope, first: date, weeks: int, as_of: datetime
) -> pd.DataFrame:
    """Count what the teams of a scope did in some weeks, as recorded up to an instant.

    A team has a line for every week in which it looked after a grid of the scope; rounds outside
    the scope count for it as well, and a round without a team for nobody.

    Parameters
    ----------
    first : date
        A Monday.

    Returns
    -------
    DataFrame
        ``week`` (date, its Monday), ``team_id`` (int), ``code``, ``name`` (str), ``name_en`` (may
        be NULL), ``rounds``, ``dwellings``, ``half_days`` (int; distinct ones, see
        `gridsvc.visits.rules`), ``quota`` (float; NaN: none is set). Served by
        ``ix_visit_visited_on``.
    """
    until = first + weeks * _WEEK
    done = _done(session, first, until, as_of)
    lines = []
    for n in range(weeks):
        week = first + n * _WEEK
        teams = _teams(session, scope, week)
        aims = in_force(session, TargetKind.TEAM_HALF_DAYS, week)
        quotas = [nearest(aims, code) for code in teams["division_code"]]
        lines.append(teams.assign(week=week, quota=pd.Series(quotas, teams.index, dtype=float)))
    frame = pd.concat(lines, ignore_index=True).merge(done, how="left", on=["week", "team_id"])
    counts = dict.fromkeys(("rounds", "dwellings", "half_days"), 0)
    return frame.fillna(counts).astype(dict.fromkeys(counts, int))


def rounds_of_team(
    session: Session, team_id: int, first: date, until: date, as_of: datetime
) -> list[Visit]:
    """Return the rounds of a team from a day on, ``until`` not included, in order of time."""
    query = (
        select(Visit)
        .where(
            Visit.team_id == team_id,
            Visit.visited_on >= first,
            Visit.visited_on < until,
            Visit.recorded_at <= as_of,
        )
        .order_by(Visit.visited_on, func.coalesce(Visit.ended_at, Visit.recorded_at), Visit.id)
    )
    return list(session.scalars(query))


def looks_after(session: Session, team_id: int, scope: Scope, week: date) -> bool:
    """Tell whether a team looked after a grid of a scope in the week from a Monday on."""
    return team_id in set(_teams(session, scope, week)["team_id"])


def _teams(session: Session, scope: Scope, week: date) -> pd.DataFrame:
    held = TeamAssignment
    query = (
        select(Team.id.label("team_id"), Team.code, Team.name, Team.name_en, Team.division_code)
        .join(held, held.team_id == Team.id)
        .join(Grid, Grid.code == held.grid_code)
        .where(
            # In a functional grid nobody lives who could be called on.
            Grid.kind == GridKind.RESIDENTIAL,
            below(held.grid_code, scope, GRID_DIGITS),
            held.valid_from < week + _WEEK,
            or_(held.valid_to.is_(None), held.valid_to > week),
            held.valid_to.is_distinct_from(held.valid_from),
        )
        .distinct()
        .order_by(Team.code)
    )
    return framed(session, query)


def _done(session: Session, first: date, until: date, as_of: datetime) -> pd.DataFrame:
    query = select(
        Visit.team_id,
        Visit.visited_on,
        Visit.ended_at,
        Visit.recorded_at,
        Visit.dwellings_visited.label("dwellings"),
    ).where(
        Visit.visited_on >= first,
        Visit.visited_on < until,
        Visit.recorded_at <= as_of,
        Visit.team_id.is_not(None),
    )
    zone = office_zone(session)
    rows = framed(session, query)
    found = pd.DataFrame(
        {
            "team_id": rows["team_id"],
            "week": [monday(day) for day in rows["visited_on"]],
            "dwellings": rows["dwellings"],
            "when": [
                (row.visited_on, half_day_of(row.visited_on, row.ended_at, row.recorded_at, zone))
                for row in rows.itertuples()
            ],
        },
        dtype=object,
    )
    grouped = found.groupby(["week", "team_id"], as_index=False)
    return grouped.agg(
        rounds=("when", "size"), dwellings=("dwellings", "sum"), half_days=("when", half_days)
    )
