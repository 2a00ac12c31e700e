"""What a person drew, made fit to cut with: judged, clipped, its ends put in place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadGeometry
from gridsvc.geo.cover.noding import Shapes, in_steps
from gridsvc.geo.cover.polygons import MOST_VERTICES
from gridsvc.geo.edits.ground import Ground, in_metres, place_of

# Snap rounding moves a line by 0.71 steps at most, and the vertex that it meets by as much.
REACH = 1.5
_MOST_CLIPPINGS = 4

Positions = NDArray[np.float64]


@dataclass(frozen=True)
class Stroke:
    """Linework in steps, and how far the farthest of its ends was moved, in metres."""

    pieces: Shapes
    shifted_m: float = 0.0


def drawn(shape: shapely.Geometry, kind: str) -> shapely.Geometry:
    """Take a drawn LineString or Polygon, EPSG:4326, to lattice steps.

    Raises
    ------
    BadGeometry
        It is another kind of shape, empty, not finite, off the globe, too long, or crosses
        itself.
    """
    noun = "line" if kind == "LineString" else "outline"
    if shape is None or shape.geom_type != kind or shape.is_empty:
        raise BadGeometry(f"Nothing is drawn: an edit of this kind needs one {kind}.")
    positions = shapely.get_coordinates(shape)
    if not np.isfinite(positions).all() or (np.abs(positions) > (180, 90)).any():
        raise BadGeometry(f"The {noun} leaves the globe: draw it on the map.")
    start = (float(positions[0, 0]), float(positions[0, 1]))
    if len(positions) > MOST_VERTICES:
        raise BadGeometry(
            f"The {noun} has {len(positions)} vertices, at most {MOST_VERTICES} are taken: "
            "draw it more simply.",
            place=start,
        )
    stepped = in_steps(shapely.force_2d(shape))
    if shapely.length(stepped) == 0:
        raise BadGeometry(f"The {noun} is a single point: draw it larger.", place=start)
    ring = stepped if kind == "LineString" else shapely.boundary(stepped)
    if not (shapely.is_valid(stepped) and shapely.is_simple(ring)):
        raise BadGeometry(
            f"The {noun} crosses or touches itself: draw it without a loop.", place=_loop(ring)
        )
    return stepped


def _loop(line: shapely.Geometry) -> tuple[float, float]:
    """Find where a line meets itself: a node that is not one of its own vertices once."""
    nodes = shapely.get_coordinates(shapely.boundary(shapely.get_parts(shapely.node(line))))
    met, times = np.unique(nodes, axis=0, return_counts=True)
    return place_of(shapely.Point(met[times.argmax()]))


def laid(ground: Ground, outline: shapely.Geometry, lines: Shapes) -> Stroke:
    """Keep of some lines what lies in an outline, and put ends at a locked edge on its vertex.

    A locked edge never gains a vertex, so an end there goes to the nearest vertex of the edge
    from which the line stays inside.

    Parameters
    ----------
    ground : Ground
        Gives the locked edges.
    outline : Polygon or MultiPolygon
        The ground that may be cut, in steps.
    lines : array of LineString
        In steps.
    """
    shapely.prepare(outline)
    shifted_m = 0.0
    pieces = lines
    for _ in range(_MOST_CLIPPINGS):
        pieces = _clipped(pieces, outline)
        moved = [_ends_locked(piece, ground, outline) for piece in pieces]
        pieces = np.array([line for line, _ in moved if line is not None], dtype=object)
        farthest = max((way for _, way in moved), default=0.0)
        if not farthest:
            break
        shifted_m = max(shifted_m, farthest)
    return Stroke(pieces, shifted_m)


def _clipped(lines: Shapes, outline: shapely.Geometry) -> Shapes:
    inside = shapely.intersection(lines, outline)
    parts = shapely.get_parts(shapely.get_parts(inside))
    parts = parts[shapely.get_dimensions(parts) == 1]
    merged = shapely.line_merge(shapely.multilinestrings(parts)) if len(parts) else None
    return shapely.get_parts(merged) if merged is not None else parts


def _ends_locked(
    line: shapely.LineString, ground: Ground, outline: shapely.Geometry
) -> tuple[shapely.LineString | None, float]:
    positions = _off_locked(shapely.get_coordinates(line), ground)
    farthest = 0.0
    closed = (positions[0] == positions[-1]).all()
    for end, before in ((0, 1), (-1, -2)):
        vertex = _vertex_for(positions[end], positions[before], ground, outline)
        if vertex is None:
            continue
        way = vertex - positions[end]
        farthest = max(farthest, in_metres(way, positions[end, 1]))
        positions[end] = vertex
    if not closed and len(positions) == 2 and (positions[0] == positions[1]).all():
        return None, farthest
    return shapely.LineString(positions), farthest


def _off_locked(positions: Positions, ground: Ground) -> Positions:
    """Drop vertices between the ends that lie so near to a locked edge that it would bend."""
    between = shapely.points(positions[1:-1])
    near, edge = ground.locked_tree.query(between, predicate="dwithin", distance=REACH)
    ends = shapely.get_coordinates(ground.locked[edge]).reshape(-1, 2, 2)
    on_vertex = (ends == positions[near + 1][:, None]).all(axis=2).any(axis=1)
    bending = np.setdiff1d(near, near[on_vertex])
    return np.delete(positions, bending + 1, axis=0)


def _vertex_for(
    end: Positions, before: Positions, ground: Ground, outline: shapely.Geometry
) -> Positions | None:
    """Choose the vertex of a locked edge that a line's end goes to; None where none is near."""
    near = ground.locked_tree.query(shapely.Point(end), predicate="dwithin", distance=REACH)
    if not len(near):
        return None
    vertices = np.unique(shapely.get_coordinates(ground.locked[near]), axis=0)
    nearest = vertices[np.argsort(np.hypot(*(vertices - end).T))]
    ways = shapely.linestrings([[before, vertex] for vertex in nearest])
    inside = shapely.covers(outline, ways)
    return nearest[inside.argmax()] if inside.any() else nearest[0]
