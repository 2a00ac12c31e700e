"""Accounts whose area is a single grid go along when it is merged away, renumbered or split.

Else a leader would keep a code that is no more, and see nothing the next morning. What is decided
here for a draft is what the reviewer sees; on the day the same is done, each account once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.services import record
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.change.handover import NOBODY, Staffing
from gridsvc.plans.publishing.models import Publication, ScopeMove


@dataclass(frozen=True)
class Going:
    """That an account gets a grid after another one; ``leaves``: the other is its own no more."""

    account: UserAccount
    from_code: str
    to_code: str
    leaves: bool


def successors(
    change: Change, before: Staffing, after: Staffing
) -> dict[str, tuple[bool, list[str]]]:
    """Tell of each grid that changes whether it ends, and which grids come after it.

    One that ends is followed by the grid that gets most of its households. A new grid follows the
    one that gives it most, where the same team goes on looking after it.

    Returns
    -------
    dict
        Code → whether it ends, and the codes that follow; those that go on alone are left out.
    """
    found = {}
    new = [code for code in change.after.index if code not in change.before.index]
    for code in change.before.index:
        ends = code not in change.after.index
        heir = change.heirs.get(code)
        follow = [heir] if ends and heir and heir != code else []
        team = before.get(code, NOBODY).team
        for other in new:
            same = team is not None and after.get(other, NOBODY).team == team
            if same and change.givers.get(other) == code and other not in follow:
                follow.append(other)
        if follow:
            found[code] = (ends, follow)
    return found


def going(
    session: Session, change: Change, before: Staffing, after: Staffing, *, back: bool = False
) -> list[Going]:
    """Work out which accounts get which grids when a map begins to hold.

    With ``back``, as a former map does, accounts that had gone along from a grid that comes back
    return to it as well.
    """
    follow = successors(change, before, after)
    rows = session.execute(
        select(UserAccount, UserScope.prefix)
        .join(UserScope, UserScope.user_id == UserAccount.id)
        .where(UserScope.prefix.in_(list(follow)))
        .order_by(UserScope.prefix, UserAccount.username)
    ).all()
    found = [
        Going(account, code, to_code, follow[code][0])
        for account, code in rows
        for to_code in follow[code][1]
    ]
    if not back:
        return found
    known = {(one.account.id, one.to_code) for one in found}
    returning = _returning(session, change)
    return found + [one for one in returning if (one.account.id, one.to_code) not in known]


def _returning(session: Session, change: Change) -> Iterator[Going]:
    """Find who had gone along from a grid that now comes back, and is still where he went."""
    begins = [code for code in change.after.index if code not in change.before.index]
    last = (
        select(ScopeMove.user_id, ScopeMove.from_code, ScopeMove.to_code, ScopeMove.gains)
        .where(ScopeMove.from_code.in_(begins), ScopeMove.leaves)
        .ext(distinct_on(ScopeMove.user_id, ScopeMove.from_code))
        .order_by(ScopeMove.user_id, ScopeMove.from_code, ScopeMove.publication_id.desc())
    )
    for user_id, was, now, gained in session.execute(last).all():
        account = session.get_one(UserAccount, user_id)
        prefixes = {one.prefix for one in account.scopes}
        if was not in prefixes and (now in prefixes or not gained):
            yield Going(account, now, was, gained)


def table(found: list[Going]) -> list[dict[str, Any]]:
    """Give the accounts that go along as plain values, for the reviewer: posts, not names."""
    return [
        {
            "account": one.account.username,
            "title": one.account.title,
            "role": one.account.role.value,
            "grid_from": one.from_code,
            "grid_to": one.to_code,
            "leaves": one.leaves,
        }
        for one in found
    ]


def move(session: Session, made: Publication, found: list[Going], now: datetime) -> int:
    """Let accounts go along on the day, each once for a publication, with a line of the audit log.

    Returns
    -------
    int
        How many lines were written.
    """
    count = 0
    for one in found:
        prefixes = set(
            session.scalars(select(UserScope.prefix).where(UserScope.user_id == one.account.id))
        )
        gains = not any(one.to_code.startswith(prefix) for prefix in prefixes - {one.from_code})
        row = {
            "publication_id": made.id,
            "user_id": one.account.id,
            "from_code": one.from_code,
            "to_code": one.to_code,
            "leaves": one.leaves,
            "gains": gains,
            "at": now,
        }
        query = insert(ScopeMove).values(row).on_conflict_do_nothing()
        if session.scalar(query.returning(ScopeMove.user_id)) is None:
            continue
        count += 1
        if one.leaves:
            mine = (UserScope.user_id == one.account.id, UserScope.prefix == one.from_code)
            session.execute(delete(UserScope).where(*mine))
        if gains:
            session.add(UserScope(user_id=one.account.id, prefix=one.to_code))
        session.flush()
        session.expire(one.account, ["scopes"])
        detail = {name: row[name] for name in ("from_code", "to_code", "leaves")}
        record(session, None, "scope.move", one.account.username, detail | {"publication": made.id})
    return count
