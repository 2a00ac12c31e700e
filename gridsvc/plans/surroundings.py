"""What lies about a draft and does not change with it: base map, buildings, frames, ranges."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.geo.crs import STORAGE
from gridsvc.geo.findings import Ground
from gridsvc.grids.models import BaseFeature, Building
from gridsvc.grids.queries import household_ranges, valid_on
from gridsvc.plans import queries
from gridsvc.plans.models import Plan, PlanBase
from gridsvc.plans.rules import COMMUNITY_DIGITS

MAIN_ROAD_RANK = 1


def ground(session: Session, plan: Plan, communities: Collection[str]) -> Ground:
    """Put together what the grids of some communities are judged against.

    The frames are what the communities covered when the draft began, so that the proof is against
    the very edges that were locked.
    """
    codes = select(PlanBase.grid_code).where(
        PlanBase.plan_id == plan.id,
        or_(*(PlanBase.grid_code.between(f"{one}000", f"{one}999") for one in communities)),
    )
    base = queries.base_outlines(session, plan.id, session.scalars(codes))
    community = base.index.str[:COMMUNITY_DIGITS]
    shapes = base.geometry.to_numpy()
    frames = {
        code: covering(shapes[places]) for code, places in base.groupby(community).indices.items()
    }
    order = sorted(frames)
    low, high = household_ranges(session, np.array(order, dtype=object))
    box = base.total_bounds.tolist()
    return Ground(
        communities=gpd.GeoDataFrame(
            {"code": order}, geometry=[frames[code] for code in order], crs=STORAGE
        ),
        households=base["households"].groupby(community).sum(),
        low=pd.Series(low, order),
        high=pd.Series(high, order),
        base=frozenset(base.index),
        used=queries.published_codes(session, communities),
        barriers=barriers(session, box),
        buildings=footprints(session, plan, box),
    )


def covering(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """Unite the grids of a community; every vertex on its rim stays."""
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        # Grids from elsewhere may overlap or miss each other; that is for the findings to tell.
        return shapely.union_all(shapes)


def base_map(session: Session, box: list[float]) -> gpd.GeoDataFrame:
    """Read streets and water that touch a box: ``kind``, ``rank``, geometry, EPSG:4326."""
    rows = session.execute(
        select(BaseFeature.kind, BaseFeature.rank, func.ST_AsBinary(BaseFeature.geom)).where(
            BaseFeature.kind.in_(["street", "water"]), BaseFeature.geom.op("&&")(_envelope(box))
        )
    ).all()
    table = pd.DataFrame([row[:-1] for row in rows], columns=["kind", "rank"])
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=STORAGE)


def barriers(session: Session, box: list[float]) -> gpd.GeoDataFrame:
    """Read what people do not cross anywhere: water and main roads that touch a box."""
    near = base_map(session, box)
    return near[(near["kind"] == "water") | (near["rank"] == MAIN_ROAD_RANK)]


def footprints(session: Session, plan: Plan, box: list[float]) -> gpd.GeoDataFrame:
    """Read the footprints of the buildings in a box on the draft's day, by their ids."""
    rows = session.execute(
        select(Building.id, func.ST_AsBinary(Building.geom))
        .where(Building.geom.op("&&")(_envelope(box)), valid_on(Building, plan.base_on))
        .order_by(Building.id)
    ).all()
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    index = pd.Index([row[0] for row in rows], name="building", dtype="int64")
    return gpd.GeoDataFrame(index=index, geometry=shapes, crs=STORAGE)


def _envelope(box: list[float]) -> Any:
    return func.ST_MakeEnvelope(*box, 4326)
