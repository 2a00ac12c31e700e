"""Reads of drafts, as far as a viewer's scope covers them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import Conflict, NotFound
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.models import Plan, PlanBase, PlanEdit, PlanGrid, PlanJob, PlanLock
from gridsvc.plans.rules import JobState, Line, PlanState, Standing, standing

# An edit holds its draft for some tens of milliseconds; only a rebase holds it longer.
PATIENCE_MS = 1500
_LOCK_NOT_AVAILABLE = "55P03"


def plan_for(session: Session, plan_id: int, scope: Scope, *, lock: bool = False) -> Plan:
    """Return a draft whose whole scope lies in the viewer's.

    Parameters
    ----------
    lock : bool
        Hold its row until the transaction ends, so that edits of one draft come one by one.

    Raises
    ------
    NotFound
        It is not there, or not for this viewer.
    Conflict
        Somebody else holds it for longer than an edit takes.
    """
    query = select(Plan).where(Plan.id == plan_id)
    if lock:
        session.execute(text(f"set local lock_timeout = '{PATIENCE_MS}ms'"))
        query = query.with_for_update(of=Plan).execution_options(populate_existing=True)
    try:
        plan = session.scalar(query)
    except OperationalError as fault:
        if getattr(fault.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise Conflict(
            f"Draft {plan_id} is being drawn on a new base just now: try again in a moment.",
            [plan_id],
        ) from None
    if plan is None or not scope.covers(plan.scope_code):
        raise NotFound(f"There is no draft {plan_id}.", [plan_id])
    return plan


def plans(
    session: Session,
    scope: Scope,
    *,
    state: PlanState | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Plan]:
    """Return a page of the drafts that a viewer may see, the newest first, below an id."""
    query = select(Plan).where(below(Plan.scope_code, scope))
    if state is not None:
        query = query.where(Plan.state == state)
    if before is not None:
        query = query.where(Plan.id < before)
    return list(session.scalars(query.order_by(Plan.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Size:
    """How large a draft is now."""

    grids: int
    households: int


def sizes(session: Session, plan_ids: Collection[int]) -> dict[int, Size]:
    """Count the grids and households of drafts; by the primary key of ``plan_grid``."""
    rows = session.execute(
        select(PlanGrid.plan_id, func.count(), func.sum(PlanGrid.households))
        .where(PlanGrid.plan_id.in_(plan_ids))
        .group_by(PlanGrid.plan_id)
    )
    return {plan_id: Size(grids, int(households)) for plan_id, grids, households in rows}


def open_jobs(session: Session, plan_ids: Collection[int]) -> dict[int, PlanJob]:
    """Return the job under way of each draft that has one."""
    rows = session.scalars(
        select(PlanJob)
        .where(
            PlanJob.plan_id.in_(plan_ids),
            PlanJob.state.in_([JobState.WAITING, JobState.RUNNING]),
        )
        .order_by(PlanJob.id)
    )
    return {job.plan_id: job for job in rows}


def base_boundaries(session: Session, scope: str, on: date) -> ColumnElement[bool]:
    """Say in SQL which boundaries a draft of a scope begins from on a day: residential ones."""
    residential = select(Grid.code).where(
        Grid.kind == GridKind.RESIDENTIAL, below(Grid.code, Scope((scope,)), GRID_DIGITS)
    )
    return GridBoundary.grid_code.in_(residential) & valid_on(GridBoundary, on)


def newest_day(session: Session, scope: str, today: date) -> date:
    """Return the day from which the newest territory of a scope holds, today or later."""
    newest = session.scalar(
        select(func.max(func.greatest(GridBoundary.valid_from, GridBoundary.valid_to))).where(
            below(GridBoundary.grid_code, Scope((scope,)), GRID_DIGITS)
        )
    )
    return max(today, newest or today)


def overtaken(session: Session, plan: Plan) -> list[str]:
    """Return the grids whose newest boundary is not the one that the draft began from.

    Empty: the base is still the newest territory of the scope. Boundaries never change, so that
    their ids are proof.
    """
    newest = dict(
        session.execute(
            select(GridBoundary.id, GridBoundary.grid_code).where(
                base_boundaries(session, plan.scope_code, date.max)
            )
        ).all()
    )
    other = set(newest) ^ set(plan.base_boundary_ids)
    known = dict(
        session.execute(
            select(GridBoundary.id, GridBoundary.grid_code).where(GridBoundary.id.in_(other))
        ).all()
    )
    return sorted(set(known.values()))


def outlines(
    session: Session, plan_id: int, codes: Iterable[str] | None = None
) -> gpd.GeoDataFrame:
    """Return the grids of a draft as they are now, in order of code.

    Index: ``grid``. Columns: ``households``, ``dwellings``, ``atoms`` (int), ``area_m2``,
    ``compactness`` (float, 0 to 1), ``changed`` (bool) and geometry (Polygon, EPSG:4326). Served
    by the primary key of ``plan_grid``.
    """
    names = ("households", "dwellings", "atoms", "area_m2", "compactness", "changed")
    query = select(
        PlanGrid.grid_code,
        *(getattr(PlanGrid, one) for one in names),
        func.ST_AsBinary(PlanGrid.geom),
    ).where(PlanGrid.plan_id == plan_id)
    return _drawn(session, query, PlanGrid.grid_code, names, codes)


def base_outlines(
    session: Session, plan_id: int, codes: Iterable[str] | None = None
) -> gpd.GeoDataFrame:
    """Return the grids that a draft began from, as `outlines`: households, dwellings, shape."""
    names = ("households", "dwellings")
    query = select(
        PlanBase.grid_code, PlanBase.households, PlanBase.dwellings, func.ST_AsBinary(PlanBase.geom)
    ).where(PlanBase.plan_id == plan_id)
    return _drawn(session, query, PlanBase.grid_code, names, codes)


def base_codes(session: Session, plan_id: int) -> frozenset[str]:
    """Return the codes of the grids that a draft began from."""
    return frozenset(session.scalars(select(PlanBase.grid_code).where(PlanBase.plan_id == plan_id)))


def _drawn(
    session: Session, query: Any, code: Any, names: tuple[str, ...], codes: Iterable[str] | None
) -> gpd.GeoDataFrame:
    if codes is not None:
        query = query.where(code.in_(list(codes)))
    rows = session.execute(query.order_by(code)).all()
    table = pd.DataFrame([row[:-1] for row in rows], columns=["grid", *names]).set_index("grid")
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, table.index, crs=STORAGE))


def lines(session: Session, plan_id: int, after: int = 0) -> list[Line]:
    """Return the log of a draft in order, as far as undoing needs it."""
    rows = session.execute(
        select(PlanEdit.seq, PlanEdit.kind, PlanEdit.of_seq)
        .where(PlanEdit.plan_id == plan_id, PlanEdit.seq > after)
        .order_by(PlanEdit.seq)
    )
    return [Line(*row) for row in rows]


def standing_of(session: Session, plan_id: int) -> Standing:
    """Return what of a draft's log stands, and what may be undone and redone."""
    return standing(lines(session, plan_id))


def log_page(
    session: Session, plan_id: int, *, before: int | None = None, limit: int = 100
) -> list[PlanEdit]:
    """Return a page of the log, the newest line first."""
    query = select(PlanEdit).where(PlanEdit.plan_id == plan_id)
    if before is not None:
        query = query.where(PlanEdit.seq < before)
    return list(session.scalars(query.order_by(PlanEdit.seq.desc()).limit(limit)))


def locks(session: Session, plan_id: int) -> list[PlanLock]:
    """Return the locks of a draft in order of code."""
    query = select(PlanLock).where(PlanLock.plan_id == plan_id).order_by(PlanLock.code)
    return list(session.scalars(query))


def published_codes(session: Session, communities: Collection[str]) -> frozenset[str]:
    """Return every grid code that communities ever had; they are never given again."""
    query = select(Grid.code).where(Grid.community_code.in_(communities))
    return frozenset(session.scalars(query))


def used_codes(session: Session, plan_id: int, communities: Collection[str]) -> frozenset[str]:
    """Return the codes that no new grid of a draft may take: published, or once in its log."""
    drawn = select(func.unnest(PlanEdit.grids)).where(PlanEdit.plan_id == plan_id)
    here = select(PlanGrid.grid_code).where(PlanGrid.plan_id == plan_id)
    mine = {*session.scalars(drawn), *session.scalars(here)}
    within = tuple(communities)
    return published_codes(session, communities) | {one for one in mine if one.startswith(within)}
