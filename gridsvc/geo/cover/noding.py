"""Noding on the lattice: lines cut each other where they meet, and enclose faces."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.chain import on_lattice, to_degrees

_MOST_NODINGS = 10

Shapes = NDArray[np.object_]


def in_steps(shapes: Shapes) -> Shapes:
    """Bring shapes in degrees to whole steps of the lattice, kept as doubles."""
    stepped: Shapes = shapely.transform(shapes, lambda xy: on_lattice(xy).astype(float))
    return stepped


def in_degrees(shapes: Shapes) -> Shapes:
    """Bring shapes in lattice steps back to degrees; exact for whole steps."""
    degrees: Shapes = shapely.transform(shapes, lambda xy: to_degrees(np.rint(xy)))
    return degrees


def noded(lines: Shapes) -> Shapes:
    """Cut lines in steps where they cross or pass a vertex within half a step.

    Returns
    -------
    array of LineString
        No two cross any more, every vertex is a whole step.
    """
    once = shapely.union_all(lines, grid_size=1)
    # Snap rounding is not idempotent: a moved edge may come to lie on another vertex.
    for _ in range(_MOST_NODINGS):
        again = shapely.union_all(shapely.get_parts(once), grid_size=1)
        if shapely.equals_exact(shapely.normalize(again), shapely.normalize(once)):
            break
        once = again
    parts: Shapes = shapely.get_parts(once)
    return parts


def faces(lines: Shapes) -> Shapes:
    """Give the polygons that lines in steps enclose, in steps; loose ends enclose nothing."""
    enclosed: Shapes = shapely.get_parts(shapely.polygonize(noded(lines)))
    return enclosed
