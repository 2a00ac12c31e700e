"""Closing a period: once, by whoever is first, with its figures put away as they were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, defer, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import Conflict, NotAllowed, NotFound, RuleViolation
from gridsvc.grids.models import Division
from gridsvc.grids.queries import below
from gridsvc.reports.closing_days import rule_for
from gridsvc.reports.models import ReportPack
from gridsvc.reports.pack_figures import canonical, figures
from gridsvc.reports.rules.closing import (
    CLOSED,
    SETTLING,
    Stretch,
    closing_period,
    is_due,
    may_close,
    stretch,
)
from gridsvc.reports.rules.periods import Period, PeriodKind

#: An office closes; its communities are parts of its pack.
OFFICE_DIGITS = 9
_COMMUNITY_DIGITS = 12
# An office that imports ten years of cases does not want 240 packs of them.
_BACK = {
    PeriodKind.CYCLE: timedelta(days=92),
    PeriodKind.QUARTER: timedelta(days=92),
    PeriodKind.HALF_YEAR: timedelta(days=184),
    PeriodKind.YEAR: timedelta(days=366),
}


@dataclass(frozen=True)
class Next:
    """The period of a kind that an office closes next.

    Attributes
    ----------
    since : datetime or None
        Where the last one was closed; ``None`` for the first.
    open : bool
        Whether it may be closed now.
    """

    period: Period
    since: datetime | None
    open: bool


def next_of(session: Session, code: str, kind: PeriodKind, now: datetime) -> Next | None:
    """Return what a division closes next; ``None`` where nothing was ever recorded."""
    zone = office_zone(session)
    last = session.scalars(
        select(ReportPack)
        .where(ReportPack.division_code == code, ReportPack.kind == kind)
        .order_by(ReportPack.starts_on.desc())
        .limit(1)
    ).first()
    since, start = (
        (last.until, last.ends_on) if last else (None, _first_day(session, code, now - _BACK[kind]))
    )
    if start is None:
        return None
    period = closing_period(kind, start, rule_for(session, code, start))
    # After another rule the first period may begin within one of its own.
    period = Period(kind, start if last else period.start, period.end)
    return Next(period, since, may_close(period, now, zone))


def close(
    session: Session,
    code: str,
    kind: PeriodKind,
    starts_on: date,
    user: UserAccount | None,
    now: datetime,
) -> ReportPack:
    """Close the period of a division that begins on a day, and put its pack away.

    What is open rolls over into the next one. Of two who close the same period at once exactly
    one does; the other is told.

    Raises
    ------
    Conflict
        It is closed already.
    NotAllowed
        The division lies outside the account's area.
    RuleViolation
        It is not the next one, or its last day has not come.
    """
    if user is not None:
        _require_own(user, code)
    _one_at_a_time(session, code)
    closed = session.scalars(
        select(ReportPack).filter_by(division_code=code, kind=kind, starts_on=starts_on)
    ).first()
    if closed is not None:
        raise Conflict(
            f"The period from {starts_on} was closed at {closed.closed_at:%Y-%m-%d %H:%M} UTC:"
            " look at its pack.",
            [closed.id],
        )
    coming = next_of(session, code, kind, now)
    if coming is None or coming.period.start != starts_on:
        raise RuleViolation(f"No period of {code} that begins on {starts_on} is open.", [starts_on])
    if not coming.open:
        raise RuleViolation(
            f"The period ends on {coming.period.last_day}: close it on that day or later.",
            [starts_on],
        )
    made = _put_away(session, code, coming, user, now)
    record(session, user, "cycle.close", f"{code} {kind.value} {starts_on}")
    return made


def close_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Close every period whose last day is over, each in its own transaction; safe to repeat."""
    with sessions() as session:
        codes = offices(session, Scope(("",)))
    count = 0
    for code in (one.code for one in codes):
        with sessions.begin() as session:
            count += close_due_of(session, code, now)
    return count


def close_due_of(session: Session, code: str, now: datetime) -> int:
    """Close what is due of one division, the earliest first; says how many periods."""
    zone, count = office_zone(session), 0
    for kind in CLOSED:
        coming = next_of(session, code, kind, now)
        if coming is None or not is_due(coming.period, now, zone):
            continue
        _one_at_a_time(session, code)
        while (coming := next_of(session, code, kind, now)) and is_due(coming.period, now, zone):
            _put_away(session, code, coming, None, now)
            count += 1
    return count


def offices(session: Session, scope: Scope) -> list[Division]:
    """Return the divisions of a scope that close periods, in order of code."""
    query = select(Division).where(Division.digits == OFFICE_DIGITS, below(Division.code, scope))
    return list(session.scalars(query.order_by(Division.code)))


def packs(session: Session, code: str, kind: PeriodKind | None = None) -> list[ReportPack]:
    """Return the packs of a division, newest first."""
    query = select(ReportPack).where(ReportPack.division_code == code)
    if kind is not None:
        query = query.where(ReportPack.kind == kind)
    return list(session.scalars(query.order_by(ReportPack.until.desc(), ReportPack.kind)))


def packs_in(
    session: Session,
    scope: Scope,
    kind: PeriodKind | None = None,
    *,
    before: int | None = None,
    limit: int = 100,
) -> list[ReportPack]:
    """Return the packs of every office in a scope without their figures, newest first."""
    query = select(ReportPack).where(below(ReportPack.division_code, scope, OFFICE_DIGITS))
    if kind is not None:
        query = query.where(ReportPack.kind == kind)
    if before is not None:
        query = query.where(ReportPack.id < before)
    told = query.options(defer(ReportPack.figures), defer(ReportPack.names))
    return list(session.scalars(told.order_by(ReportPack.id.desc()).limit(limit)))


def pack(session: Session, number: int, scope: Scope) -> ReportPack:
    """Return a pack of an office that a scope covers.

    Raises
    ------
    NotFound
        There is none of that number, or not for this scope.
    """
    found = session.get(ReportPack, number)
    if found is None or not scope.covers(found.division_code):
        raise NotFound(f"There is no report pack {number}.", [number])
    return found


def counted_again(session: Session, archived: ReportPack) -> str:
    """Count an archived pack anew from the records, as of its own instant, written canonically."""
    codes = list(archived.names)
    again = Stretch(
        archived.kind, archived.starts_on, archived.ends_on, archived.since, archived.until
    )
    return canonical(
        figures(session, sorted(codes, key=len), again, archived.as_of, office_zone(session))
    )


def read(archived: ReportPack) -> dict[str, Any]:
    """Return the figures of a pack as `gridsvc.reports.pack_figures.figures` gave them."""
    found: dict[str, Any] = json.loads(archived.figures)
    return found


def _put_away(
    session: Session, code: str, coming: Next, user: UserAccount | None, now: datetime
) -> ReportPack:
    zone = office_zone(session)
    period = stretch(coming.period, coming.since, now, zone)
    parts = _parts(session, code)
    counted = figures(session, [one.code for one in parts], period, now - SETTLING, zone)
    made = ReportPack(
        division_code=code,
        kind=period.kind,
        starts_on=period.start,
        ends_on=period.end,
        since=period.since,
        until=period.until,
        as_of=now - SETTLING,
        closed_at=now,
        closed_by=user.id if user else None,
        figures=canonical(counted),
        names={one.code: [one.name, one.name_en] for one in parts},
    )
    session.add(made)
    session.flush()
    return made


def _parts(session: Session, code: str) -> Sequence[Division]:
    lower = Division.digits == _COMMUNITY_DIGITS
    query = select(Division).where(
        (Division.code == code) | (lower & below(Division.code, Scope((code,))))
    )
    return session.scalars(query.order_by(Division.digits, Division.code)).all()


def _first_day(session: Session, code: str, back: datetime) -> date | None:
    """Return the day of the first record of a division since an instant."""
    first = session.scalar(
        text(
            """select least(
                 (select min(received_at) from gridsvc.incident
                  where coalesce(grid_code, division_code) like :below and received_at >= :back),
                 (select min(recorded_at) from gridsvc.visit
                  where grid_code like :below and recorded_at >= :back))"""
        ),
        {"below": f"{code}%", "back": back},
    )
    return first.astimezone(office_zone(session)).date() if first else None


def _one_at_a_time(session: Session, code: str) -> None:
    key = func.hashtextextended(f"cycle:{code}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def _require_own(user: UserAccount, code: str) -> None:
    if not user.scope.covers(code):
        raise NotAllowed("These periods belong to another office.", [code])
