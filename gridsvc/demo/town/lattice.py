"""From metres on the drawing to the lattice of 1e-7 degrees, and linework into exact faces.

All shapes are formed from one set of noded lines whose vertices are lattice points, so
neighbours share every vertex: the coverage is exact, not exact to a tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

Shape = TypeVar("Shape", bound=shapely.Geometry)

# The drawing's middle on the globe, and the length of a degree there (WGS 84 / CGCS2000 series
# 111132.954 - 559.822 cos 2p + 1.175 cos 4p and 111412.84 cos p - 93.5 cos 3p + 0.118 cos 5p).
MIDDLE_M = (1250.0, 1000.0)
MIDDLE_DEG = (106.92, 27.71)
METRES_PER_DEGREE = (98_623.9053, 110_814.8054)
STEPS_PER_DEGREE = 10_000_000
STEP_M = np.array(METRES_PER_DEGREE) / STEPS_PER_DEGREE

_ROUNDS = 20  # snap rounding is not idempotent; it settled within 3 rounds on every seed tried


def to_steps(shape: Shape) -> Shape:
    """Metres to whole lattice steps (lon, lat times 1e7), held as integer-valued floats."""
    return shapely.transform(shape, _steps)


def _steps(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    degrees = np.array(MIDDLE_DEG) + (metres - MIDDLE_M) / METRES_PER_DEGREE
    return np.rint(degrees * STEPS_PER_DEGREE)


def to_metres(shape: Shape) -> Shape:
    """Lattice steps to metres on the drawing."""
    origin = np.array(MIDDLE_DEG) * STEPS_PER_DEGREE
    return shapely.transform(shape, lambda steps: (steps - origin) * STEP_M + MIDDLE_M)


def to_degrees(shape: Shape) -> Shape:
    """Lattice steps to degrees: dividing by 1e7 gives what `round(x, 7)` gives."""
    return shapely.transform(shape, lambda steps: steps / STEPS_PER_DEGREE)


def faces(lines: Iterable[LineString]) -> list[Polygon]:
    """Node lines given in lattice steps against each other and return the faces between them.

    Returns
    -------
    list of Polygon
        Faces whose every vertex is a lattice point, in the order of their representative
        points; dangling ends are dropped.
    """
    noded = shapely.union_all(np.array(list(lines)), grid_size=1)
    for _ in range(_ROUNDS):
        again = shapely.union_all(shapely.get_parts(noded), grid_size=1)
        settled = shapely.equals_exact(shapely.normalize(again), shapely.normalize(noded))
        noded = again
        if settled:
            break
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return sorted((shapely.normalize(f) for f in found), key=lambda f: f.wkb)
