"""Which grid, team and branch a case had on its day, for very many cases at once."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.geo.analysis.locate import Locator
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import DivisionBoundary, Grid, GridBoundary
from gridsvc.grids.rules import GridKind
from gridsvc.staffing.models import BranchAssignment, TeamAssignment

_COMMUNITY_DIGITS = 12


class Place(NamedTuple):
    """Where a case belonged on its day; all None outside every grid, but for the division."""

    grid_code: str | None
    grid_boundary_id: int | None
    division_code: str | None
    team_id: int | None
    branch_id: int | None


class _Period(NamedTuple):
    grids: Locator
    boundary_ids: dict[str, int]
    divisions: list[Locator]


class HistoryPlaces:
    """The territory and who looked after it, on any day.

    Residential grids alone: they tile the territory. Everything is read once; an index is built
    for each period between two changes, when the first case falls into it.
    """

    def __init__(self, session: Session) -> None:
        self._grids = _versions(session, GridBoundary, GridBoundary.grid_code)
        self._outlines = _versions(session, DivisionBoundary, DivisionBoundary.division_code)
        changes = {
            day.toordinal()
            for versions in (self._grids, self._outlines)
            for row in versions
            for day in (row[1], row[2])
            if day
        }
        self._changes = np.array(sorted(changes), dtype=np.int64)
        self._teams = _assignments(session, TeamAssignment, TeamAssignment.team_id)
        self._branches = _assignments(session, BranchAssignment, BranchAssignment.branch_id)
        self._period = cache(self._built)

    def place(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], days: list[date]
    ) -> list[Place]:
        """Place points, EPSG:4326, each on its own day; NaN is nowhere.

        The division of a point outside every grid is the smallest whose outline covers it.
        """
        places: list[Place] = [Place(None, None, None, None, None)] * len(days)
        ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
        periods = np.searchsorted(self._changes, ordinals, side="right") - 1
        for number in np.unique(periods[periods >= 0]):
            here = np.flatnonzero(periods == number)
            period = self._period(int(number))
            codes = period.grids.codes(lon[here], lat[here])
            divisions = _smallest(period.divisions, lon[here], lat[here], codes)
            for index, code, division in zip(here, codes, divisions, strict=True):
                places[index] = self._placed(period, code, division, int(ordinals[index]))
        return places

    def _placed(self, period: _Period, code: str | None, division: str | None, day: int) -> Place:
        if code is None:
            return Place(None, None, division, None, None)
        return Place(
            code,
            period.boundary_ids[code],
            code[:_COMMUNITY_DIGITS],
            _held(self._teams, code, day),
            _held(self._branches, code, day),
        )

    def _built(self, number: int) -> _Period:
        on = date.fromordinal(int(self._changes[number]))
        grids = [row for row in self._grids if _covers(row, on)]
        outlines = [row for row in self._outlines if _covers(row, on)]
        lengths = sorted({len(row[0]) for row in outlines}, reverse=True)
        return _Period(
            _locator(grids),
            {row[0]: row[3] for row in grids},
            [_locator([row for row in outlines if len(row[0]) == n]) for n in lengths],
        )


def _versions(session: Session, table: Any, key: Any) -> list[tuple[Any, ...]]:
    query = select(key, table.valid_from, table.valid_to, table.id, func.st_asbinary(table.geom))
    if table is GridBoundary:
        query = query.join(Grid, Grid.code == key).where(Grid.kind == GridKind.RESIDENTIAL)
    return [(*row[:4], shapely.from_wkb(bytes(row[4]))) for row in session.execute(query)]


def _covers(row: tuple[Any, ...], on: date) -> bool:
    return row[1] <= on and (row[2] is None or row[2] > on)


def _locator(rows: list[tuple[Any, ...]]) -> Locator:
    codes, shapes = [row[0] for row in rows], [row[4] for row in rows]
    return Locator(gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=STORAGE))


def _smallest(
    divisions: list[Locator],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    codes: NDArray[np.object_],
) -> NDArray[np.object_]:
    """Return the code of the smallest division around each point that has no grid."""
    found = np.full(len(lon), None, dtype=object)
    for level in divisions:
        left = np.flatnonzero(pd.isna(codes) & pd.isna(found) & np.isfinite(lon))
        found[left] = level.codes(lon[left], lat[left])
    return found


def _assignments(
    session: Session, table: Any, holder: Any
) -> dict[str, list[tuple[int, int, int]]]:
    periods: dict[str, list[tuple[int, int, int]]] = {}
    query = select(table.grid_code, table.valid_from, table.valid_to, holder)
    for code, since, until, held_by in session.execute(query):
        last = (until or date.max).toordinal()
        periods.setdefault(code, []).append((since.toordinal(), last, held_by))
    return periods


def _held(periods: dict[str, list[tuple[int, int, int]]], code: str, day: int) -> int | None:
    for since, until, held_by in periods.get(code, ()):
        if since <= day < until:
            return held_by
    return None
