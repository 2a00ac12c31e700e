"""Who may decide on a draft, from when it may hold, and what open work goes with the ground."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import date, datetime, timedelta

from gridsvc.errors import RuleViolation
from gridsvc.incidents.rules import Kind, Status

#: Whoever takes a case over with less time left than this should be told before the day.
NEAR = timedelta(days=1)


class PublicationKind(enum.StrEnum):
    """How a version of the map came to be: from a draft, or a former version put back."""

    PLAN = "plan"
    ROLLBACK = "rollback"


class ReviewAction(enum.StrEnum):
    """A step on the way from a draft to its publication."""

    SUBMIT = "submit"
    RECALL = "recall"
    APPROVE = "approve"
    RETURN = "return"
    PUBLISH = "publish"


class RollbackDecision(enum.StrEnum):
    """What became of the wish to put a former version back."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LineageKind(enum.StrEnum):
    """What became of ground: kept its grid, or went to another one, and how that one began."""

    KEPT = "kept"
    SPLIT = "split"
    MERGED = "merged"
    SHIFTED = "shifted"
    RENUMBERED = "renumbered"


def lineage_kind(
    giver: str,
    taker: str,
    *,
    before: Collection[str],
    after: Collection[str],
    gives: Collection[str],
    takes: Collection[str],
) -> LineageKind:
    """Name what happened between two grids, of which one got ground of the other.

    Parameters
    ----------
    giver, taker : str
        Grid codes; the same one when ground stayed.
    before, after : collection of str
        The codes in force before and after.
    gives, takes : collection of str
        Whom the giver gave ground to, and whom the taker got ground from; themselves included.

    Examples
    --------
    >>> world = {"before": {"1"}, "after": {"1", "2"}}
    >>> lineage_kind("1", "2", gives={"1", "2"}, takes={"1"}, **world).value
    'split'
    """
    if giver == taker:
        return LineageKind.KEPT
    if taker in before:
        return LineageKind.SHIFTED if giver in after else LineageKind.MERGED
    if giver in after or len(gives) > 1:
        return LineageKind.SPLIT
    return LineageKind.RENUMBERED if len(takes) == 1 else LineageKind.MERGED


def require_day(effective_on: date, today: date, last_change: date | None, days_back: int) -> None:
    """Refuse a day from which a new map cannot hold.

    Today or later, or up to ``days_back`` days ago where the office allows it; and never before
    the last version of the same territory begins, whose days would be taken from it.

    Raises
    ------
    RuleViolation
        The day is too early.
    """
    if effective_on < today - timedelta(days=days_back):
        earliest = today - timedelta(days=days_back)
        raise RuleViolation(
            f"A map cannot hold from {effective_on}: choose {earliest} or later.",
            ["effective_on"],
        )
    if last_change is not None and effective_on < last_change:
        raise RuleViolation(
            f"The version in force or announced begins on {last_change}: a newer one cannot "
            f"hold from {effective_on} already.",
            ["effective_on"],
        )


def goes_along(kind: Kind, status: Status, lead: int | None, before: int | None) -> bool:
    """Tell whether the lead of an open case changes with the ground that it lies on.

    It does where the team that looked after the ground leads it, or nobody. A case that was given
    to another team stays with that team, and a wish with whoever has claimed it.

    Parameters
    ----------
    lead : int or None
        The team that leads the case.
    before : int or None
        The team that looked after the case's grid until the day.
    """
    if kind is Kind.WISH and status is Status.CLAIMED:
        return False
    return lead is None or lead == before


def is_near(due_at: datetime | None, now: datetime, begins: datetime) -> bool:
    """Tell whether a case is due less than a day after it is taken over, or overdue by then.

    Nobody takes over before the map begins to hold, nor before now where it began in the past.
    """
    return due_at is not None and due_at < max(now, begins) + NEAR
