"""Two people for a former map as for a new one: a planner asks, the street office says yes or no.

The office's yes puts the map in force at once, so that a mistake is mended in seconds; what the
office saw is what is done (docs/decisions/0023-publishing.md).
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.grids.queries import below
from gridsvc.plans.publishing import telling
from gridsvc.plans.publishing.decisions import rollback
from gridsvc.plans.publishing.decisions.conditions import Asked, require_seen
from gridsvc.plans.publishing.in_force.publication import one_at_a_time
from gridsvc.plans.publishing.models import Publication, RollbackRequest
from gridsvc.plans.publishing.rules import RollbackDecision


def ask(
    session: Session,
    scope: str,
    restores_on: date,
    effective_on: date,
    asked: Asked,
    reason: str,
) -> RollbackRequest:
    """Ask the street office that a division has the grids of a former day again.

    Raises
    ------
    NotFound, RuleViolation, Conflict
        As `rollback.put_back`; and ``Conflict`` where such a wish of this division waits already.
    """
    one_at_a_time(session)
    _, change = rollback.drawn(session, scope, restores_on, effective_on, asked)
    waits = session.scalar(
        select(RollbackRequest.id).where(
            RollbackRequest.scope_code == scope, RollbackRequest.decision.is_(None)
        )
    )
    if waits is not None:
        raise Conflict(f"Request {waits} to put back a map of {scope} waits already.", [waits])
    if change.before.empty and change.after.empty:
        raise Conflict("This map is the one in force: there is nothing to publish.")
    _, seen = rollback.tables(session, change, restores_on, asked.now)
    made = RollbackRequest(
        scope_code=scope,
        restores_on=restores_on,
        effective_on=effective_on,
        reason=reason,
        asked_by_id=asked.user.id,
        asked_at=asked.now,
        seen=seen,
    )
    session.add(made)
    session.flush()
    record(session, asked.user, "plan.rollback_ask", scope, {"request": made.id, "reason": reason})
    telling.rollback_asked(session, made)
    return made


def approve(session: Session, number: int, asked: Asked) -> Publication:
    """Put the former map in force, by the word of somebody else than who asked for it.

    It holds from the day that was asked for, or from today where that day has passed.

    Raises
    ------
    NotFound
        There is no such request in the area.
    RuleViolation
        It is decided already, or one's own.
    Conflict
        Other people look after the grids than the office saw, or a newer map came since.
    """
    one_at_a_time(session)
    wish = _waiting(session, number, asked)
    if wish.asked_by_id == asked.user.id:
        raise RuleViolation("Somebody else has to agree to what you asked for.", [number])
    on = max(wish.effective_on, asked.today - timedelta(days=asked.days_back))
    _, change = rollback.drawn(session, wish.scope_code, wish.restores_on, on, asked)
    _, found = rollback.tables(session, change, wish.restores_on, asked.now)
    require_seen(wish.seen, found)
    made = rollback.put_back(session, wish.scope_code, wish.restores_on, on, asked, wish.reason)
    wish.publication_id = made.id
    _decide(session, wish, asked, RollbackDecision.APPROVED, None)
    return made


def refuse(session: Session, number: int, asked: Asked, answer: str) -> RollbackRequest:
    """Say no, and why.

    Raises
    ------
    NotFound, RuleViolation
        As `approve`.
    """
    return _decide(
        session, _waiting(session, number, asked), asked, RollbackDecision.REFUSED, answer
    )


def withdraw(session: Session, number: int, asked: Asked) -> RollbackRequest:
    """Take a wish back that is not decided, one's own or that of another planner of the area.

    Raises
    ------
    NotFound, RuleViolation
        As `approve`.
    """
    return _decide(
        session, _waiting(session, number, asked), asked, RollbackDecision.WITHDRAWN, None
    )


def requests(
    session: Session, scope: Scope, within: str = "", *, waiting: bool = False, limit: int = 100
) -> list[RollbackRequest]:
    """Return the newest requests that concern a viewer's scope, all or those that wait."""
    table, inside = RollbackRequest, scope.narrowed(within)
    query = select(table).where(
        or_(
            below(table.scope_code, inside),
            *(func.starts_with(prefix, table.scope_code) for prefix in inside.prefixes),
        )
    )
    if waiting:
        query = query.where(table.decision.is_(None))
    return list(session.scalars(query.order_by(table.id.desc()).limit(limit)))


def _waiting(session: Session, number: int, asked: Asked) -> RollbackRequest:
    wish = session.get(RollbackRequest, number, with_for_update={"of": RollbackRequest})
    if wish is None or not asked.user.scope.covers(wish.scope_code):
        raise NotFound(f"There is no request {number} to put a map back.", [number])
    if wish.decision is not None:
        raise RuleViolation(f"Request {number} has been answered or taken back already.", [number])
    return wish


def _decide(
    session: Session,
    wish: RollbackRequest,
    asked: Asked,
    decision: RollbackDecision,
    answer: str | None,
) -> RollbackRequest:
    wish.decision, wish.decided_by_id, wish.decided_at = decision, asked.user.id, asked.now
    wish.answer = answer
    session.flush()
    user: UserAccount = asked.user
    record(session, user, f"plan.rollback_{decision.value}", wish.scope_code, {"request": wish.id})
    telling.rollback_answered(session, wish)
    return wish
