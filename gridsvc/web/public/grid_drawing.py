"""One grid on paper or on a phone: its outline among streets, water, houses and neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gridsvc.errors import NotFound
from gridsvc.geo.paper.sheet import Sheet, laid_out, path
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.surroundings import base_map


@dataclass(frozen=True)
class Drawing:
    """Paths in millimetres from the upper left.

    ``sheet`` has the grid, streets and water; ``borders`` are those of all grids around.
    """

    sheet: Sheet
    borders: str
    houses: list[str]


def drawing_of(session: Session, code: str, on: date, wide_mm: float, high_mm: float) -> Drawing:
    """Draw a grid of a day in the middle of a field, at the largest round scale that fits.

    Raises
    ------
    NotFound
        The grid is not in force on the day.
    """
    of_grid = select(func.ST_AsBinary(GridBoundary.geom)).where(valid_on(GridBoundary, on))
    own = session.scalar(of_grid.where(GridBoundary.grid_code == code))
    if own is None:
        raise NotFound(f"There is no grid {code} on {on}.", [code])
    shape = shapely.from_wkb(bytes(own))
    # The field is at most so much wider than the grid, in degrees, whatever its proportions.
    west, south, east, north = shape.bounds
    reach = 2 * max(east - west, north - south)
    box = [west - reach, south - reach, east + reach, north + reach]
    sheet = laid_out(
        gpd.GeoDataFrame({"code": [code]}, geometry=[shape], crs=4326),
        base_map(session, box),
        wide_mm,
        high_mm,
    )
    envelope = func.ST_MakeEnvelope(*box, 4326)
    others = of_grid.join(Grid, Grid.code == GridBoundary.grid_code).where(
        GridBoundary.geom.op("&&")(envelope), Grid.kind == GridKind.RESIDENTIAL
    )
    houses = select(func.ST_AsBinary(Building.geom)).where(
        Building.geom.op("&&")(envelope), valid_on(Building, on)
    )
    field = shapely.box(0, 0, wide_mm, high_mm)
    # Each border once: drawn for both its grids, the dashes of one would fill the other's gaps.
    borders = shapely.union_all(shapely.boundary(_put(session, others, sheet)))
    seen = shapely.intersection([borders, *_put(session, houses, sheet)], field)
    return Drawing(sheet, path(seen[0]), [path(one) for one in seen[1:] if one.area])


def _put(session: Session, query: Select[bytes], sheet: Sheet) -> NDArray[np.object_]:
    shapes = gpd.GeoSeries.from_wkb([bytes(one) for one in session.scalars(query)], crs=4326)
    return sheet.put(shapes)
