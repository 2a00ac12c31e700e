"""Write what a sheet asks for: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import AuditEntry, UserAccount
from gridsvc.errors import RuleViolation
from gridsvc.staffing.assigning import assign
from gridsvc.staffing.sheet.judged import Judged
from gridsvc.staffing.sheet.posts import load_posts

#: What the log calls a sheet that was loaded.
LOADED = "staffing.sheet"


@dataclass(frozen=True)
class Loaded:
    """How much was written; ``handed_over`` counts the grids that get another team."""

    rows: int
    made: int
    handed_over: int
    posts: int
    offered: int


def wait_for_others(session: Session) -> None:
    """Wait for whoever loads a sheet just now; to be called before a sheet to be loaded is judged.

    Two clerks who send one sheet at once would both be told that its teams are new.
    """
    key = func.hashtextextended("staffing sheet", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def load(session: Session, judged: Judged, by: UserAccount, now: datetime, today: date) -> Loaded:
    """Write a judged sheet: new teams and branches, duty phones, who looks after what, posts.

    Raises
    ------
    RuleViolation
        A row has a fault; nothing was written.
    """
    if judged.faults:
        rows = [one.number for one in judged.lines if one.faults]
        raise RuleViolation("Some rows are to be changed first; nothing was loaded.", rows)
    for parties in (judged.teams, judged.branches):
        session.add_all(one for code, one in parties.items() if code in judged.made)
    for line in judged.lines:
        if "team" in line.values and "phone" in line.values:
            judged.teams[line.values["team"]].duty_phone = line.values["phone"]
    session.flush()
    wishes = [*judged.wishes("team"), *judged.wishes("branch")]
    changed = assign(session, wishes, by, now)
    posts, offered = load_posts(session, judged, by, now, today)
    read = sum(not one.repeats for one in judged.lines)
    return Loaded(read, len(judged.made), changed, posts, offered)


def loads(
    session: Session, by: UserAccount, *, before: int | None = None, limit: int = 20
) -> list[AuditEntry]:
    """Return what the log has of the sheets that an account loaded, newest first.

    ``detail`` has the counts of `Loaded`, and ``from``: the first day of rows that named none.
    """
    query = select(AuditEntry).where(AuditEntry.user_id == by.id, AuditEntry.action == LOADED)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)))
