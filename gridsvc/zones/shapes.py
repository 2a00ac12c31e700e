"""Where contact zones lie, for a drawing."""

from __future__ import annotations

from collections.abc import Iterable

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.zones.models import ContactZone


def shapes_of(session: Session, zone_ids: Iterable[int]) -> dict[int, shapely.Geometry]:
    """Return the MultiPolygons of zones (EPSG:4326) by id; by the primary key."""
    rows = session.execute(
        select(ContactZone.id, func.ST_AsBinary(ContactZone.geom)).where(
            ContactZone.id.in_(list(zone_ids))
        )
    )
    return {number: shapely.from_wkb(bytes(shape)) for number, shape in rows}
