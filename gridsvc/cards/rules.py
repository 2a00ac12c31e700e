"""Kinds of cards, their paper, and how far a printing is; plain values alone."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

#: Grids that one PDF of a printing holds at most: what a laser printer is fed in one go.
PART_GRIDS = 20
#: Copies of a card in one printing; more is work for a printer's shop, which takes one PDF.
MOST_COPIES = 500
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


def parts(codes: Iterable[str], most: int = PART_GRIDS) -> list[tuple[str, ...]]:
    """Part grids by community, so that each community gets a file of its own, or several.

    Parameters
    ----------
    codes : iterable of str
        Grid codes of 15 digits, in any order.
    most : int
        Grids that a part holds at most.

    Examples
    --------
    >>> parts(["520302001001001", "520302001002001", "520302001001002"])
    [('520302001001001', '520302001001002'), ('520302001002001',)]
    """
    communities: dict[str, list[str]] = defaultdict(list)
    for code in sorted(codes):
        communities[code[:12]].append(code)
    return [
        tuple(own[first : first + most])
        for own in communities.values()
        for first in range(0, len(own), most)
    ]
