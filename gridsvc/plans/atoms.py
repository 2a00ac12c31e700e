"""The atoms of a draft in the database: read by community, replaced by edits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.geo.analysis.shape import compactness
from gridsvc.geo.atoms import outlines
from gridsvc.geo.crs import area_m2
from gridsvc.geo.edits import Edit
from gridsvc.plans.deltas import frame, plain_rows
from gridsvc.plans.models import PlanAtom, PlanBase, PlanGrid

_COLUMNS = (
    "plan_id", "atom", "grid_code", "households", "dwellings", "lon", "lat", "building_id",
    "block", "geom",
)  # fmt: skip


def load(session: Session, plan_id: int, prefixes: Iterable[str] | None = None) -> gpd.GeoDataFrame:
    """Read atoms of a draft, in order of their ids.

    Parameters
    ----------
    prefixes : iterable of str, optional
        Grids or communities to read; the whole draft if None. Served by
        ``ix_plan_atom_plan_id_grid_code``.

    Returns
    -------
    GeoDataFrame
        An atoms frame as in `gridsvc.geo.atoms`, EPSG:4326.
    """
    where: ColumnElement[bool] = PlanAtom.plan_id == plan_id
    if prefixes is not None:
        spans = [
            PlanAtom.grid_code.between(one.ljust(15, "0"), one.ljust(15, "9")) for one in prefixes
        ]
        where = and_(where, or_(*spans)) if spans else where & (PlanAtom.atom < 0)
    return _read(session, where)


def _read(session: Session, where: ColumnElement[bool]) -> gpd.GeoDataFrame:
    rows = session.execute(
        select(
            PlanAtom.atom,
            PlanAtom.grid_code,
            PlanAtom.households,
            PlanAtom.dwellings,
            PlanAtom.lon,
            PlanAtom.lat,
            PlanAtom.building_id,
            PlanAtom.block,
            func.ST_AsBinary(PlanAtom.geom),
        )
        .where(where)
        .order_by(PlanAtom.atom)
    ).all()
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return frame([row[:-1] for row in rows], shapes)


def write(session: Session, plan_id: int, atoms: gpd.GeoDataFrame) -> None:
    """Append atoms to a draft."""
    shapes = _ewkb(atoms.geometry)
    rows = (
        (plan_id, atom, *plain, shape)
        for atom, plain, shape in zip(atoms.index.tolist(), plain_rows(atoms), shapes, strict=True)
    )
    copy_rows(session, PlanAtom.__tablename__, _COLUMNS, rows)


def apply(session: Session, plan_id: int, edit: Edit, atoms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put an edit's atoms in the place of those before, and draw the grids concerned anew.

    Parameters
    ----------
    atoms : GeoDataFrame
        At least the whole of every grid that the edit has an atom of.

    Returns
    -------
    GeoDataFrame
        The same atoms after the edit.

    Raises
    ------
    Conflict
        An atom is no longer as the edit found it.
    """
    after = edit.applied_to(atoms)
    going = PlanAtom.atom.in_(edit.before.index.tolist())
    session.execute(delete(PlanAtom).where(PlanAtom.plan_id == plan_id, going))
    write(session, plan_id, edit.after)
    codes = {*edit.before["grid"], *edit.after["grid"]}
    drawn_before = dict(
        session.execute(
            select(PlanGrid.grid_code, PlanGrid.changed).where(
                PlanGrid.plan_id == plan_id, PlanGrid.grid_code.in_(codes)
            )
        ).all()
    )
    session.execute(
        delete(PlanGrid).where(PlanGrid.plan_id == plan_id, PlanGrid.grid_code.in_(codes))
    )
    grids = measured(after[after["grid"].isin(codes)])
    began = dict(
        session.execute(
            select(PlanBase.grid_code, PlanBase.digest).where(
                PlanBase.plan_id == plan_id, PlanBase.grid_code.in_(codes)
            )
        ).all()
    )
    # A neighbour that only gained a vertex on its border is as it was.
    grids["changed"] = [
        began.get(code) != digest if code in edit.grids else drawn_before.get(code, False)
        for code, digest in grids["digest"].items()
    ]
    write_grids(session, plan_id, grids)
    return after


def measured(atoms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw grids from all of their atoms, and measure them.

    Returns
    -------
    GeoDataFrame
        Index ``grid``; ``households``, ``dwellings``, ``atoms`` (int), ``area_m2``,
        ``compactness`` (float), ``digest`` (bytes: equal for equal ground and counts) and
        geometry, EPSG:4326.
    """
    grids = outlines(atoms)
    parts = shapely.normalize(grids.geometry.to_numpy())
    counts = grids[["households", "dwellings"]].to_numpy()
    return grids.assign(
        atoms=atoms.groupby("grid").size().reindex(grids.index),
        area_m2=area_m2(grids),
        compactness=compactness(grids),
        digest=[
            hashlib.sha256(shapely.to_wkb(shape) + np.ascontiguousarray(pair).tobytes()).digest()
            for shape, pair in zip(parts, counts, strict=True)
        ],
    )


def write_grids(session: Session, plan_id: int, grids: gpd.GeoDataFrame) -> None:
    """Append what `measured` gave, with ``changed``, to the grids of a draft."""
    names = ("households", "dwellings", "atoms", "area_m2", "compactness", "changed")
    table = pd.DataFrame({name: grids[name] for name in names})
    rows = (
        (plan_id, *row, shape)
        for row, shape in zip(table.itertuples(name=None), _ewkb(grids.geometry), strict=True)
    )
    copy_rows(session, PlanGrid.__tablename__, ("plan_id", "grid_code", *names, "geom"), rows)


def write_base(session: Session, plan_id: int, grids: gpd.GeoDataFrame) -> None:
    """Keep what `measured` gave as that which the draft began from."""
    rows = (
        (plan_id, code, households, dwellings, f"\\x{digest.hex()}", shape)
        for code, households, dwellings, digest, shape in zip(
            grids.index,
            grids["households"],
            grids["dwellings"],
            grids["digest"],
            _ewkb(grids.geometry),
            strict=True,
        )
    )
    columns = ("plan_id", "grid_code", "households", "dwellings", "digest", "geom")
    copy_rows(session, PlanBase.__tablename__, columns, rows)


def _ewkb(shapes: gpd.GeoSeries) -> Sequence[str]:
    with_srid = shapely.set_srid(shapes.to_numpy(), 4326)
    return list(shapely.to_wkb(with_srid, hex=True, include_srid=True))
