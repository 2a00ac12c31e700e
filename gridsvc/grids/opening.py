"""Where a map opens: all that is seen if a screen can hold it, else the part that matters most."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.models import DivisionBoundary, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, shown, valid_on

DISTRICT_DIGITS = 6
#: Degrees: what 1,000 pixels hold at zoom 8, the widest that the maps go, is 5.5.
WIDEST_VIEW = 5.0


def opening_view(
    session: Session, sight: Sight, on: date, within: str = ""
) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north in degrees of what a map shows first, or ``None``.

    The grids that a viewer sees below ``within``; where there is none, the outlines of divisions.
    What no screen holds at once is cut down: to districts in the viewer's scope, and if they still
    lie too far apart, to the one with most grids.
    """
    scope = shown(sight, within)
    boxes = _boxes(session, GridBoundary, GridBoundary.grid_code, scope, on, GRID_DIGITS)
    if boxes.empty:
        boxes = _boxes(session, DivisionBoundary, DivisionBoundary.division_code, scope, on)
    if boxes.empty:
        return None
    if not _fits(boxes):
        own = [sight.full.touches(district) for district in boxes.index]
        boxes = boxes[own] if any(own) else boxes
    if not _fits(boxes):
        boxes = boxes.nlargest(1, "parts")
    west, south, east, north = _around(boxes)
    return west, south, east, north


def bounds(session: Session, scope: Scope, on: date) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north in degrees of a scope's grids on a day, or ``None``."""
    boxes = _boxes(session, GridBoundary, GridBoundary.grid_code, scope, on, GRID_DIGITS)
    if boxes.empty:
        return None
    west, south, east, north = _around(boxes)
    return west, south, east, north


def _boxes(
    session: Session, table: Any, code: Any, scope: Scope, on: date, digits: int | None = None
) -> pd.DataFrame:
    """Give the extent of each district's shapes; index the district's code, in order."""
    box, district = func.ST_Extent(table.geom), func.left(code, DISTRICT_DIGITS)
    sides = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    rows = session.execute(
        select(district, func.count(), *sides)
        .where(valid_on(table, on), below(code, scope, digits))
        .group_by(district)
        .order_by(district)
    ).all()
    columns = ["district", "parts", "west", "south", "east", "north"]
    return pd.DataFrame(rows, columns=columns).set_index("district")


def _around(boxes: pd.DataFrame) -> list[float]:
    lowest, highest = boxes[["west", "south"]].min(), boxes[["east", "north"]].max()
    return [*lowest.tolist(), *highest.tolist()]


def _fits(boxes: pd.DataFrame) -> bool:
    west, south, east, north = _around(boxes)
    return max(east - west, north - south) <= WIDEST_VIEW
