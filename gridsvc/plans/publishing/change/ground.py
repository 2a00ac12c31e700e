"""The grids of a territory on a day, and what a new map changes of them. EPSG:4326 throughout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.geo.analysis.locate import Locator
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.intake.versions import comparable
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.publishing.change.lineage import NOBODY, Homes, flows

_COUNTS = ["households", "dwellings"]


@dataclass(frozen=True)
class Change:
    """What a new map changes; grids that stay as they are have no row.

    Attributes
    ----------
    scope : str
        Code of the division whose grids are drawn anew.
    on : date
        The day from which the new map holds.
    before, after : GeoDataFrame
        As `in_force` gives them; ``after`` has no ``boundary_id``.
    flows : DataFrame
        As `gridsvc.plans.publishing.change.lineage.flows` gives them.
    """

    scope: str
    on: date
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    flows: pd.DataFrame

    @property
    def ended(self) -> list[str]:
        """Codes that are no longer in force."""
        return sorted(set(self.before.index) - set(self.after.index))

    @cached_property
    def redrawn(self) -> list[str]:
        """Codes that begin, end, or give, take or recount households or ground.

        A grid that only gains a corner, where a neighbour's new border meets its own, is not
        among them.
        """
        moved = self.flows[self.flows["from_code"] != self.flows["to_code"]]
        both = self.before.index.intersection(self.after.index)
        recounted = [c for c in both if _counts(self.before.loc[c]) != _counts(self.after.loc[c])]
        one_sided = self.before.index.symmetric_difference(self.after.index)
        return sorted({*moved["from_code"], *moved["to_code"], *recounted, *one_sided})

    @cached_property
    def heirs(self) -> dict[str, str]:
        """Code of every grid of before → the grid that gets most of its households, then ground."""
        return _largest(self.flows, "from_code", "to_code")

    @cached_property
    def givers(self) -> dict[str, str]:
        """Code of every grid of after → the grid that gives it most households, then ground."""
        return _largest(self.flows, "to_code", "from_code")


def _largest(table: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    order = table.sort_values(
        [key, "households", "area_m2", value], ascending=[True, False, False, True]
    )
    first = order.drop_duplicates(key)
    return dict(zip(first[key], first[value], strict=True))


def in_force(session: Session, scope: str, on: date) -> gpd.GeoDataFrame:
    """Return the residential grids of a division on a day, in order of code.

    Index: ``code``. Columns: ``boundary_id`` (int), ``households``, ``dwellings`` (Int64, NA:
    never counted), ``valid_from`` (date), ``geometry`` (Polygon).
    """
    return _framed(
        session,
        valid_on(GridBoundary, on)
        & below(GridBoundary.grid_code, Scope((scope,)), GRID_DIGITS)
        & (Grid.kind == GridKind.RESIDENTIAL),
    )


def by_id(session: Session, boundary_ids: Iterable[int]) -> gpd.GeoDataFrame:
    """Return grids as `in_force` does, in the versions that are named."""
    return _framed(session, GridBoundary.id.in_(sorted(set(boundary_ids))))


def _framed(session: Session, chosen: ColumnElement[bool]) -> gpd.GeoDataFrame:
    b = GridBoundary
    counts = (b.household_count, b.dwelling_count)
    rows = session.execute(
        select(b.grid_code, b.id, *counts, b.valid_from, func.ST_AsBinary(b.geom))
        .join(Grid, Grid.code == b.grid_code)
        .where(chosen)
        .order_by(b.grid_code)
    ).all()
    names = ["code", "boundary_id", *_COUNTS, "valid_from", "geometry"]
    table = pd.DataFrame(rows, columns=names)
    shapes = gpd.GeoSeries.from_wkb([bytes(wkb) for wkb in table.pop("geometry")], crs=STORAGE)
    table = table.astype(dict.fromkeys(_COUNTS, "Int64"))
    return gpd.GeoDataFrame(table, geometry=shapes).set_index("code")


def last_change(session: Session, scope: str) -> date | None:
    """Return the day on which the newest version of a division's grids begins, also to come."""
    b = GridBoundary
    newest = func.greatest(func.max(b.valid_from), func.max(b.valid_to))
    return session.scalar(
        select(newest)
        .join(Grid, Grid.code == b.grid_code)
        .where(below(b.grid_code, Scope((scope,)), GRID_DIGITS), Grid.kind == GridKind.RESIDENTIAL)
    )


def homes_on(session: Session, ground: gpd.GeoDataFrame, on: date) -> Homes:
    """Return where the buildings around some grids stand on a day, and their households.

    Served by the GiST index of the anchors.
    """
    anchor = Building.anchor
    box = func.ST_MakeEnvelope(*(float(side) for side in ground.total_bounds), 4326)
    rows = session.execute(
        select(func.ST_X(anchor), func.ST_Y(anchor), Building.household_count).where(
            valid_on(Building, on), anchor.op("&&")(box)
        )
    ).all()
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return Homes(table[:, 0], table[:, 1], table[:, 2].astype(int))


def change(
    session: Session, scope: str, on: date, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> Change:
    """Work out what differs between two maps of a division.

    A grid that has the same rings, wherever each begins, and the same counts stays untouched.
    """
    same = {
        code
        for code in before.index.intersection(after.index)
        if _same(before.loc[code], after.loc[code])
    }
    old = before[~before.index.isin(same)]
    new = after.loc[~after.index.isin(same), [*_COUNTS, "geometry"]].sort_index()
    new = new.astype(dict.fromkeys(_COUNTS, "Int64"))
    homes = homes_on(session, old, on) if len(old) else NOBODY
    return Change(scope, on, old, new, flows(old, new, homes))


def _same(one: pd.Series, other: pd.Series) -> bool:
    return _counts(one) == _counts(other) and comparable(one.geometry) == comparable(other.geometry)


def _counts(grid: pd.Series) -> list[int | None]:
    return [None if pd.isna(grid[name]) else int(grid[name]) for name in _COUNTS]


def located(grids: gpd.GeoDataFrame, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Give the code of the grid that holds each place, by the rule of the whole service."""
    return Locator(grids.reset_index(names="code")[["code", "geometry"]]).codes(lon, lat)
