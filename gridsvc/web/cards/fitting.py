"""Cards made to fit: a second side, then smaller type, and only then fewer entries, said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any

from gridsvc.web import pdf

#: Type is set smaller step by step before anything is left out; nothing below six points, which
#: is the least that printers of telephone books used.
TYPE, LEAST_PT = (1.0, 0.9, 0.8), 6.0

#: Writes cards as a page of ours: how many entries of its list each shows, and the type's size.
Writer = Callable[[Mapping[str, int], float], str]


def fitted(entries: Mapping[str, int], written: Writer, most: int) -> tuple[Any, list[int]]:
    """Set cards so that none has more than so many sides.

    A card whose entries are all left out and that still does not fit keeps every side: names and
    numbers are never cut off.

    Parameters
    ----------
    entries : mapping
        Card, which is the ``id`` of its article, to the length of its list; an entry's ``id`` is
        that of the card, ``-`` and a number.

    Returns
    -------
    weasyprint.Document
        The sides of all cards, in the order of ``entries``.
    list of int
        How many sides each has.
    """
    done: dict[str, list[Any]] = {}
    waiting = dict(entries)
    for size in chain(TYPE, repeat(TYPE[-1])):
        document = pdf.typeset(written(waiting, size))
        for card, sides in _sides(document, waiting).items():
            if len(sides) <= most or (size == TYPE[-1] and not waiting[card]):
                done[card] = sides
                del waiting[card]
            elif size == TYPE[-1]:
                found = sum(one.startswith(f"{card}-") for side in sides[:most]
                            for one in side.anchors)  # fmt: skip
                waiting[card] = min(waiting[card] - 1, found)
        if not waiting:
            pages = [side for card in entries for side in done[card]]
            return document.copy(pages), [len(done[card]) for card in entries]
    raise AssertionError  # pragma: no cover  the sizes never end


def _sides(document: Any, cards: Mapping[str, int]) -> dict[str, list[Any]]:
    """Part the pages by card; each begins on a page of its own."""
    sides: dict[str, list[Any]] = {}
    own: list[Any] = []
    for page in document.pages:
        card = next((one for one in page.anchors if one in cards and one not in sides), None)
        if card is not None:
            own = sides[card] = []
        own.append(page)
    return sides
