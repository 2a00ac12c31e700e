"""Reads of the appraisal: schemes, the sheet of a quarter, panels and points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.appraisals.models import (
    Appraisal,
    AppraisalScheme,
    AppraisalTally,
    PanelTally,
    PointEntry,
)
from gridsvc.appraisals.rules import (
    DEFAULT,
    FLAGGED_AFTER,
    PointKind,
    Rater,
    Result,
    Scheme,
    Source,
    Tally,
    not_satisfied,
    result,
)
from gridsvc.errors import NotFound
from gridsvc.grids.known import as_known
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import Team, TeamAssignment
from gridsvc.staffing.rules import TeamKind


@dataclass(frozen=True)
class Line:
    """One team of the sheet.

    Attributes
    ----------
    points : int
        Of the ledger, over all locked quarters.
    flagged : bool
        Its panel was not satisfied twice in a row, up to this quarter.
    """

    team: Team
    result: Result
    points: int
    flagged: bool


def scheme_row(session: Session, code: str) -> AppraisalScheme | None:
    """Return the scheme in force for a division: the newest of the nearest above that has one."""
    reach = func.starts_with(literal(code), AppraisalScheme.prefix)
    order = (func.length(AppraisalScheme.prefix).desc(), AppraisalScheme.id.desc())
    return session.scalars(select(AppraisalScheme).where(reach).order_by(*order).limit(1)).first()


def scheme_of(row: AppraisalScheme | None) -> Scheme:
    """Return a stored scheme as the rules take it; without one, the default."""
    if row is None:
        return DEFAULT
    return Scheme(
        {Source(name): value for name, value in row.weights.items()},
        {Rater(name): value for name, value in row.shares.items()},
        {PointKind(name): value for name, value in row.points.items()},
    )


def schemes(session: Session, code: str) -> list[AppraisalScheme]:
    """Return every scheme that ever reached a division, newest first."""
    reach = func.starts_with(literal(code), AppraisalScheme.prefix)
    query = select(AppraisalScheme).where(reach).order_by(AppraisalScheme.id.desc())
    return list(session.scalars(query))


def appraisals(session: Session, code: str) -> list[Appraisal]:
    """Return the quarters of an office, newest first."""
    query = select(Appraisal).where(Appraisal.division_code == code)
    return list(session.scalars(query.order_by(Appraisal.starts_on.desc())))


def quarters(
    session: Session,
    scope: Scope,
    day: date | None = None,
    *,
    before: int | None = None,
    limit: int = 100,
) -> list[Appraisal]:
    """Return the quarters of every office that a scope covers or lies in, the last opened first.

    With ``day`` only those that the day lies in.
    """
    inside = [func.starts_with(literal(one), Appraisal.division_code) for one in scope.prefixes]
    query = select(Appraisal).where(or_(below(Appraisal.division_code, scope), *inside))
    if day is not None:
        query = query.where(Appraisal.starts_on <= day, Appraisal.ends_on > day)
    if before is not None:
        query = query.where(Appraisal.id < before)
    return list(session.scalars(query.order_by(Appraisal.id.desc()).limit(limit)))


def appraisal(session: Session, number: int) -> Appraisal:
    """Return a quarter by its number.

    Raises
    ------
    NotFound
        There is none.
    """
    found = session.get(Appraisal, number)
    if found is None:
        raise NotFound(f"There is no appraisal {number}.", [number])
    return found


def grids_of_teams(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> dict[int, list[str]]:
    """Return the grids of every grid team of a scope on a day, by the number of the team.

    As known at an instant, or now.
    """
    link = as_known(session, TeamAssignment, as_of)
    rows = session.execute(
        select(link.team_id, link.grid_code)
        .join(Team, Team.id == link.team_id)
        .where(
            valid_on(link, on),
            Team.kind == TeamKind.GRID,
            below(link.grid_code, scope, GRID_DIGITS),
        )
        .order_by(link.grid_code)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for team_id, code in rows:
        found[team_id].append(code)
    return dict(found)


def sheet(session: Session, quarter: Appraisal, scope: Scope, today: date) -> list[Line]:
    """Return the teams of a scope in a quarter with what each source gave, in order of grid."""
    on = min(today, date.fromordinal(quarter.ends_on.toordinal() - 1))
    ids = list(grids_of_teams(session, scope, on))
    teams = {one.id: one for one in session.scalars(select(Team).where(Team.id.in_(ids)))}
    scheme = scheme_of(session.get(AppraisalScheme, quarter.scheme_id))
    given = tallies(session, quarter.id, ids)
    booked = totals(session, ids)
    flagged = flagged_teams(session, ids, quarter.ends_on)
    return [
        Line(teams[n], result(scheme, given.get(n, {})), booked.get(n, 0), n in flagged)
        for n in ids
    ]


def tallies(
    session: Session, appraisal_id: int, teams: Sequence[int]
) -> dict[int, dict[Rater, Tally]]:
    """Return what each group answered about each team in a quarter."""
    query = select(AppraisalTally).where(
        AppraisalTally.appraisal_id == appraisal_id, AppraisalTally.team_id.in_(teams)
    )
    found: dict[int, dict[Rater, Tally]] = defaultdict(dict)
    for row in session.scalars(query):
        found[row.team_id][row.rater] = Tally(row.asked, row.reached, row.answered, row.points)
    return dict(found)


def totals(session: Session, teams: Sequence[int]) -> dict[int, int]:
    """Add the ledger of points up by team."""
    query = select(PointEntry.team_id, func.sum(PointEntry.points))
    rows = session.execute(query.where(PointEntry.team_id.in_(teams)).group_by(PointEntry.team_id))
    return {team: int(points) for team, points in rows}


def entries(session: Session, team_id: int) -> list[PointEntry]:
    """Return the bookings of a team, newest first."""
    query = select(PointEntry).where(PointEntry.team_id == team_id)
    return list(session.scalars(query.order_by(PointEntry.id.desc())))


def panels(session: Session, team_id: int) -> list[PanelTally]:
    """Return what the panel of a team said, newest half-year first."""
    query = select(PanelTally).where(PanelTally.team_id == team_id)
    return list(session.scalars(query.order_by(PanelTally.starts_on.desc())))


def flagged_teams(session: Session, teams: Sequence[int], until: date) -> set[int]:
    """Return the teams whose panel was not satisfied in the last two half-years before a day.

    Two that do not follow each other are not in a row: a half-year nobody was asked in breaks it.
    """
    query = select(PanelTally).where(PanelTally.team_id.in_(teams), PanelTally.starts_on < until)
    told: dict[int, list[PanelTally]] = defaultdict(list)
    for row in session.scalars(query.order_by(PanelTally.team_id, PanelTally.starts_on)):
        told[row.team_id].append(row)
    return {team for team, rows in told.items() if _in_a_row(rows[-FLAGGED_AFTER:])}


def _in_a_row(rows: Sequence[PanelTally]) -> bool:
    unhappy = [one for one in rows if not_satisfied(one.satisfied, one.fairly, one.unsatisfied)]
    follow = all(_half(b.starts_on) - _half(a.starts_on) == 1 for a, b in pairwise(unhappy))
    return len(unhappy) == FLAGGED_AFTER and follow


def _half(day: date) -> int:
    """Count half-years; one that begins on 26 December belongs to the next."""
    return (12 * day.year + day.month - 1 + (day.day > 20)) // 6
