"""The one way that borders move: node the drawn line with what it touches, and relabel faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import RuleViolation
from gridsvc.geo.cover import noding
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.ground import Ground, Mask, place_of, united
from gridsvc.geo.edits.lines import REACH, Stroke
from gridsvc.geo.edits.pieces import Piece, joined, settled
from gridsvc.geo.edits.proof import moving, proved, same_ground

# A set that does not close after three rings of neighbours is not closed by a fourth.
_MOST_RINGS = 3


@dataclass(frozen=True)
class Parts:
    """Ground cut into parts, and the grid that each is to be in; None leaves it where it is."""

    shapes: Shapes
    names: list[str | None]

    def name_at(self, points: Shapes) -> NDArray[np.object_]:
        """Name the part that each point is in; None outside of all."""
        found = np.full(len(points), None, dtype=object)
        for shape, name in zip(self.shapes, self.names, strict=True):
            shapely.prepare(shape)
            found[shapely.intersects(shape, points)] = name
        return found


def parts_of(outline: shapely.Geometry, lines: Shapes) -> Shapes:
    """Cut an outline along lines, all in steps; ends that lead nowhere cut nothing."""
    found = noding.faces(np.array([shapely.boundary(outline), *lines], dtype=object))
    inside = shapely.point_on_surface(found)
    shapely.prepare(outline)
    return found[shapely.intersects(outline, inside)]


def cut(
    ground: Ground,
    target: Mask,
    stroke: Stroke,
    parts: Parts,
    next_atom: int,
    *,
    holes: bool,
    emptied: frozenset[str] = frozenset(),
) -> Edit:
    """Cut the atoms of a target along a stroke and give each face to the grid of its part.

    Parameters
    ----------
    ground : Ground
        All atoms that the stroke and its neighbours touch.
    target : array of bool
        The atoms that may change their grid.
    stroke : Stroke
        From `gridsvc.geo.edits.lines.laid`.
    parts : Parts
        What the target's ground is to be.
    next_atom : int
        Id of the first new atom.
    holes : bool
        Let a grid enclose another one.
    emptied : frozenset of str
        Grids that may end without ground.

    Raises
    ------
    RuleViolation
        What would come out is no sound coverage; one sentence says where.
    """
    near = _touched(ground, stroke.pieces)
    for _ in range(_MOST_RINGS + 1):
        pieces = _pieces(ground, near, target, stroke.pieces, parts)
        shapes = np.array([piece.shape for piece in pieces], dtype=object)
        used = np.unique([piece.owner for piece in pieces])
        if same_ground(ground.shapes[used], shapes):
            break
        near = near | _neighbouring(ground, near)
    else:
        raise RuleViolation(
            "The line runs too close along another border: draw it a little apart from it.",
            place=place_of(shapely.multilinestrings(stroke.pieces)),
        )
    return proved(
        ground,
        joined(ground, settled(ground, pieces)),
        moving(ground, pieces),
        next_atom,
        stroke.shifted_m,
        holes=holes,
        emptied=emptied,
    )


def _touched(ground: Ground, lines: Shapes) -> Mask:
    whole = shapely.multilinestrings(lines)
    shapely.prepare(whole)
    return np.asarray(shapely.dwithin(whole, ground.shapes, REACH))


def _neighbouring(ground: Ground, chosen: Mask) -> Mask:
    whole = shapely.multipolygons(list(ground.shapes[chosen]))
    return np.asarray(shapely.dwithin(ground.shapes, whole, REACH))


def _pieces(ground: Ground, near: Mask, target: Mask, lines: Shapes, parts: Parts) -> list[Piece]:
    """Give what becomes of the atoms near the lines, and of those that only change their grid."""
    found = _relabelled(ground, target & ~near, parts)
    if not near.any():
        return found
    places = np.flatnonzero(near)
    borders = shapely.boundary(ground.shapes[places])
    faces = noding.faces(np.concatenate([borders, lines]))
    points = shapely.point_on_surface(faces)
    face, place = shapely.STRtree(ground.shapes[places]).query(points, predicate="intersects")
    owner = np.full(len(faces), -1)
    owner[face] = places[place]
    names = parts.name_at(points)
    groups: dict[tuple[int, str], list[shapely.Geometry]] = {}
    for one, by, name in zip(faces, owner, names, strict=True):
        if by >= 0:
            grid = name if target[by] and name is not None else ground.grid[by]
            groups.setdefault((int(by), grid), []).append(one)
    for (by, grid), group in groups.items():
        whole = united(np.array(group, dtype=object))
        found += [Piece(shape, by, grid) for shape in shapely.get_parts(whole)]
    return found


def _relabelled(ground: Ground, chosen: Mask, parts: Parts) -> list[Piece]:
    places = np.flatnonzero(chosen)
    names = parts.name_at(shapely.point_on_surface(ground.shapes[places]))
    return [
        Piece(ground.shapes[place], int(place), name)
        for place, name in zip(places, names, strict=True)
        if name is not None and name != ground.grid[place]
    ]
