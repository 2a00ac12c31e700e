"""Use cases of the appraisal: open a quarter, put tallies in, lock it, book its points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope
from gridsvc.accounts.services import record
from gridsvc.appraisals import queries
from gridsvc.appraisals.models import (
    Appraisal,
    AppraisalScheme,
    AppraisalTally,
    PanelTally,
    PointEntry,
)
from gridsvc.appraisals.rules import DEFAULT, PointKind, Rater, Scheme, Tally, scheme_fault
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, Conflict, NotAllowed
from gridsvc.reports.case_facts import case_facts, counted_in
from gridsvc.reports.closing_days import rule_for
from gridsvc.reports.ledgers import LedgerKind, ledger
from gridsvc.reports.rules.closing import SETTLING, closing_period
from gridsvc.reports.rules.periods import Period, PeriodKind

_FAIRLY = 2


def change_scheme(
    session: Session, code: str, scheme: Scheme, reason: str, user: UserAccount | None
) -> AppraisalScheme:
    """Set the scheme of a division for quarters that are opened from now on.

    Raises
    ------
    NotAllowed
        The division lies outside the account's area.
    BadInput
        No reason is given, or weights or shares are not 100 together.
    """
    _require_own(user, code)
    if not reason.strip():
        raise BadInput("Say why the scheme is changed.", ["reason"])
    fault = scheme_fault(scheme)
    if fault is not None:
        raise BadInput(
            "Weights, and the shares within each source, are 0 to 100 and 100 together.", [fault]
        )
    made = AppraisalScheme(
        prefix=code,
        weights={one.value: n for one, n in scheme.weights.items()},
        shares={one.value: n for one, n in scheme.shares.items()},
        points={one.value: n for one, n in scheme.points.items()},
        made_by=user.id if user else None,
        reason=reason.strip(),
    )
    session.add(made)
    session.flush()
    record(session, user, "appraisal.scheme", code, {"version": made.id})
    return made


def open_quarter(
    session: Session, code: str, day: date, user: UserAccount | None, now: datetime
) -> Appraisal:
    """Open the quarter that a day lies in, under the scheme in force; twice gives the same one.

    Raises
    ------
    NotAllowed
        The office lies outside the account's area.
    """
    _require_own(user, code)
    quarter = closing_period(PeriodKind.QUARTER, day, rule_for(session, code, day))
    found = session.scalars(
        select(Appraisal).filter_by(division_code=code, starts_on=quarter.start)
    ).first()
    if found is not None:
        return found
    scheme = queries.scheme_row(session, code) or change_scheme(
        session, code, DEFAULT, "自带的方案 the scheme that gridsvc comes with", user
    )
    values = {
        "division_code": code, "starts_on": quarter.start, "ends_on": quarter.end,
        "scheme_id": scheme.id, "opened_at": now,
    }  # fmt: skip
    session.execute(insert(Appraisal).values(values).on_conflict_do_nothing())
    record(session, user, "appraisal.open", f"{code} {quarter.start}")
    return session.scalars(
        select(Appraisal).filter_by(division_code=code, starts_on=quarter.start)
    ).one()


def put_tally(
    session: Session,
    quarter: Appraisal,
    team_id: int,
    rater: Rater,
    tally: Tally,
    user: UserAccount,
    today: date,
) -> None:
    """Write down what a group answered about a team; until the quarter is locked it can be mended.

    Raises
    ------
    Conflict
        The quarter is locked.
    NotAllowed
        The team looks after no grid of the account's area; or it is the team's own mark, which its
        leader gives, and nobody for it.
    BadInput
        More answered than were reached or asked, or the marks exceed 100 each.
    """
    if (rater is Rater.TEAM) is not (user.role is Role.LEADER):
        raise NotAllowed("A team's leader gives its own mark, and no other.", [rater.value])
    _require_unlocked(session, quarter)
    _require_team(session, quarter, team_id, user, today)
    if not tally.possible:
        raise BadInput(
            "Of those asked some are reached, of those some answer, each with 0 to 100.", ["tally"]
        )
    counts: dict[str, Any] = {
        "asked": tally.asked, "reached": tally.reached,
        "answered": tally.answered, "points": tally.points,
    }  # fmt: skip
    key = {"appraisal_id": quarter.id, "team_id": team_id, "rater": rater}
    wanted = insert(AppraisalTally).values(key | counts)
    session.execute(wanted.on_conflict_do_update(index_elements=list(key), set_=counts))
    record(session, user, "appraisal.tally", f"{quarter.id} {team_id} {rater.value}", counts)


def put_panel(
    session: Session,
    quarter: Appraisal,
    panel: PanelTally,
    user: UserAccount,
    today: date,
) -> None:
    """Write down what a team's household representatives said of a half-year; once.

    Raises
    ------
    Conflict
        It is written already.
    NotAllowed
        The team looks after no grid of the account's area.
    BadInput
        More answered than were reached or asked.
    """
    _require_team(session, quarter, panel.team_id, user, today)
    answers = (panel.satisfied, panel.fairly, panel.unsatisfied)
    if min(answers) < 0 or not sum(answers) <= panel.reached <= panel.asked:
        raise BadInput("Of those asked some are reached, and of those some answer.", ["tally"])
    if session.get(PanelTally, (panel.team_id, panel.starts_on)) is not None:
        raise Conflict("What this panel said of the half-year is written already.")
    session.add(panel)
    session.flush()
    record(session, user, "appraisal.panel", f"{panel.team_id} {panel.starts_on}")


def half_year(session: Session, quarter: Appraisal) -> Period:
    """Return the half-year that a quarter lies in."""
    rule = rule_for(session, quarter.division_code, quarter.starts_on)
    return closing_period(PeriodKind.HALF_YEAR, quarter.starts_on, rule)


def half_year_before(session: Session, quarter: Appraisal) -> Period:
    """Return the half-year before that of a quarter."""
    day = half_year(session, quarter).start - timedelta(days=1)
    return closing_period(PeriodKind.HALF_YEAR, day, rule_for(session, quarter.division_code, day))


def lock(session: Session, quarter: Appraisal, user: UserAccount | None, now: datetime) -> None:
    """Lock a quarter that is over, and book its points.

    Of two who lock at once one does. Points are counted from the same case facts and visits as
    the ledgers, by the scheme of the quarter, for the grids that each team had on its last day.

    Raises
    ------
    Conflict
        It is locked already, or not over yet.
    NotAllowed
        The office lies outside the account's area.
    """
    _require_own(user, quarter.division_code)
    session.execute(select(Appraisal.id).where(Appraisal.id == quarter.id).with_for_update())
    _require_unlocked(session, quarter)
    period = Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on)
    if now - SETTLING < period.bounds(office_zone(session))[1]:
        raise Conflict(f"The quarter ends on {period.last_day}: lock it when that day is over.")
    scheme = queries.scheme_of(session.get(AppraisalScheme, quarter.scheme_id))
    for team_id, counts in counted(session, quarter, now - SETTLING).items():
        session.add_all(
            PointEntry(
                team_id=team_id, appraisal_id=quarter.id, kind=kind, scheme_id=quarter.scheme_id,
                count=count, points=count * scheme.points[kind], at=now,
            )
            for kind, count in counts.items()
        )  # fmt: skip
    quarter.locked_at, quarter.locked_by = now, user.id if user else None
    session.flush()
    record(session, user, "appraisal.lock", str(quarter.id))


def counted(
    session: Session, quarter: Appraisal, as_of: datetime
) -> dict[int, dict[PointKind, int]]:
    """Count by team what points are given for, as the records of an instant told it."""
    zone, scope = office_zone(session), Scope((quarter.division_code,))
    period = Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on)
    facts = counted_in(case_facts(session, scope, *period.bounds(zone), as_of), period, zone)
    satisfied = facts["rated"] & (facts["rating"] >= _FAIRLY).fillna(value=False)
    rounds = ledger(session, LedgerKind.VISITS, scope, period, zone, as_of)
    by_grid = {
        PointKind.IN_TIME: facts.loc[facts["in_time"], "code"].value_counts(),
        PointKind.ROUND: rounds["code"].value_counts(),
        PointKind.SATISFIED: facts.loc[satisfied.astype(bool), "code"].value_counts(),
    }
    teams = queries.grids_of_teams(session, scope, period.last_day, as_of)
    return {
        team: {kind: int(n.reindex(codes).fillna(0).sum()) for kind, n in by_grid.items()}
        for team, codes in teams.items()
    }


@dataclass(frozen=True)
class Satisfaction:
    """One tap after closing, with its sampling frame: cases closed, told of it, and rated."""

    asked: int
    reached: int
    answered: int
    satisfied: int

    @property
    def share(self) -> float | None:
        """Satisfied or fairly so, of those who answered; ``None`` where nobody did."""
        return self.satisfied / self.answered if self.answered else None


def satisfaction(
    session: Session, quarter: Appraisal, scope: Scope, as_of: datetime
) -> Satisfaction:
    """Count the taps on the cases that were closed in a quarter, in a scope."""
    zone = office_zone(session)
    period = Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on)
    facts = counted_in(case_facts(session, scope, *period.bounds(zone), as_of), period, zone)
    closed = facts[facts["closed"]]
    reached = closed[closed["fed_back_at"].notna()]
    rated = reached[reached["rated_at"].notna()]
    happy = int((rated["rating"] >= _FAIRLY).sum())
    return Satisfaction(len(closed), len(reached), len(rated), happy)


def _require_unlocked(session: Session, quarter: Appraisal) -> None:
    session.refresh(quarter)
    if quarter.locked_at is not None:
        raise Conflict(
            f"This quarter was locked at {quarter.locked_at:%Y-%m-%d %H:%M} UTC: its marks stand.",
            [quarter.id],
        )


def _require_team(
    session: Session, quarter: Appraisal, team_id: int, user: UserAccount, today: date
) -> None:
    on = min(today, Period(PeriodKind.QUARTER, quarter.starts_on, quarter.ends_on).last_day)
    own = user.scope.narrowed(quarter.division_code)
    if team_id not in queries.grids_of_teams(session, own, on):
        raise NotAllowed("This team looks after no grid of your area.", [team_id])


def _require_own(user: UserAccount | None, code: str) -> None:
    if user is not None and not user.scope.covers(code):
        raise NotAllowed("This appraisal belongs to another office.", [code])
