"""The ground of contact zones: a picture of which households belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from gridsvc.geo.atoms.voronoi import nearest_ground
from gridsvc.geo.cover.noding import Shapes, in_degrees, in_steps

#: A house that got no ground, as one of two at one place, is drawn as a spot of a metre.
_SPOT_STEPS = 100.0

#: The house's place among the houses, and the share of its doors, from and to.
Stretch = tuple[int, float, float]


def zone_grounds(
    grid: shapely.Polygon, footprints: Shapes, zones: Sequence[Sequence[Stretch]]
) -> list[shapely.MultiPolygon]:
    """Draw zones: to each the ground of the grid that is nearest to its houses.

    The ground of a house with several zones is cut into strips across its length, in the order
    of the doors. Floors lie above each other and have no ground of their own: the strips show
    which zones there are, not where a door is.

    Parameters
    ----------
    grid : Polygon
        EPSG:4326.
    footprints : array of Polygon or MultiPolygon
        Of the houses, EPSG:4326; a house may stand over the grid's edge.
    zones : sequence of sequence of Stretch
        What each zone holds of which house.

    Returns
    -------
    list of MultiPolygon
        EPSG:4326 on the 1e-7 degree lattice, in the order of the zones, inside the grid but for
        spots; together they cover it up to rounding.
    """
    around, houses = in_steps(np.array([grid]))[0], in_steps(np.asarray(footprints, dtype=object))
    cells = np.array([around], dtype=object)
    if len(houses) > 1:
        cells = shapely.intersection(nearest_ground(houses, around), around)
    grounds = [
        _joined([_strip(cells[n], houses[n], *share) for n, *share in zone]) for zone in zones
    ]
    return [shapely.MultiPolygon(_polygons(one)) for one in in_degrees(np.array(grounds))]


def _joined(parts: list[shapely.Geometry]) -> shapely.Geometry:
    united = shapely.union_all(np.array(parts, dtype=object), grid_size=1)
    polygons = _polygons(united)
    if not polygons:
        polygons = [shapely.box(*parts[0].buffer(_SPOT_STEPS).bounds)]
    return shapely.MultiPolygon(polygons)


def _strip(
    cell: shapely.Geometry, house: shapely.Geometry, start: float, end: float
) -> shapely.Geometry:
    """Cut from a cell what lies between two shares of its length."""
    if not _polygons(cell):
        cell = shapely.point_on_surface(house).buffer(_SPOT_STEPS, quad_segs=1)
    if (start, end) == (0.0, 1.0):
        return cell
    origin, along, across = _axes(cell)
    length = (shapely.get_coordinates(cell) - origin) @ along
    low, high = length.min(), length.max()
    width = high - low
    ends = [low + width * start, low + width * end]
    # Far enough beyond both sides; the outer strips also hold the ends themselves.
    wide = across * (width + shapely.length(cell))
    strip = [origin + along * at + side * wide for at in ends for side in (-1, 1)]
    cut = shapely.intersection(cell, shapely.convex_hull(shapely.multipoints(strip)))
    return cut if _polygons(cut) else shapely.point_on_surface(cell).buffer(_SPOT_STEPS)


def _axes(cell: shapely.Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give a corner of the cell's narrowest box, and the units along its length and across it."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(cell))
    sides = corners[1:3] - corners[:2]
    lengths = np.hypot(*sides.T)
    # Of two equal sides the first; turned so that strips run from west to east.
    along = sides[int(lengths.argmax())] / lengths.max()
    along = along if tuple(along) > (0.0, 0.0) else -along
    return corners[0], along, np.array([-along[1], along[0]])


def _polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shapely.make_valid(shape))
    return [one for one in shapely.get_parts(parts) if one.geom_type == "Polygon" and one.area > 0]
