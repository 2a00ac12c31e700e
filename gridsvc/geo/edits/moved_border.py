"""Where the new border between two grids runs, when a line replaces a stretch of the old one."""

from __future__ import annotations

import numpy as np
import shapely
import shapely.ops

from gridsvc.errors import BadGeometry, RuleViolation
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.cutting import parts_of
from gridsvc.geo.edits.ground import place_of
from gridsvc.geo.edits.lines import REACH


def cut_in_two(
    outline: shapely.Geometry, shapes: Shapes, pieces: Shapes, codes: list[str]
) -> tuple[Shapes, tuple[int, int]]:
    """Cut the ground of two grids along a line and what stays of their border.

    Of all ways to join the line with the head or the tail of the old border the one is taken
    that moves the least ground.

    Parameters
    ----------
    outline : Polygon
        Both grids together; all shapes in steps.
    shapes : array of Polygon
        The two grids.
    pieces : array of LineString
        The drawn line inside of the outline.
    codes : list of str
        For the refusals.

    Returns
    -------
    tuple
        The two parts, and for each the place in ``shapes`` of the grid that it falls to.

    Raises
    ------
    BadGeometry
        The line does not join up with the border.
    RuleViolation
        The two grids share no border.
    """
    shared = shapely.intersection(*shapely.boundary(shapes))
    lines = shapely.get_parts(shared)
    # By length: grids far apart meet in an empty line, which is of one dimension, too.
    lines = lines[shapely.length(lines) > 0]
    line = shapely.multilinestrings(pieces)
    if not len(lines) or codes[0] == codes[1]:
        raise RuleViolation(
            f"Grids {codes[0]} and {codes[1]} share no border.",
            ids=codes,
            place=place_of(line if len(pieces) else shapes[0]),
        )
    stretches = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    nearest = int(shapely.distance(stretches, line).argmin()) if len(pieces) else 0
    head, tail = _left_over(stretches[nearest], line)
    others = list(np.delete(stretches, nearest))
    best: tuple[float, Shapes, tuple[int, int]] | None = None
    for kept in ([head, tail], [head], [tail], []):
        parts = parts_of(outline, np.array([*pieces, *others, *kept], dtype=object))
        if len(parts) != 2:
            continue
        held = shapely.area(shapely.intersection(parts[:, None], shapes[None, :]))
        for order in ((0, 1), (1, 0)):
            moved = shapely.area(outline) - held[0, order[0]] - held[1, order[1]]
            if best is None or moved < best[0]:
                best = moved, parts, order
    if best is None:
        raise BadGeometry(
            f"The line does not join up with the border between {codes[0]} and {codes[1]}: "
            "begin and end it on that border or on the rim of both.",
            ids=codes,
            place=place_of(line if len(pieces) else stretches[nearest]),
        )
    return best[1], best[2]


def _left_over(
    border: shapely.LineString, line: shapely.Geometry
) -> tuple[shapely.LineString, shapely.LineString]:
    """Give what of a border lies before the line first meets it and after it last does.

    Both reach a little beyond, so that noding finds them where the line rounds to.
    """
    positions = shapely.get_coordinates(shapely.intersection(border, line))
    ends = shapely.get_coordinates(shapely.boundary(line))
    points = shapely.points(np.concatenate([positions, ends]))
    met = points[shapely.dwithin(border, points, REACH)]
    if not len(met):
        return shapely.LineString(), shapely.LineString()
    at = shapely.line_locate_point(border, met)
    begin, end = at.min() + 2 * REACH, at.max() - 2 * REACH
    return _between(border, 0, begin), _between(border, end, border.length)


def _between(border: shapely.LineString, begin: float, end: float) -> shapely.LineString:
    cut: shapely.LineString = shapely.ops.substring(border, max(begin, 0), end)
    return cut if cut.geom_type == "LineString" else shapely.LineString()
