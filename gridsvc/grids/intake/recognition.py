"""Rows that came before keep the code they were given then; only the others are numbered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.grids.intake.numbering import number
from gridsvc.grids.intake.versions import comparable
from gridsvc.grids.models import Division, DivisionBoundary, Grid, GridBoundary

_GRID_DIGITS = 15


def codes_for(session: Session, placed: gpd.GeoDataFrame, digits: int) -> pd.Series:
    """Return the codes of rows: own ones as they are, known ones as they were, new ones numbered.

    Parameters
    ----------
    session : Session
        Read only.
    placed : GeoDataFrame
        ``own``, ``source_code``, ``parent_code`` and geometry, as `coding.place` gives them.
    digits : int
        Length of the codes.

    Returns
    -------
    Series of str
        On the rows' index.

    Raises
    ------
    RuleViolation
        More children of one division than can be numbered.
    """
    codes = placed["own"].copy()
    if codes.notna().all():
        return codes
    children = _children(session, digits, placed["parent_code"].unique().tolist())
    by_source = {(one.parent, one.source_code): one.code for one in children if one.source_code}
    without = placed.index[placed["source_code"].isna()]
    shapes = _shapes(session, digits, children) if len(without) else {}
    for row in placed.itertuples():
        if row.source_code is not None:
            codes[row.Index] = by_source.get((row.parent_code, row.source_code))
        elif row.geometry is not None:
            codes[row.Index] = shapes.get(comparable(row.geometry))
    fresh = codes.isna()
    if fresh.any():
        taken: dict[str, int] = {}
        for one in children:
            taken[one.parent] = max(taken.get(one.parent, 0), int(one.code[-3:]))
        codes[fresh] = number(placed[fresh], taken)
    return codes


def _children(session: Session, digits: int, parents: list[str]) -> Sequence[Any]:
    if digits == _GRID_DIGITS:
        parent: Any = Grid.community_code
        table: Any = Grid
    else:
        parent, table = Division.parent_code, Division
    columns = select(parent.label("parent"), table.code, table.source_code)
    return session.execute(columns.where(parent.in_(parents))).all()


def _shapes(session: Session, digits: int, children: Sequence[Any]) -> dict[bytes, str]:
    """Return the codes of children by shape: rows without a code have no other name."""
    table, key = (
        (GridBoundary, GridBoundary.grid_code)
        if digits == _GRID_DIGITS
        else (DivisionBoundary, DivisionBoundary.division_code)
    )
    found = session.execute(
        select(key, func.st_asbinary(table.geom)).where(key.in_([one.code for one in children]))
    )
    return {comparable(shapely.from_wkb(bytes(wkb))): code for code, wkb in found}
