"""Kinds of cards, their paper, and how far a printing is; plain values alone."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

#: Pages and grids that one PDF of a printing holds at most: a worker sets it in seconds, and a
#: printer is fed it in one go.
PART_PAGES, PART_GRIDS = 40, 20
#: Copies of a card in one printing; more is work for a printer's shop, which takes one PDF.
MOST_COPIES = 100
#: A part takes seconds; a worker that has said nothing for so long is lost, and another goes on.
LOST_AFTER = timedelta(minutes=3)
#: Prints can be made anew at any time, so they are not kept for longer.
KEPT = timedelta(days=7)


class CardKind(enum.StrEnum):
    """What is handed out to a household, or hung up."""

    CONTACT = "contact"
    SERVICE = "service"
    POSTER = "poster"


class Paper(enum.StrEnum):
    """The paper of a poster; cards are cut from A4."""

    A4 = "a4"
    A3 = "a3"


class OrderState(enum.StrEnum):
    """How far a printing is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (OrderState.WAITING, OrderState.RUNNING)


#: Cards of a kind on a page: 90 x 54 mm ten times, and A5 twice.
PER_PAGE = {CardKind.CONTACT: 10, CardKind.SERVICE: 2, CardKind.POSTER: 1}


def pages(kind: CardKind, copies: int) -> int:
    """Return how many pages the copies of one grid fill.

    Examples
    --------
    >>> pages(CardKind.CONTACT, 12)
    2
    """
    return -(-copies // PER_PAGE[kind])


def parts(codes: Iterable[str], pages_each: int = 1) -> list[tuple[str, ...]]:
    """Part grids by community, so that each community gets a file of its own, or several.

    Parameters
    ----------
    codes : iterable of str
        Grid codes of 15 digits, in any order.
    pages_each : int
        Pages that each grid fills.

    Examples
    --------
    >>> parts(["520302001001001", "520302001002001", "520302001001002"])
    [('520302001001001', '520302001001002'), ('520302001002001',)]
    """
    most = min(max(PART_PAGES // pages_each, 1), PART_GRIDS)
    communities: dict[str, list[str]] = defaultdict(list)
    for code in sorted(codes):
        communities[code[:12]].append(code)
    return [
        tuple(own[first : first + most])
        for own in communities.values()
        for first in range(0, len(own), most)
    ]
