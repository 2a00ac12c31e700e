"""The mark that a team gives itself: by its leader, for its own quarter, until that is locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import false, func, literal, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.appraisals import queries, services
from gridsvc.appraisals.models import Appraisal, AppraisalScheme
from gridsvc.appraisals.rules import WHOLE, Rater, Result, Tally, result
from gridsvc.errors import BadInput
from gridsvc.staffing.models import Team

#: Quarters that a leader is shown: a year, and the one that is running.
QUARTERS = 5


@dataclass(frozen=True)
class OwnQuarter:
    """A team of a leader in a quarter: its own mark, and what it all came to so far."""

    quarter: Appraisal
    team: Team
    mark: float | None
    result: Result


def own_quarters(session: Session, scope: Scope, today: date) -> list[OwnQuarter]:
    """Return the latest quarters of the teams of a leader's grids, the newest first.

    A team stands in a quarter when it looked after a grid of the scope on the quarter's last day,
    or does today.
    """
    found = []
    for quarter in _quarters(session, scope):
        on = min(today, date.fromordinal(quarter.ends_on.toordinal() - 1))
        teams = queries.grids_of_teams(session, scope.narrowed(quarter.division_code), on)
        scheme = queries.scheme_of(session.get(AppraisalScheme, quarter.scheme_id))
        given = queries.tallies(session, quarter.id, list(teams))
        for number in teams:
            tallies: Mapping[Rater, Tally] = given.get(number, {})
            own = tallies.get(Rater.TEAM)
            found.append(
                OwnQuarter(
                    quarter,
                    session.get_one(Team, number),
                    own.mean if own else None,
                    result(scheme, tallies),
                )
            )
    return found


def rate_own_team(
    session: Session,
    quarter: Appraisal,
    team_id: int,
    mark: int,
    user: UserAccount,
    today: date,
) -> None:
    """Write down the mark of a leader's team for itself; it can change until the quarter is locked.

    Raises
    ------
    Conflict
        The quarter is locked.
    NotAllowed
        The team looks after none of the leader's grids.
    BadInput
        The mark is not from 0 to 100.
    """
    if not 0 <= mark <= WHOLE:
        raise BadInput(f"A mark is a whole number from 0 to {WHOLE}, not {mark}.", ["mark"])
    services.put_tally(session, quarter, team_id, Rater.TEAM, Tally(1, 1, 1, mark), user, today)


def _quarters(session: Session, scope: Scope) -> list[Appraisal]:
    offices = [func.starts_with(literal(one), Appraisal.division_code) for one in scope.prefixes]
    query = select(Appraisal).where(or_(false(), *offices))
    order = (Appraisal.starts_on.desc(), Appraisal.division_code)
    return list(session.scalars(query.order_by(*order).limit(QUARTERS)))
