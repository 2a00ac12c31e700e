"""Cards laid on sheets: each is drawn once in the file, and placed as often as it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pydyf

from gridsvc.cards.rules import CardKind, Paper

_PT_PER_MM = 72 / 25.4
# A cut mark; thinner lines break up on office printers.
_LINE_MM = 0.15


@dataclass(frozen=True)
class Sheet:
    """A sheet and the cards on it, edge to edge from the upper left one; mm.

    ``marks`` are lines to cut along, x and y of both ends from the upper left.
    """

    wide: float
    high: float
    columns: int = 1
    lines: int = 1
    card: tuple[float, float] | None = None
    left: float = 0.0
    top: float = 0.0
    marks: tuple[tuple[float, float, float, float], ...] = ()

    def place(self, number: int, side: int) -> tuple[float, float]:
        """Return the lower left corner of a place, in mm from that of the sheet.

        The paper is turned about its upright axis, so a back lies in the mirrored column.
        """
        wide, high = self.card or (self.wide, self.high)
        line, column = divmod(number, self.columns)
        if side % 2:
            column = self.columns - 1 - column
        return self.left + wide * column, self.high - self.top - high * (line + 1)


def sheet_of(kind: CardKind, paper: Paper) -> Sheet:
    """Return how cards of a kind lie on their sheet."""
    if kind is CardKind.POSTER:
        return Sheet(297.0, 420.0) if paper is Paper.A3 else Sheet(210.0, 297.0)
    if kind is CardKind.SERVICE:
        marks = ((148.5, 0.0, 148.5, 5.0), (148.5, 205.0, 148.5, 210.0))
        return Sheet(297.0, 210.0, 2, 1, (148.5, 210.0), marks=marks)
    # Ticks outside the cards, so that no line is left on one when the knife slips.
    upright = ((x, y, x, y + 5) for x in (15.0, 105.0, 195.0) for y in (6.5, 285.5))
    level = (
        (x, 13.5 + 54.0 * line, x + 5, 13.5 + 54.0 * line) for x in (8, 197) for line in range(6)
    )
    return Sheet(210.0, 297.0, 2, 5, (90.0, 54.0), 15.0, 13.5, (*upright, *level))


def write(document: Any, sheet: Sheet, sides: Sequence[int], copies: int) -> bytes:
    """Write cards as sheets.

    When one card has a back every sheet has one, empty or not, since a printer turns them all.

    Parameters
    ----------
    document : weasyprint.Document
        The sides of all cards, each a page.
    sides : sequence of int
        How many pages each card has.
    copies : int
        How often each is wanted.
    """

    def place_all(_document: Any, pdf: pydyf.PDF) -> None:
        drawn = _as_drawings(pdf)
        for own in sides:
            pages = [drawn.pop(0) for _ in range(own)]
            for left in range(copies, 0, -sheet.columns * sheet.lines):
                for side in range(max(sides)):
                    shown = pages[side] if side < own else None
                    count = min(left, sheet.columns * sheet.lines)
                    _add(pdf, sheet, shown, side, count)

    return bytes(document.write_pdf(finisher=place_all))


def _as_drawings(pdf: pydyf.PDF) -> list[pydyf.Stream]:
    """Turn the pages of a file into drawings that pages can show."""
    drawn = []
    for number in pdf.pages["Kids"][::3]:
        page = pdf.objects[number]
        stream = pdf.objects[int(page["Contents"].split()[0])]
        stream.extra.update(
            Type="/XObject", Subtype="/Form", BBox=page["MediaBox"], Resources=page["Resources"]
        )
        drawn.append(stream)
        page.clear()
    pdf.pages["Kids"].clear()
    pdf.pages["Count"] = 0
    return drawn


def _add(pdf: pydyf.PDF, sheet: Sheet, shown: pydyf.Stream | None, side: int, count: int) -> None:
    stream = pydyf.Stream(compress=True)
    stream.push_state()
    stream.set_matrix(_PT_PER_MM, 0, 0, _PT_PER_MM, 0, 0)
    stream.set_line_width(_LINE_MM)
    for x, y, to_x, to_y in sheet.marks if side == 0 else ():
        stream.move_to(x, sheet.high - y)
        stream.line_to(to_x, sheet.high - to_y)
        stream.stroke()
    stream.pop_state()
    for number in range(count if shown else 0):
        x, y = sheet.place(number, side)
        stream.push_state()
        stream.set_matrix(1, 0, 0, 1, x * _PT_PER_MM, y * _PT_PER_MM)
        stream.draw_x_object("card")
        stream.pop_state()
    pdf.add_object(stream)
    objects = pydyf.Dictionary({"card": shown.reference} if shown else {})
    page = {
        "Type": "/Page",
        "Parent": pdf.pages.reference,
        "MediaBox": pydyf.Array([0, 0, sheet.wide * _PT_PER_MM, sheet.high * _PT_PER_MM]),
        "Contents": stream.reference,
        "Resources": pydyf.Dictionary({"XObject": objects}),
    }
    pdf.add_page(pydyf.Dictionary(page))
