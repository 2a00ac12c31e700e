"""Open cases gathered into cells, for a picture of where they lie close."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.queries import GRID_DIGITS, below, framed
from gridsvc.incidents.models import Incident
from gridsvc.incidents.queries import Moment, Part, Wanted, exact_part, masked_part
from gridsvc.incidents.rules import masked_count

#: The width of the world in the pixels of ``Incident.pixel_x``: zoom 18, 256 px tiles.
PIXELS = 2**26
# Metres of one zoom-18 pixel on the equator, where it is widest: 2 π 6 378 137 m ÷ 2^26.
_PIXEL_M = 2 * math.pi * 6_378_137 / PIXELS

#: Masked cells are 2^9 pixels wide at every zoom and bandwidth, 306 m × cos(latitude): 150 m and
#: more up to 60° north. One fixed lattice, so that no two pictures can be laid over each other.
MASKED_BITS = 9

_EVERYWHERE = Scope(("",))


@dataclass(frozen=True)
class Heat:
    """Cells of open cases.

    Attributes
    ----------
    cells : list of tuple
        Centre longitude and latitude in degrees (EPSG:4326), number of cases.
    total : int
        Cases that match; of those that are masked, a multiple of the threshold.
    hidden : int
        Cases of ``total`` that are in no cell.
    """

    cells: list[tuple[float, float, int]]
    total: int
    hidden: int


def cell_bits(bandwidth_m: float) -> int:
    """Give the width of a cell, as a power of two of pixels, that is a third of a bandwidth."""
    return max(0, math.floor(math.log2(bandwidth_m / 3 / _PIXEL_M)))


def heat(
    session: Session,
    sight: Sight,
    asked: Wanted,
    moment: Moment,
    within: Scope,
    *,
    bandwidth_m: float,
    threshold: int,
) -> Heat:
    """Gather open cases into cells no wider than a third of the bandwidth.

    Cases outside every grid count too, under their division. Cells that a viewer may only see
    masked lie on a coarse fixed lattice, hold a multiple of the threshold, and are left out
    below it; they are those of the whole masked area, whatever part of it is asked for, because a
    cell counted for a part alone would tell the rest. Served by ``ix_incident_open_pixel``.
    """
    exact, masked = exact_part(sight, asked, moment), masked_part(sight, asked, moment)
    seen = _cells(session, exact, within, cell_bits(bandwidth_m))
    dim = _cells(session, masked, _EVERYWHERE, MASKED_BITS)
    true_dim = int(dim["cases"].sum())
    kept = dim.assign(cases=[masked_count(n, threshold) or 0 for n in dim["cases"]])
    kept = kept[kept["cases"] > 0]
    dim_total = masked_count(true_dim, threshold) or 0
    return Heat(
        cells=_centres(seen, cell_bits(bandwidth_m)) + _centres(kept, MASKED_BITS),
        total=int(seen["cases"].sum()) + dim_total,
        hidden=dim_total - int(kept["cases"].sum()),
    )


def cells_in_tile(
    session: Session,
    sight: Sight,
    moment: Moment,
    within: Scope,
    tile: tuple[int, int, int],
    *,
    threshold: int,
) -> list[tuple[float, float, int]]:
    """Gather the open cases of one map tile (z, x, y) as `heat` does for a whole picture.

    Cells are a 32nd of the tile wide, masked ones as wide as everywhere; a cell is in the tile
    that holds its centre. Longitude, latitude (EPSG:4326), number of cases.
    """
    z, x, y = tile
    size = PIXELS >> z
    box = (x * size, y * size, (x + 1) * size, (y + 1) * size)
    bits = max(0, 26 - z - 5)
    exact, masked = (part(sight, Wanted(), moment) for part in (exact_part, masked_part))
    seen = _cells(session, exact, within, bits, box)
    # a masked cell may reach over the tile's edge: count all of it before any of it is shown
    wide = 1 << MASKED_BITS
    around = (box[0] - wide, box[1] - wide, box[2] + wide, box[3] + wide)
    dim = _cells(session, masked, _EVERYWHERE, MASKED_BITS, around)
    dim = dim.assign(cases=[masked_count(n, threshold) or 0 for n in dim["cases"]])
    middle = (dim[["x", "y"]] * wide + wide // 2).to_numpy()
    inside = ((middle >= box[:2]) & (middle < box[2:])).all(axis=1)
    return _centres(seen, bits) + _centres(dim[inside & (dim["cases"] > 0)], MASKED_BITS)


def _cells(
    session: Session,
    part: Part | None,
    within: Scope,
    bits: int,
    box: tuple[int, int, int, int] | None = None,
) -> pd.DataFrame:
    if part is None:
        return pd.DataFrame({"x": [], "y": [], "cases": []}, dtype=int)
    x, y = Incident.pixel_x.op(">>")(bits), Incident.pixel_y.op(">>")(bits)
    query = (
        select(x.label("x"), y.label("y"), func.count().label("cases"))
        .where(part.cases, Incident.pixel_x.is_not(None), _somewhere(part, within))
        .group_by(x, y)
        .order_by(x, y)
    )
    if box is not None:
        left, top, right, bottom = box
        query = query.where(
            Incident.pixel_x.between(left, right - 1), Incident.pixel_y.between(top, bottom - 1)
        )
    return framed(session, query).astype(int)


def _somewhere(part: Part, within: Scope) -> ColumnElement[bool]:
    grid, division = Incident.grid_code, Incident.division_code
    in_grid = and_(part.holds(grid), below(grid, within, GRID_DIGITS), grid.is_not(None))
    outside = and_(grid.is_(None), part.holds(division, None), below(division, within))
    return or_(in_grid, outside)


def _centres(cells: pd.DataFrame, bits: int) -> list[tuple[float, float, int]]:
    """Undo the projection of ``Incident.pixel_x`` and ``pixel_y`` for the middle of each cell."""
    east = (cells["x"].to_numpy(float) + 0.5) * 2**bits / PIXELS
    south = (cells["y"].to_numpy(float) + 0.5) * 2**bits / PIXELS
    lon = np.round(east * 360 - 180, 6)
    lat = np.round(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * south)))), 6)
    return list(zip(lon.tolist(), lat.tolist(), cells["cases"].tolist(), strict=True))
