"""The houses of a grid on a day, as its zones are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.zones.rules import House


@dataclass(frozen=True)
class GridHouses:
    """A grid with its houses, in order of their ids; shapes in EPSG:4326.

    ``dwellings`` is counted; a house has at least one door where somebody lives.
    """

    boundary_id: int
    shape: shapely.Polygon
    houses: list[House]
    dwellings: list[int]
    footprints: NDArray[np.object_]

    @property
    def households(self) -> int:
        """Households of all houses."""
        return sum(one.households for one in self.houses)


def houses_of(session: Session, grid_code: str, on: date) -> GridHouses | None:
    """Read the houses of a residential grid; ``None`` where there is no such grid on the day.

    A house is where its anchor is; on a shared edge it belongs to the lowest code, as everywhere.
    """
    values = {"code": grid_code, "on": on}
    ground = session.execute(text(_GROUND), values).one_or_none()
    if ground is None:
        return None
    rows = session.execute(text(_HOUSES), values).all()
    houses = [
        House(number, lon, lat, households, max(dwellings, min(households, 1)))
        for number, lon, lat, households, dwellings, _ in rows
    ]
    footprints = shapely.from_wkb([bytes(row[-1]) for row in rows])
    shape = shapely.from_wkb(bytes(ground.shape))
    return GridHouses(ground.id, shape, houses, [row.dwelling_count for row in rows], footprints)


_GROUND = """
    select b.id, st_asbinary(b.geom) as shape
    from gridsvc.grid_boundary b
    join gridsvc.grid g on g.code = b.grid_code and g.kind = 'residential'
    where b.grid_code = :code
      and b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
"""

_HOUSES = """
    select h.id, st_x(h.anchor), st_y(h.anchor), h.household_count, h.dwelling_count,
           st_asbinary(h.geom)
    from gridsvc.grid_boundary b
    join gridsvc.building h on st_covers(b.geom, h.anchor)
    where b.grid_code = :code
      and b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
      and h.valid_from <= :on and (h.valid_to is null or h.valid_to > :on)
      and h.household_count + h.dwelling_count > 0
      and not exists (
          select from gridsvc.grid_boundary o
          join gridsvc.grid g on g.code = o.grid_code and g.kind = 'residential'
          where o.grid_code < b.grid_code and st_covers(o.geom, h.anchor)
            and o.valid_from <= :on and (o.valid_to is null or o.valid_to > :on))
    order by h.id
"""
