"""Opening a draft from the territory of a day, describing it and giving it up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.geo.atoms import blocks, building_cells, grid_atoms
from gridsvc.geo.cover.chain import on_lattice, to_degrees
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import Building, Division, GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.plans import atoms as store
from gridsvc.plans import queries
from gridsvc.plans.models import Plan, PlanAtom, PlanBase, PlanGrid
from gridsvc.plans.rules import COMMUNITY_DIGITS, EDITABLE, PlanState
from gridsvc.plans.surroundings import base_map, covering

Progress = Callable[[int, int], None]


def _quietly(_done: int, _total: int) -> None:
    pass


def begin(
    session: Session,
    user: UserAccount,
    *,
    name: str,
    scope: str,
    now: datetime,
    today: date,
    note: str | None = None,
    base_on: date | None = None,
) -> Plan:
    """Make a draft without atoms yet, in the state ``opening``; `fill` puts them in.

    Parameters
    ----------
    scope : str
        A division within the user's scope: all that the draft may change.
    base_on : date, optional
        The day whose territory it begins from; the newest one that is known without it.

    Raises
    ------
    NotFound
        There is no such division in the user's scope.
    RuleViolation
        The division has no residential grid that day.
    """
    if session.get(Division, scope) is None or not user.scope.covers(scope):
        raise NotFound(f"There is no division {scope} in your area.", [scope])
    on = base_on or queries.newest_day(session, scope, today)
    if not grids_to_open(session, scope, on):
        raise RuleViolation(f"Division {scope} has no residential grid on {on}.", [scope])
    plan = Plan(
        name=name,
        note=note,
        owner=user,
        division=session.get_one(Division, scope),
        base_on=on,
        base_boundary_ids=[],
        state=PlanState.OPENING,
        log_number=0,
        next_atom=1,
        created_at=now,
        changed_at=now,
    )
    session.add(plan)
    session.flush()
    record(session, user, "plan.open", str(plan.id), {"scope": scope, "on": on.isoformat()})
    return plan


def grids_to_open(session: Session, scope: str, on: date) -> int:
    """Count the grids that a draft of a scope would begin with."""
    where = queries.base_boundaries(session, scope, on)
    return session.scalar(select(func.count(GridBoundary.id)).where(where)) or 0


def fill(session: Session, plan: Plan, progress: Progress = _quietly) -> None:
    """Draw the atoms of a draft from the territory of its day; all or nothing.

    What it had before is forgotten, so that a repeat after a lost worker does no harm. Its log
    and its state are left to the caller.

    Parameters
    ----------
    progress : callable
        Told the communities done and all of them; may raise to cancel.
    """
    for table in (PlanAtom, PlanGrid, PlanBase):
        session.execute(delete(table).where(table.plan_id == plan.id))
    where = queries.base_boundaries(session, plan.scope_code, plan.base_on)
    began = list(session.scalars(select(GridBoundary.id).where(where)))
    whole = atoms_on(session, plan.scope_code, plan.base_on, progress)
    grids = store.measured(whole)
    store.write(session, plan.id, whole)
    store.write_base(session, plan.id, grids)
    store.write_grids(session, plan.id, grids.assign(changed=False))
    # Last, because from here on whoever cancels has to wait for the row.
    plan.base_boundary_ids = began
    plan.next_atom = int(whole.index.max()) + 1
    session.flush()


def atoms_on(
    session: Session, scope: str, on: date, progress: Progress = _quietly
) -> gpd.GeoDataFrame:
    """Make the atoms of a territory on a day, as `gridsvc.geo.atoms` does; ids count from 1.

    Cells of buildings within blocks where buildings are known, else the grids. Community by
    community, told to ``progress``.

    Raises
    ------
    NotFound
        There were no grids on that day.
    """
    grids = grids_drawn(session, queries.base_boundaries(session, scope, on))
    if grids.empty:
        raise NotFound(f"{scope} had no grids on {on}.", [scope])
    box = grids.total_bounds.tolist()
    houses, ways = _buildings(session, box, on), base_map(session, box)
    anchors = shapely.STRtree(shapely.points(houses["lon"], houses["lat"]))
    streets = shapely.STRtree(ways.geometry.to_numpy())
    found: list[gpd.GeoDataFrame] = []
    first = 1
    communities = grids.groupby(grids["code"].str[:COMMUNITY_DIGITS]).indices
    for done, (code, places) in enumerate(sorted(communities.items())):
        progress(done, len(communities))
        own = grids.iloc[places]
        frame = covering(own.geometry.to_numpy())
        inside = np.sort(anchors.query(frame, predicate="intersects"))
        if len(inside):
            outline = gpd.GeoDataFrame({"code": [code]}, geometry=[frame], crs=STORAGE)
            within = blocks(outline, ways.iloc[np.sort(streets.query(frame))])
            within.index += first  # no two communities share the number of a block
            found.append(building_cells(own, houses.iloc[inside], within, first_atom=first))
        else:
            found.append(grid_atoms(own, first_atom=first))
        first += len(found[-1])
    return pd.concat(found)


def grids_drawn(session: Session, where: ColumnElement[bool]) -> gpd.GeoDataFrame:
    """Read boundaries as they can be redrawn: on the lattice, by their codes.

    Returns
    -------
    GeoDataFrame
        ``code`` (str), ``household_count``, ``dwelling_count`` (Int64) and Polygons, EPSG:4326.
    """
    rows = session.execute(
        select(
            GridBoundary.grid_code,
            GridBoundary.household_count,
            GridBoundary.dwelling_count,
            func.ST_AsBinary(GridBoundary.geom),
        )
        .where(where)
        .order_by(GridBoundary.grid_code)
    ).all()
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    # A boundary from elsewhere may lie between two steps of the lattice; an edit cannot.
    shapes = shapely.transform(shapes, lambda xy: to_degrees(on_lattice(xy)))
    names = ["code", "household_count", "dwelling_count"]
    frame = pd.DataFrame([row[:-1] for row in rows], columns=names)
    frame = frame.astype({"household_count": "Int64", "dwelling_count": "Int64"})
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=STORAGE)


def _buildings(session: Session, box: Any, on: date) -> gpd.GeoDataFrame:
    """Read the buildings whose anchor lies in a box, by their ids."""
    rows = session.execute(
        select(
            Building.id,
            Building.household_count,
            Building.dwelling_count,
            func.ST_X(Building.anchor),
            func.ST_Y(Building.anchor),
            func.ST_AsBinary(Building.geom),
        )
        .where(Building.anchor.op("&&")(func.ST_MakeEnvelope(*box, 4326)), valid_on(Building, on))
        .order_by(Building.id)
    ).all()
    names = ["building", "household_count", "dwelling_count", "lon", "lat"]
    frame = pd.DataFrame([row[:-1] for row in rows], columns=names).set_index("building")
    kinds = {"household_count": "int64", "dwelling_count": "int64", "lon": float, "lat": float}
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return gpd.GeoDataFrame(frame.astype(kinds), geometry=shapes, crs=STORAGE)


def change(session: Session, plan: Plan, user: UserAccount, now: datetime, **said: Any) -> Plan:
    """Change what is said of a draft (name, note, effective_on), or give it up.

    Parameters
    ----------
    said : dict
        ``name``, ``note``, ``effective_on``; ``state`` ``withdrawn`` gives it up and ``draft``
        takes that back.

    Raises
    ------
    RuleViolation
        It has been published; or its day would change while the office looks at it.
    """
    state = said.pop("state", None) or plan.state
    if plan.state is PlanState.PUBLISHED:
        raise RuleViolation(f"Draft {plan.id} is published and stays as it is.", [plan.id])
    if state is not plan.state and PlanState.WITHDRAWN not in (state, plan.state):
        raise BadInput(f"A draft cannot be made {state.value} here.", ["state"])
    if state is PlanState.DRAFT and not plan.base_boundary_ids:
        raise RuleViolation(f"Draft {plan.id} was never opened: begin a new one.", [plan.id])
    if "effective_on" in said and plan.state not in EDITABLE:
        raise RuleViolation(
            f"Draft {plan.id} is {plan.state.value}: the day it begins is part of what was seen.",
            [plan.id],
        )
    plan.state = state
    for name, value in said.items():
        setattr(plan, name, value)
    plan.changed_at = now
    record(session, user, "plan.change", str(plan.id), {"state": plan.state.value})
    return plan
