"""Houses for a made city: as many households as its grids are said to have, for timing zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.demo.city import SIDE

#: Households of a house: cottages, small blocks, and blocks that hold several zones.
SIZES, SHARES = np.array([1, 3, 6, 12, 24]), (0.25, 0.25, 0.2, 0.2, 0.1)
#: Houses stand in the middle of a grid, inside whatever its bends; a house fills 6 tenths of its
#: place, and one dwelling in twenty is empty.
ROOM, FILLED, EMPTY = 0.5, 0.6, 0.05


def write_houses(
    session: Session, city: gpd.GeoDataFrame, since: date, random: np.random.Generator
) -> int:
    """Write a building for every house of `make_city`'s grids; flushed. Returns how many."""
    columns = ["code", "community_code", "geom", "anchor", "household_count", "dwelling_count"]
    rows = _houses(city, random)
    return copy_rows(session, "building", [*columns, "valid_from"], ((*r, since) for r in rows))


def _houses(city: gpd.GeoDataFrame, random: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    middles = shapely.get_coordinates(shapely.centroid(city.geometry.to_numpy()))
    for code, total, middle in zip(city["code"], city["household_count"], middles, strict=True):
        sizes = _sizes(int(total), random)
        side = int(np.ceil(np.sqrt(len(sizes))))
        step = ROOM * SIDE / side
        for place, size in enumerate(sizes):
            north, east = divmod(place, side)
            at = middle + step * (np.array([east, north]) - (side - 1) / 2)
            half = step * FILLED / 2
            box = shapely.box(*np.round([*(at - half), *(at + half)], 7))
            yield (
                f"{code}-{place + 1}",
                code[:12],
                _hex(shapely.MultiPolygon([box])),
                _hex(shapely.Point(np.round(at, 7))),
                size,
                size + int(random.binomial(size, EMPTY)),
            )


def _sizes(total: int, random: np.random.Generator) -> list[int]:
    """Draw sizes that add up to a number."""
    drawn = random.choice(SIZES, total, p=SHARES)
    count = int(np.searchsorted(np.cumsum(drawn), total)) + 1
    sizes = [int(one) for one in drawn[:count]]
    sizes[-1] -= sum(sizes) - total
    return sizes


def _hex(shape: shapely.Geometry) -> str:
    return shapely.to_wkb(shapely.set_srid(shape, 4326), hex=True, include_srid=True)
