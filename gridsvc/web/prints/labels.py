"""What is written into a printed map: the numbers of grids, or the names of communities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

import pandas as pd
from sqlalchemy import select

from dashboards.scales import FUNCTIONAL
from gridsvc import edge
from gridsvc.geo.paper.sheet import Cell, Sheet
from gridsvc.grids.models import Division
from gridsvc.web.languages import in_language

# Smaller print is not read.
_SMALLEST_MM, _LARGEST_MM = 1.4, 2.8


@dataclass(frozen=True)
class Label:
    """A grid's number or a community's name, in mm."""

    x: float
    y: float
    size_mm: float
    words: str


def numbered(cells: Iterable[Cell]) -> list[Label]:
    """Write its number into each grid that has room for it."""
    return [
        Label(one.x, one.y, min(one.room_mm * 0.9, _LARGEST_MM), one.code[12:])
        for one in cells
        if one.room_mm >= _SMALLEST_MM
    ]


def labels(sheet: Sheet, rows: pd.DataFrame) -> list[Label]:
    """Number the grids where most of them hold a number; else name the communities that can."""
    filling = set(rows.index[rows["flags"] < FUNCTIONAL])
    tiles = [one for one in sheet.cells if one.code in filling]
    if tiles and median(one.room_mm for one in tiles) >= _SMALLEST_MM:
        return numbered(tiles)
    codes = [one.code for one in sheet.communities]
    query = select(Division.code, Division.name, Division.name_en).where(Division.code.in_(codes))
    named = edge.session().execute(query)
    names = {code: in_language(name, name_en) for code, name, name_en in named}
    found = []
    for one in sheet.communities:
        words = names.get(one.code, "")
        wide = sum(0.6 if sign.isascii() else 1.0 for sign in words)
        size = min(2 * one.room_mm / wide, _LARGEST_MM) if wide else 0.0
        if size >= _SMALLEST_MM:
            found.append(Label(one.x, one.y, size, words))
    return found
