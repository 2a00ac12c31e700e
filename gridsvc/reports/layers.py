"""The layers that leave the service as files: EPSG:4326, days and times as ISO texts."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import NotFound
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import (
    BaseFeature,
    Building,
    Division,
    DivisionBoundary,
    Grid,
    GridBoundary,
)
from gridsvc.grids.queries import GRID_DIGITS, below, locating, valid_on
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.public_cases import for_anybody
from gridsvc.plans.models import Plan, PlanGrid
from gridsvc.plans.publishing.models import GridLineage
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment


class Layer(enum.StrEnum):
    """What can be exported."""

    GRIDS = "grids"
    DIVISIONS = "divisions"
    BUILDINGS = "buildings"
    INCIDENTS = "incidents"
    BASE = "base"


_WHOLE = {"household_count", "dwelling_count", "household_min", "household_max", "rank", "number"}
_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


def layer_frame(session: Session, layer: Layer, on: date, within: str = "") -> gpd.GeoDataFrame:
    """Read a layer as it is on a day.

    Parameters
    ----------
    within : str
        Code of a division or grid; the empty text takes everything. The base layer has no codes
        and comes whole.

    Returns
    -------
    GeoDataFrame
        In order of code; `Layer.INCIDENTS` holds what anybody may read of the cases of public
        categories where the map is public, reported up to that day, and neither words nor
        contacts. ``came_from`` and ``went_to`` of a grid are the codes, parted by spaces, that
        this version of it took ground from, and that its ground was given to.

    Raises
    ------
    NotFound
        There is no division or grid ``within``.
    """
    if within and not (session.get(Division, within) or session.get(Grid, within)):
        raise NotFound(f"There is no division or grid {within}.", [within])
    return _framed(session, _QUERIES[layer](session, on, Scope((within,))))


def plan_frame(session: Session, plan_id: int) -> gpd.GeoDataFrame:
    """Read the grids of a draft as they are drawn now.

    Raises
    ------
    NotFound
        There is no draft of that number.
    """
    if session.get(Plan, plan_id) is None:
        raise NotFound(f"There is no draft {plan_id}.", [plan_id])
    own = PlanGrid
    query = (
        select(
            own.grid_code.label("code"),
            func.left(own.grid_code, 12).label("community_code"),
            Grid.name,
            own.households.label("household_count"),
            own.dwellings.label("dwelling_count"),
            own.changed,
            func.ST_AsBinary(own.geom).label("geometry"),
        )
        .outerjoin(Grid, Grid.code == own.grid_code)
        .where(own.plan_id == plan_id)
        .order_by(own.grid_code)
    )
    return _framed(session, query)


def _framed(session: Session, query: Select[Any]) -> gpd.GeoDataFrame:
    names = [column.name for column in query.selected_columns]
    table = pd.DataFrame(session.execute(query).all(), columns=names).astype(object)
    shapes = shapely.from_wkb(
        [None if one is None else bytes(one) for one in table.pop("geometry")]
    )
    for name in table.columns.intersection(list(_WHOLE)):
        table[name] = table[name].astype("Int64")
    return gpd.GeoDataFrame(table.infer_objects(), geometry=shapes, crs=STORAGE)


def _grids(session: Session, on: date, scope: Scope) -> Select[Any]:
    own, line = GridBoundary, GridLineage
    codes = func.string_agg
    came = select(codes(line.from_code, " ")).where(line.to_boundary_id == own.id)
    went = select(codes(line.to_code, " ")).where(line.from_boundary_id == own.id)
    moved = line.from_code != line.to_code
    return (
        select(
            Grid.code,
            Grid.community_code,
            Grid.name,
            Grid.name_en,
            cast(Grid.kind, Text).label("kind"),
            own.household_count,
            own.dwelling_count,
            Team.name.label("team"),
            Branch.name.label("branch"),
            *_period(own),
            came.where(moved).scalar_subquery().label("came_from"),
            went.where(moved).scalar_subquery().label("went_to"),
            func.ST_AsBinary(own.geom).label("geometry"),
        )
        .join(own, own.grid_code == Grid.code)
        .outerjoin(
            TeamAssignment,
            (TeamAssignment.grid_code == Grid.code) & valid_on(TeamAssignment, on),
        )
        .outerjoin(Team, Team.id == TeamAssignment.team_id)
        .outerjoin(
            BranchAssignment,
            (BranchAssignment.grid_code == Grid.code) & valid_on(BranchAssignment, on),
        )
        .outerjoin(Branch, Branch.id == BranchAssignment.branch_id)
        .where(valid_on(own, on), below(Grid.code, scope, GRID_DIGITS))
        .order_by(Grid.code)
    )


def _divisions(session: Session, on: date, scope: Scope) -> Select[Any]:
    own = DivisionBoundary
    return (
        select(
            Division.code,
            Division.level,
            Division.parent_code,
            Division.name,
            Division.name_en,
            Division.household_min,
            Division.household_max,
            *_period(own),
            func.ST_AsBinary(own.geom).label("geometry"),
        )
        .join(own, own.division_code == Division.code)
        .where(valid_on(own, on), below(Division.code, scope))
        .order_by(Division.code)
    )


def _buildings(session: Session, on: date, scope: Scope) -> Select[Any]:
    own = Building
    grid = locating(own.anchor, on).correlate(own).scalar_subquery()
    found = (
        select(
            own.code,
            own.name,
            grid.label("grid_code"),
            own.household_count,
            own.dwelling_count,
            *_period(own),
            own.geom,
        )
        .where(valid_on(own, on))
        .subquery()
    )
    shape = func.ST_AsBinary(found.c.geom).label("geometry")
    columns = [column for column in found.c if column.name != "geom"]
    return select(*columns, shape).where(below(found.c.grid_code, scope)).order_by(found.c.code)


def _incidents(session: Session, on: date, scope: Scope) -> Select[Any]:
    own = Incident
    return (
        select(
            own.id.label("number"),
            cast(own.kind, Text).label("kind"),
            Category.code.label("category"),
            Category.name.label("category_name"),
            cast(own.status, Text).label("status"),
            own.grid_code,
            _instant(own.reported_at).label("reported_at"),
            _instant(own.closed_at).label("closed_at"),
            func.ST_AsBinary(own.geom).label("geometry"),
        )
        .join(Category, Category.id == own.category_id)
        .where(
            for_anybody(session),
            below(own.grid_code, scope, GRID_DIGITS),
            func.date(own.reported_at) <= on,
        )
        .order_by(own.id)
    )


def _base(session: Session, on: date, scope: Scope) -> Select[Any]:
    own = BaseFeature
    shape = func.ST_AsBinary(own.geom).label("geometry")
    return select(own.kind, own.rank, own.name, shape).order_by(own.id)


def _period(table: Any) -> list[Any]:
    return [
        func.to_char(day, "YYYY-MM-DD").label(name)
        for day, name in ((table.valid_from, "valid_from"), (table.valid_to, "valid_to"))
    ]


def _instant(at: Any) -> Any:
    return func.to_char(func.timezone("UTC", at), _INSTANT)


_QUERIES: dict[Layer, Callable[[Session, date, Scope], Select[Any]]] = {
    Layer.GRIDS: _grids,
    Layer.DIVISIONS: _divisions,
    Layer.BUILDINGS: _buildings,
    Layer.INCIDENTS: _incidents,
    Layer.BASE: _base,
}
