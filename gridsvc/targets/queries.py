"""Reads of targets: what holds on a day, and what was ever set."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.targets.models import Target
from gridsvc.targets.rules import TargetKind


def in_force(session: Session, kind: TargetKind, on: date) -> dict[str, int]:
    """Return the targets of a kind that hold on a day, by prefix; see `gridsvc.targets.rules`.

    Of one prefix the latest beginning counts, and of one day the line written last. Served by
    ``ix_target_kind_valid_from``.
    """
    rows = session.scalars(
        select(Target)
        .where(Target.kind == kind, Target.valid_from <= on)
        .order_by(Target.valid_from, Target.id)
    )
    return {line.prefix: line.value for line in rows}


def ever_set(
    session: Session, kinds: tuple[TargetKind, ...], scope: Scope
) -> list[tuple[Target, str | None]]:
    """Return every line that concerns a scope, newest first, with who wrote it."""
    concerned = [
        part
        for prefix in scope.prefixes
        for part in (
            Target.prefix.startswith(prefix),
            Target.prefix.in_([prefix[:n] for n in range(len(prefix) + 1)]),
        )
    ]
    query = (
        select(Target, UserAccount.username)
        .outerjoin(UserAccount, UserAccount.id == Target.made_by)
        .where(Target.kind.in_(kinds), or_(*concerned))
        .order_by(Target.id.desc())
    )
    return [(line, who) for line, who in session.execute(query)]
