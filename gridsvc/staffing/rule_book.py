"""The rules of composition as data: which holds where on a day, who set it and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.errors import RuleViolation
from gridsvc.staffing.models import CompositionRule
from gridsvc.staffing.rules import USUAL, Composition, Seat, Source, composition_fault


@dataclass(frozen=True)
class RuleBook:
    """The rules of a day by prefix; the longest prefix that holds a code decides."""

    rules: dict[str, Composition]

    def of(self, code: str) -> Composition:
        """Return the rule of a division or grid."""
        holding = [prefix for prefix in self.rules if code.startswith(prefix)]
        return self.rules[max(holding, key=len)] if holding else USUAL

    def fewest(self, codes: list[str]) -> list[int]:
        """Return how many posts a complete team has at least, grid by grid."""
        if not self.rules:
            return [USUAL.team[0]] * len(codes)
        return [self.of(code).team[0] for code in codes]


def rule_book(session: Session, on: date, as_of: datetime | None = None) -> RuleBook:
    """Read the rules that hold on a day, as known at an instant; what was set last wins."""
    query = select(CompositionRule).where(CompositionRule.valid_from <= on)
    if as_of is not None:
        query = query.where(CompositionRule.set_at <= as_of)
    ordered = query.order_by(CompositionRule.valid_from, CompositionRule.id)
    return RuleBook({one.prefix: composition_of(one) for one in session.scalars(ordered)})


def composition_of(row: CompositionRule) -> Composition:
    """Return a row as the rule that it is."""
    seats = tuple(
        Seat(tuple(Source(one) for one in seat["sources"]), bool(seat["villages"]))
        for seat in row.seats
    )
    return Composition((row.team_min, row.team_max), (row.branch_min, row.branch_max), seats)


def set_rule(
    session: Session,
    prefix: str,
    rule: Composition,
    valid_from: date,
    *,
    by: UserAccount | None,
    now: datetime,
    today: date,
) -> CompositionRule:
    """Let a rule hold below a prefix from a day on; what was set before stays in the history.

    Raises
    ------
    RuleViolation
        ``reason`` is ``past_day``, ``outside`` (the account answers for another area) or what
        `composition_fault` says.
    """
    fault = composition_fault(rule)
    if valid_from < today:
        fault = "past_day"
    elif by is not None and not by.scope.covers(prefix):
        fault = "outside"
    if fault:
        refusal = RuleViolation(f"The rule of {prefix or 'everywhere'} cannot be set: {fault}.")
        refusal.reason = fault
        raise refusal
    row = CompositionRule(
        prefix=prefix,
        valid_from=valid_from,
        team_min=rule.team[0],
        team_max=rule.team[1],
        branch_min=rule.branch[0],
        branch_max=rule.branch[1],
        seats=[
            {"sources": [one.value for one in seat.sources], "villages": seat.villages}
            for seat in rule.seats
        ],
        set_at=now,
        set_by_id=by.id if by else None,
    )
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True)
class RuleSet:
    """A rule as it was set once; ``by`` is an account's title or name, None: the service."""

    prefix: str
    valid_from: date
    rule: Composition
    set_at: datetime
    by: str | None


def rules_set(session: Session, scope: Scope, *, limit: int = 50) -> list[RuleSet]:
    """List the rules that touch a scope, those set last first."""
    rows: list[Any] = list(
        session.execute(
            select(CompositionRule, UserAccount)
            .outerjoin(UserAccount, UserAccount.id == CompositionRule.set_by_id)
            .order_by(CompositionRule.set_at.desc(), CompositionRule.id.desc())
        )
    )
    found = [
        RuleSet(
            row.prefix,
            row.valid_from,
            composition_of(row),
            row.set_at,
            (by.title or by.username) if by else None,
        )
        for row, by in rows
        if scope.touches(row.prefix)
    ]
    return found[:limit]
