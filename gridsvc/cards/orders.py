"""Printings of many grids: asked for, done part by part by a worker, cancelled, booked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from sqlalchemy import Select, delete, func, insert, or_, select
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.cards.models import CardIssue, CardOrder, CardPart
from gridsvc.cards.rules import (
    KEPT,
    LOST_AFTER,
    MOST_COPIES,
    UNDER_WAY,
    CardKind,
    OrderState,
    Paper,
    pages,
    parts,
)
from gridsvc.errors import BadInput, Conflict, GridsvcError, NotFound
from gridsvc.grids.models import Division
from gridsvc.grids.queries import grids_on
from gridsvc.grids.rules import GridKind

Sessions = sessionmaker[Session]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Print:
    """What is printed: of each grid so many copies, in a language, with codes to an address.

    An empty ``base_url`` means cards without a code.
    """

    kind: CardKind
    paper: Paper
    copies: int
    base_url: str
    language: str


#: Sets some grids of one printing as a PDF, with a session of its own to read from.
Setter = Callable[[Session, Print, tuple[str, ...]], bytes]


def ask(
    session: Session,
    wanted: Print,
    *,
    scope: Scope,
    within: str,
    by: UserAccount,
    on: date,
    now: datetime,
) -> CardOrder:
    """Leave a printing of the residential grids of a scope to a worker.

    Raises
    ------
    BadInput
        The copies are out of bounds.
    NotFound
        There is no grid.
    Conflict
        A printing of this account is under way.
    """
    if not 1 <= wanted.copies <= MOST_COPIES:
        raise BadInput(f"Copies must be from 1 to {MOST_COPIES}.", ["copies"])
    # Two forms sent at once would both see nothing under way.
    session.get(UserAccount, by.id, with_for_update=True)
    under_way = select(CardOrder.id).where(
        CardOrder.asked_by_id == by.id, CardOrder.state.in_(UNDER_WAY)
    )
    if other := session.scalar(under_way):
        raise Conflict(f"Printing {other} is under way: wait for it, or cancel it.", [other])
    grids = grids_on(session, scope.narrowed(within), on)
    codes = list(grids.index[grids["kind"] == GridKind.RESIDENTIAL])
    if not codes:
        raise NotFound("There is no grid here to print for.", [within])
    made = CardOrder(
        kind=wanted.kind,
        paper=wanted.paper,
        copies=wanted.copies,
        grid_codes=codes,
        within=within,
        base_url=wanted.base_url,
        language=wanted.language,
        state=OrderState.WAITING,
        done=0,
        asked_by_id=by.id,
        asked_at=now,
    )
    session.add(made)
    session.flush()
    _forget_old(session, now)
    record(session, by, "cards.print", str(made.id), {"grids": len(codes), "kind": wanted.kind})
    return made


def _forget_old(session: Session, now: datetime) -> None:
    old = select(CardOrder.id).where(CardOrder.finished_at < now - KEPT)
    session.execute(delete(CardPart).where(CardPart.order_id.in_(old)))


def orders(session: Session, by: UserAccount, limit: int) -> list[CardOrder]:
    """Return the printings of an account, the newest first."""
    query = select(CardOrder).where(CardOrder.asked_by_id == by.id)
    return list(session.scalars(query.order_by(CardOrder.id.desc()).limit(limit)))


def order_of(session: Session, number: int, scope: Scope, *, lock: bool = False) -> CardOrder:
    """Return a printing of grids that all lie in a scope.

    Raises
    ------
    NotFound
        The scope has no such printing.
    """
    found = session.get(CardOrder, number, with_for_update=lock or None)
    if found is None or not all(map(scope.covers, found.grid_codes)):
        raise NotFound(f"There is no printing {number} of yours.", [number])
    return found


def cancel(session: Session, order: CardOrder, now: datetime) -> None:
    """Stop a printing and throw its parts away; one that has ended stays as it is."""
    session.refresh(order, with_for_update=True)
    if order.state in UNDER_WAY:
        order.state, order.finished_at = OrderState.CANCELLED, now
        session.execute(delete(CardPart).where(CardPart.order_id == order.id))
        session.flush()


def book(session: Session, order: CardOrder, by: UserAccount, on: date, now: datetime) -> None:
    """Count a printing's copies as given out, once.

    Raises
    ------
    Conflict
        It is not done, or was counted before.
    """
    session.refresh(order, with_for_update=True)
    if order.state is not OrderState.DONE or order.booked_at is not None:
        raise Conflict("It is not printed yet, or was counted before.", [order.id])
    row = {"kind": order.kind, "issued_on": on, "number": order.copies, "order_id": order.id,
           "recorded_by_id": by.id}  # fmt: skip
    session.execute(insert(CardIssue), [row | {"grid_code": code} for code in order.grid_codes])
    order.booked_at = now
    session.flush()
    record(session, by, "cards.issued", f"printing {order.id}", {"grids": len(order.grid_codes)})


def waiting(session: Session, now: datetime) -> bool:
    """Tell whether a printing waits for a worker."""
    return session.scalar(select(_open(now).exists())) or False


def work_part(sessions: Sessions, set_part: Setter, now: datetime) -> bool:
    """Set the next part of the oldest printing; return False when nothing waits.

    Each part is claimed and kept in transactions of its own: memory holds one part, a cancelled
    printing stops within a part, and a lost worker costs no more than its part.
    """
    with sessions.begin() as session:
        order = session.scalar(_open(now).limit(1).with_for_update(skip_locked=True))
        if order is None:
            return False
        order.state, order.beat_at = OrderState.RUNNING, now
        order_id, wanted = order.id, _print(order)
        counted = select(func.count()).where(CardPart.order_id == order_id)
        number = session.scalar(counted) or 0
        codes = parts(order.grid_codes, pages(order.kind, order.copies))[number]
    try:
        with sessions() as session:
            pdf = set_part(session, wanted, codes)
        _keep(sessions, order_id, number, codes, pdf)
    except GridsvcError as refusal:
        _fail(sessions, order_id, refusal.message)
    except Exception:
        log.exception("card_part_failed", order=order_id, part=number)
        _fail(sessions, order_id, "Something broke on our side; print it again.")
    return True


def _open(now: datetime) -> Select[CardOrder]:
    free = or_(CardOrder.beat_at.is_(None), CardOrder.beat_at < now - LOST_AFTER)
    return select(CardOrder).where(CardOrder.state.in_(UNDER_WAY), free).order_by(CardOrder.id)


def _print(order: CardOrder) -> Print:
    return Print(order.kind, order.paper, order.copies, order.base_url, order.language)


def _keep(
    sessions: Sessions, order_id: int, number: int, codes: tuple[str, ...], pdf: bytes
) -> None:
    with sessions.begin() as session:
        order = session.get_one(CardOrder, order_id, with_for_update=True)
        kept = session.get(CardPart, (order_id, number))
        # Cancelled meanwhile, or done by another who thought us lost.
        if order.state is not OrderState.RUNNING or kept is not None:
            return
        community = session.get_one(Division, codes[0][:12])
        name = re.sub(r"[^\w-]", "", community.name)
        name = f"{community.code}-{name}-{codes[0][12:]}-{codes[-1][12:]}.pdf"
        session.add(CardPart(order_id=order_id, number=number, name=name, pdf=pdf))
        order.done += len(codes)
        order.beat_at = None
        if order.done == len(order.grid_codes):
            order.state, order.finished_at = OrderState.DONE, datetime.now(UTC)


def _fail(sessions: Sessions, order_id: int, why: str) -> None:
    with sessions.begin() as session:
        order = session.get_one(CardOrder, order_id, with_for_update=True)
        if order.state is OrderState.RUNNING:
            order.state, order.error, order.finished_at = OrderState.FAILED, why, datetime.now(UTC)
            session.execute(delete(CardPart).where(CardPart.order_id == order_id))
