"""Cells of buildings: every place goes to the footprint that is nearest."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.ground import united

# Steps of the lattice are 1.1 cm. Walls are sampled as densely as a narrow lane is wide; drawn in
# a little, so that houses wall to wall have a border between them and not through them.
_SAMPLE_STEPS = 400.0
_INWARD_STEPS = 40.0
# A border between samples zigzags by less than this.
_STRAIGHTEN_STEPS = 120.0


def nearest_ground(footprints: Shapes, around: shapely.Polygon) -> Shapes:
    """Divide the plane among footprints, Voronoi cells of their walls.

    Parameters
    ----------
    footprints : array of Polygon, MultiPolygon or Point
        In steps, at least two.
    around : Polygon
        The ground that the cells must cover, in steps.

    Returns
    -------
    array of Polygon
        One a footprint; they share their borders and reach beyond ``around``. Empty for one
        that stands where an earlier one does.
    """
    # A step east is shorter than a step north; the nearest wall is nearest on the ground.
    narrow = np.array([np.cos(np.radians(around.centroid.y * 1e-7)), 1.0])
    samples, whose = _sampled(shapely.transform(footprints, lambda xy: xy * narrow))
    ground = shapely.transform(around, lambda xy: xy * narrow)
    diagram = shapely.voronoi_polygons(shapely.multipoints(samples), extend_to=ground, ordered=True)
    parts = shapely.get_parts(diagram)
    cells = np.array([united(parts[whose == n]) for n in range(len(footprints))], dtype=object)
    some = ~shapely.is_empty(cells)
    cells[some] = shapely.coverage_simplify(cells[some], _STRAIGHTEN_STEPS, simplify_boundary=False)
    divided: Shapes = shapely.transform(cells, lambda xy: xy / narrow)
    return divided


def _sampled(footprints: Shapes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    inner = shapely.buffer(footprints, -_INWARD_STEPS, join_style="mitre")
    gone = shapely.is_empty(inner)
    inner[gone] = shapely.point_on_surface(footprints[gone])
    walls = np.where(shapely.get_dimensions(inner) == 2, shapely.boundary(inner), inner)
    samples, whose = shapely.get_coordinates(
        shapely.segmentize(walls, _SAMPLE_STEPS), return_index=True
    )
    # A place that two footprints claim is the first one's.
    _, first = np.unique(np.rint(samples), axis=0, return_index=True)
    first.sort()
    return samples[first], whose[first]
