"""Reads of the territory as it was, is or will be on a day. Geometry is EPSG:4326."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Select,
    SelectBase,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import NotFound
from gridsvc.grids.known import as_known
from gridsvc.grids.models import (
    Division,
    DivisionBoundary,
    DivisionLevel,
    Grid,
    GridBoundary,
    LayerVersion,
)
from gridsvc.grids.rules import HOUSEHOLD_MAX, HOUSEHOLD_MIN, GridKind

GRID_DIGITS = 15


def below(
    code: ColumnElement[str] | InstrumentedAttribute[Any], scope: Scope, digits: int | None = None
) -> ColumnElement[bool]:
    """Say in SQL that a code lies in a scope.

    Parameters
    ----------
    code : column of text
        A grid or division code.
    scope : Scope
        The empty prefix covers everything, also codes that are NULL.
    digits : int, optional
        The length of every code in the column. A range of equally long digit strings is served
        by a plain index under any collation; without it the prefix index must do.
    """
    if "" in scope.prefixes:
        return true()
    if digits is None:
        return or_(false(), *(code.like(f"{prefix}%") for prefix in scope.prefixes))
    return or_(
        false(),
        *(code.between(p.ljust(digits, "0"), p.ljust(digits, "9")) for p in scope.prefixes),
    )


def covered(codes: pd.Index[str], scope: Scope) -> NDArray[np.bool_]:
    """Tell of sorted codes which lie in a scope."""
    inside = np.zeros(len(codes), dtype=bool)
    ordered = codes.to_numpy(dtype=object)
    for prefix in scope.prefixes:
        inside[slice(*_span(ordered, prefix))] = True
    return inside


def _span(ordered: NDArray[np.object_], prefix: str) -> tuple[int, int]:
    """Give the first and the last place, exclusive, of the codes that begin with a prefix."""
    # ":" is the sign after "9"
    return int(np.searchsorted(ordered, prefix)), int(np.searchsorted(ordered, prefix + ":"))


def valid_on(table: Any, on: date) -> ColumnElement[bool]:
    """Say in SQL that a row with ``valid_from`` and ``valid_to`` holds on a day."""
    return and_(table.valid_from <= on, or_(table.valid_to.is_(None), table.valid_to > on))


def point(lon: float, lat: float) -> ColumnElement[Any]:
    """Write a place in degrees, EPSG:4326, as a literal."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)


def shown(sight: Sight, within: str = "") -> Scope:
    """Give the part of the territory below ``within`` of which a viewer sees anything."""
    return Scope(sight.prefixes).narrowed(within)


def locating(place: Any, on: date) -> Select[str]:
    """Build the look-up of the grid that holds a place on a day.

    Residential grids alone: they tile the territory, functional ones lie over them. A place on a
    shared edge belongs to the lowest code, the same as in ``geo.analysis.locate.Locator``.

    The column is compared as it is stored: transformed or cast it would pass by its GiST index
    ``idx_grid_boundary_geom``.
    """
    return (
        select(GridBoundary.grid_code)
        .join(Grid, Grid.code == GridBoundary.grid_code)
        .where(
            func.ST_Covers(GridBoundary.geom, place),
            valid_on(GridBoundary, on),
            Grid.kind == GridKind.RESIDENTIAL,
        )
        .order_by(GridBoundary.grid_code)
        .limit(1)
    )


def locate(session: Session, lon: float, lat: float, on: date) -> str | None:
    """Return the code of the grid that holds a place on a day, or ``None`` outside every grid."""
    return session.scalar(locating(point(lon, lat), on))


def edge_m(session: Session, code: str, lon: float, lat: float, on: date) -> float:
    """Measure from a place to the edge of a grid, in metres on the ellipsoid."""
    edge = func.ST_Boundary(GridBoundary.geom)
    metres = func.ST_Distance(func.geography(edge), func.geography(point(lon, lat)))
    found = session.scalar(
        select(metres).where(GridBoundary.grid_code == code, valid_on(GridBoundary, on))
    )
    if found is None:
        raise NotFound(f"There is no grid {code} on {on}.", [code])
    return float(found)


def framed(session: Session, query: SelectBase) -> pd.DataFrame:
    """Run a query of many narrow rows, and give its columns as a frame.

    Gathered into arrays by the server: 20,000 rows come in a third of the time that one row
    object each takes.
    """
    columns = query.subquery().columns
    gathered = session.execute(select(*(func.array_agg(one) for one in columns))).one()
    lists = {column.name: got or [] for column, got in zip(columns, gathered, strict=True)}
    return pd.DataFrame(lists, dtype=object)


def grids_on(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> pd.DataFrame:
    """Return the grids of a day, one row each, in order of code, as known at an instant or now.

    Index: ``code`` (15 digits). Columns: ``name`` (str), ``name_en`` (str, may be NULL), ``kind``
    (``residential`` or ``functional``), ``households``, ``dwellings`` (float; NaN: never
    counted), ``low``, ``high`` (int, households: the range of its community). Served by the
    primary key of ``grid`` and by ``one_boundary_at_a_time``.
    """
    boundary = as_known(session, GridBoundary, as_of)
    query = (
        select(
            Grid.code,
            Grid.name,
            Grid.name_en,
            cast(Grid.kind, Text).label("kind"),
            boundary.household_count.label("households"),
            boundary.dwelling_count.label("dwellings"),
        )
        .join(boundary, boundary.grid_code == Grid.code)
        .where(valid_on(boundary, on), below(Grid.code, scope, GRID_DIGITS))
        .order_by(Grid.code)
    )
    frame = framed(session, query).set_index("code")
    frame = frame.astype({"households": float, "dwellings": float})
    low, high = household_ranges(session, frame.index.to_numpy(dtype=object))
    return frame.assign(low=low, high=high)


def grids_between(
    session: Session, scope: Scope, since: date, until: date, as_of: datetime | None = None
) -> list[Grid]:
    """Return the grids that were in force on any of some days, both included, in order of code.

    As known at an instant, or now.
    """
    boundary = as_known(session, GridBoundary, as_of)
    held = exists().where(
        boundary.grid_code == Grid.code,
        boundary.valid_from <= until,
        or_(
            boundary.valid_to.is_(None),
            and_(boundary.valid_to > since, boundary.valid_to > boundary.valid_from),
        ),
    )
    query = select(Grid).where(below(Grid.code, scope, GRID_DIGITS), held).order_by(Grid.code)
    return list(session.scalars(query))


def household_ranges(
    session: Session, codes: NDArray[np.object_]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Give sorted grid codes the range of the nearest division above that states one."""
    low, high = np.full(len(codes), HOUSEHOLD_MIN), np.full(len(codes), HOUSEHOLD_MAX)
    stated = session.execute(
        select(Division.code, Division.household_min, Division.household_max)
        .where(or_(Division.household_min.is_not(None), Division.household_max.is_not(None)))
        .order_by(Division.digits)
    )
    for prefix, minimum, maximum in stated:
        first, last = _span(codes, prefix)
        if minimum is not None:
            low[first:last] = minimum
        if maximum is not None:
            high[first:last] = maximum
    return low, high


def divisions(session: Session, scope: Scope) -> list[Division]:
    """Return the divisions below or above a scope, in order of code."""
    above = or_(false(), *(func.starts_with(prefix, Division.code) for prefix in scope.prefixes))
    return list(
        session.scalars(
            select(Division).where(or_(below(Division.code, scope), above)).order_by(Division.code)
        )
    )


def divided_on(session: Session, on: date) -> set[str]:
    """Return the codes of the divisions of which anything was drawn on a day, at any depth."""
    grids = select(GridBoundary.grid_code).where(valid_on(GridBoundary, on))
    outlines = select(DivisionBoundary.division_code).where(valid_on(DivisionBoundary, on))
    digits = session.scalars(select(DivisionLevel.digits)).all()
    drawn = session.scalars(grids.union(outlines)).all()
    return {code[:count] for code in drawn for count in digits}


def version(session: Session, layer: str = "grids") -> int:
    """Return the version of a layer: it rises in the transaction that changes the layer."""
    return session.scalar(select(LayerVersion.version).where(LayerVersion.layer == layer)) or 0


def moved(on: date) -> Select[str]:
    """Select the codes that had, or will have, another shape than on a day; mostly none.

    Records stamped with any other code need no look at their place.
    """
    return select(GridBoundary.grid_code).where(
        or_(GridBoundary.valid_from > on, GridBoundary.valid_to <= on)
    )


def grids_frame(session: Session, sight: Sight, on: date, within: str = "") -> gpd.GeoDataFrame:
    """Return the grids that a viewer sees on a day, with their shapes, for a notebook's map.

    Columns: ``code``, ``name``, ``kind`` (str), ``households``, ``dwellings`` (float, may be NaN),
    ``low``, ``high`` (int, households), ``geometry`` (Polygon, EPSG:4326); in order of code.
    """
    scope = shown(sight, within)
    frame = grids_on(session, scope, on)
    rows = session.execute(
        select(GridBoundary.grid_code, func.ST_AsBinary(GridBoundary.geom)).where(
            valid_on(GridBoundary, on), below(GridBoundary.grid_code, scope, GRID_DIGITS)
        )
    ).all()
    shapes = gpd.GeoSeries.from_wkb(
        [bytes(wkb) for _, wkb in rows], index=[code for code, _ in rows], crs=4326
    )
    framed = gpd.GeoDataFrame(frame, geometry=shapes.reindex(frame.index), crs=4326)
    return framed.reset_index()


@dataclass(frozen=True)
class BoundaryVersion:
    """One version of a grid's shape; counts may be unknown, ``valid_to`` is exclusive."""

    id: int
    valid_from: date
    valid_to: date | None
    household_count: int | None
    dwelling_count: int | None
    area_m2: float


def boundary_history(session: Session, code: str) -> list[BoundaryVersion]:
    """Return every version of a grid's shape, newest first; by ``one_boundary_at_a_time``."""
    b = GridBoundary
    area = func.ST_Area(func.geography(b.geom))
    rows = session.execute(
        select(b.id, b.valid_from, b.valid_to, b.household_count, b.dwelling_count, area)
        .where(b.grid_code == code, b.valid_to.is_distinct_from(b.valid_from))
        .order_by(b.valid_from.desc())
    )
    return [BoundaryVersion(*row) for row in rows]
