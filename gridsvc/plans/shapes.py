"""The shapes that a draft would publish: building cells leave no trace where nothing changed.

The corners of building cells stand on the borders between grids, where the boundaries in force
have no vertex. Published as they are they would move every border by the rounding of the lattice,
and give every grid a new boundary. So each of them is taken out again, on both sides at once,
unless the draft drew something there.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.geo.cover.chain import on_lattice, to_degrees
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import GridBoundary
from gridsvc.plans import queries
from gridsvc.plans.models import Plan

Vertices = NDArray[np.int64]


def shapes_to_publish(session: Session, plan: Plan) -> gpd.GeoDataFrame:
    """Give the grids of a draft as they may be published.

    Returns
    -------
    GeoDataFrame
        Index ``grid``; ``households``, ``dwellings`` (int), ``changed`` (bool: the boundary in
        force would not do, because ground, counts or a neighbour's corner on the border differ)
        and geometry. Where not changed it is the very boundary in force, also where that has no
        count. Together they have the same chain as the boundaries in force.
    """
    now = queries.outlines(session, plan.id)[["households", "dwellings", "geometry"]]
    began = queries.base_outlines(session, plan.id)
    stored = _in_force(session, plan)
    drop = _untouched(now, began, stored)
    shapes = np.array([_without(shape, drop) for shape in now.geometry], dtype=object)
    found = now.set_geometry(gpd.GeoSeries(shapes, now.index, crs=STORAGE))
    there = stored.geometry.reindex(found.index)
    same = shapely.equals_identical(shapely.normalize(shapes), shapely.normalize(there.to_numpy()))
    counted = began[["households", "dwellings"]].reindex(found.index)
    same &= (counted == found[["households", "dwellings"]]).all(axis=1).to_numpy()
    kept = found.geometry.where(~same, there)
    return found.set_geometry(gpd.GeoSeries(kept, crs=STORAGE)).assign(changed=~same)


def _in_force(session: Session, plan: Plan) -> gpd.GeoDataFrame:
    rows = session.execute(
        select(GridBoundary.grid_code, func.ST_AsBinary(GridBoundary.geom)).where(
            GridBoundary.id.in_(plan.base_boundary_ids)
        )
    ).all()
    shapes = shapely.from_wkb([bytes(row[1]) for row in rows])
    on_steps = shapely.transform(shapes, lambda xy: to_degrees(on_lattice(xy)))
    return gpd.GeoDataFrame(geometry=on_steps, index=[row[0] for row in rows], crs=STORAGE)


def _untouched(
    now: gpd.GeoDataFrame, began: gpd.GeoDataFrame, stored: gpd.GeoDataFrame
) -> Vertices:
    """Find the vertices that only cells put there and that join the same two edges still."""
    before, after = _joints(began.geometry), _joints(now.geometry)
    own = np.unique(_packed(shapely.get_coordinates(stored.geometry.to_numpy())))
    before = before[~before.index.isin(own)]
    after = after.reindex(before.index)
    same = (before.to_numpy() == after.to_numpy()).all(axis=1) & (before["ways"] == 2).to_numpy()
    return before.index.to_numpy()[same]


def _joints(shapes: gpd.GeoSeries) -> pd.DataFrame:
    """Tell of every vertex how many edges meet there, and the first and last of their far ends."""
    rings = shapely.get_rings(shapes.to_numpy())
    positions, ring = shapely.get_coordinates(rings, return_index=True)
    vertex = _packed(positions)
    going_on = ring[:-1] == ring[1:]
    start, end = vertex[:-1][going_on], vertex[1:][going_on]
    ways = pd.DataFrame({"at": np.concatenate([start, end]), "to": np.concatenate([end, start])})
    grouped = ways.drop_duplicates().groupby("at")["to"]
    return grouped.agg(ways="size", first="min", last="max")


def _without(shape: shapely.Polygon, drop: Vertices) -> shapely.Polygon:
    rings = []
    for ring in (shape.exterior, *shape.interiors):
        positions = shapely.get_coordinates(ring)[:-1]
        rings.append(positions[~np.isin(_packed(positions), drop)])
    return shapely.Polygon(rings[0], rings[1:])


def _packed(positions: NDArray[np.float64]) -> Vertices:
    steps = on_lattice(positions)
    return (steps[:, 0] << 32) | (steps[:, 1] + 2**31)
