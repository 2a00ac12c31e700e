"""Zones for all grids of an area: tried out, then made by a worker grid by grid, until stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, delete, exists, func, insert, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import Conflict, GridsvcError, NotFound
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.zones.bulk import grids_to_zone
from gridsvc.zones.contacts import share_out
from gridsvc.zones.models import ZoneOrder, ZoneOrderGrid
from gridsvc.zones.queries import zones_on
from gridsvc.zones.services import renew

log = structlog.get_logger(__name__)

#: Why a grid was left out where the refusal itself has no word for it.
FAULT = "fault"
# lock_not_available, deadlock_detected
_BUSY = {"55P03", "40P01"}


@dataclass(frozen=True)
class Totals:
    """What an order came to so far; ``done`` counts grids, ``left_out`` those without zones.

    ``kept``, ``made``, ``given`` and ``wrong`` count zones: those that stay, the new ones, those
    that got a contact, and those of too few or too many households.
    """

    done: int
    left_out: int
    households: int
    left_over: int
    kept: int
    made: int
    given: int
    wrong: int
    waits: bool


def ask(
    session: Session, scope: Scope, *, trial: bool, by: UserAccount, now: datetime
) -> ZoneOrder:
    """Leave the zones of all residential grids of a scope to a worker.

    Raises
    ------
    Conflict
        An order of this account is under way; ``ids`` name it.
    NotFound
        There is no residential grid.
    """
    # Two forms sent at once would both see nothing under way.
    session.get(UserAccount, by.id, with_for_update=True)
    mine = select(ZoneOrderGrid.order_id).join(ZoneOrder).where(ZoneOrder.asked_by_id == by.id)
    if other := session.scalar(mine.where(ZoneOrderGrid.done_at.is_(None)).limit(1)):
        raise Conflict(f"Zones are being made by order {other}: wait for it, or stop it.", [other])
    codes = grids_to_zone(session, scope, now.astimezone(office_zone(session)).date())
    if not codes:
        raise NotFound("There is no residential grid here to make zones for.", scope.prefixes)
    made = ZoneOrder(
        prefixes=list(scope.prefixes),
        trial=trial,
        grids=len(codes),
        asked_by_id=by.id,
        asked_at=now,
    )
    session.add(made)
    session.flush()
    rows = [{"order_id": made.id, "grid_code": code} for code in codes]
    session.execute(insert(ZoneOrderGrid), rows)
    if not trial:
        record(session, by, "zones.order", str(made.id), {"in": made.prefixes, "grids": len(codes)})
    return made


def order_of(session: Session, number: int, scope: Scope) -> ZoneOrder:
    """Return an order whose whole area lies in a scope.

    Raises
    ------
    NotFound
        The scope has no such order.
    """
    found = session.get(ZoneOrder, number)
    if found is None or not all(map(scope.covers, found.prefixes)):
        raise NotFound(f"There is no order {number} of yours.", [number])
    return found


def newest(session: Session, by: UserAccount) -> ZoneOrder | None:
    """Return the last order of an account."""
    query = select(ZoneOrder).where(ZoneOrder.asked_by_id == by.id)
    return session.scalar(query.order_by(ZoneOrder.id.desc()).limit(1))


def stop(session: Session, order: ZoneOrder, now: datetime) -> None:
    """Take out the grids that wait; those that are done stay as they are, each whole.

    Waits for the grid that a worker is at. An order that has ended stays as it is.
    """
    session.refresh(order, with_for_update=True)
    waiting = ZoneOrderGrid.done_at.is_(None) & (ZoneOrderGrid.order_id == order.id)
    gone = session.execute(delete(ZoneOrderGrid).where(waiting).returning(ZoneOrderGrid.grid_code))
    if gone.first() is not None:
        order.stopped_at = now
        session.flush()


def totals(session: Session, order: ZoneOrder) -> Totals:
    """Add up what was done of an order."""
    one = ZoneOrderGrid
    numbers = [one.households, one.left_over, one.kept, one.made, one.given]
    sums = [func.coalesce(func.sum(number), 0) for number in numbers]
    row = session.execute(
        select(
            func.count(one.done_at),
            func.count(one.reason),
            *sums,
            func.coalesce(func.sum(func.cardinality(one.faults)), 0),
            func.count() > func.count(one.done_at),
        ).where(one.order_id == order.id)
    ).one()
    values: tuple[Any, ...] = tuple(row)
    return Totals(*values)


def wanting(session: Session, order: ZoneOrder, limit: int) -> list[ZoneOrderGrid]:
    """List the grids that were left out, leave households over, or have zones out of the rule."""
    one = ZoneOrderGrid
    query = select(one).where(
        one.order_id == order.id,
        or_(one.reason.is_not(None), one.left_over > 0, func.cardinality(one.faults) > 0),
    )
    order_by = (one.reason.is_(None), one.left_over.desc(), one.grid_code)
    return list(session.scalars(query.order_by(*order_by).limit(limit)))


def waits(session: Session) -> bool:
    """Tell whether a grid waits for a worker."""
    return session.scalar(select(exists().where(ZoneOrderGrid.done_at.is_(None)))) or False


def work_grid(sessions: sessionmaker[Session], now: datetime) -> bool:
    """Do the next grid of the oldest order that no other worker is at.

    The claim is a lock on the order, and zones and progress are one transaction: a worker that is
    lost leaves its grid as it was, and waiting. False: none waits, or somebody is at work on its
    ground, such as a publication; ask again later.
    """
    claimed: tuple[int, str] | None = None
    try:
        with sessions.begin() as session:
            line = session.scalar(_next())
            if line is None:
                return False
            claimed = line.order_id, line.grid_code
            _work(session, line, now)
    except Exception as fault:
        if isinstance(fault, OperationalError) and getattr(fault.orig, "pgcode", None) in _BUSY:
            return False
        # Without a claim it is the database, and nothing was lost.
        if claimed is None:
            raise
        log.exception("zone_order_failed", order=claimed[0], grid=claimed[1])
        with sessions.begin() as session:
            failed = session.get(ZoneOrderGrid, claimed, with_for_update=True)
            if failed is not None:
                failed.done_at, failed.reason = now, FAULT
    return True


def _next() -> Select[ZoneOrderGrid]:
    """Lock line and order: the line may be done by the time that its order is free."""
    query = select(ZoneOrderGrid).join(ZoneOrder).where(ZoneOrderGrid.done_at.is_(None))
    ordered = query.order_by(ZoneOrderGrid.order_id, ZoneOrderGrid.grid_code).limit(1)
    return ordered.with_for_update(skip_locked=True)


def _work(session: Session, line: ZoneOrderGrid, now: datetime) -> None:
    """Make the zones of a grid; a trial makes them as well, reads them and takes them back."""
    order = session.get_one(ZoneOrder, line.order_id)
    by = session.get_one(UserAccount, order.asked_by_id)
    today, code = now.astimezone(office_zone(session)).date(), line.grid_code
    counted = session.scalar(
        select(GridBoundary.household_count).where(
            GridBoundary.grid_code == code, valid_on(GridBoundary, today)
        )
    )
    told: dict[str, object] = {"left_over": counted or 0}
    tried = session.begin_nested()
    try:
        done = renew(session, code, today, by=by, now=now, today=today)
        given = share_out(session, code, today, by=by, now=now)
        broken = zones_on(session, Scope((code,)), today, broken=True)
        told = {
            "households": done.households,
            "left_over": max((counted or 0) - done.households, 0),
            "kept": done.kept,
            "made": done.made,
            "given": given,
            "faults": [one.fault.value for one in broken if one.fault],
        }
    except GridsvcError as refusal:
        told["reason"] = refusal.reason or refusal.code
        tried.rollback()
    else:
        tried.rollback() if order.trial else tried.commit()
    for name, value in (told | {"done_at": now}).items():
        setattr(line, name, value)
