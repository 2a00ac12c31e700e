"""What atoms fall into when they are cut: who takes the households, and who takes the crumbs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.ground import Ground, united


@dataclass(frozen=True)
class Piece:
    """A part of an atom after an edit.

    Attributes
    ----------
    shape : Polygon
        In steps.
    owner : int
        Place of the atom in its ground.
    grid : str
        The code that it is in from now on.
    households, dwellings : int
        Its share of the atom's.
    heir : bool
        It keeps the atom's id, building and anchor.
    """

    shape: shapely.Polygon
    owner: int
    grid: str
    households: int = 0
    dwellings: int = 0
    heir: bool = True


def settled(ground: Ground, pieces: list[Piece]) -> list[Piece]:
    """Share each atom's households among its pieces.

    The piece with the building's anchor takes all of them and is the heir. Without an anchor they
    are shared by area, largest remainder first, and the largest piece that stays in its grid is
    the heir.
    """
    ordered = sorted(pieces, key=lambda piece: (piece.owner, piece.shape.bounds))
    found: list[Piece] = []
    for owner, group in groupby(ordered, key=lambda piece: piece.owner):
        found += _shared(ground, owner, list(group))
    return found


def _shared(ground: Ground, owner: int, pieces: list[Piece]) -> list[Piece]:
    counts = ground.counts[owner].tolist()
    shapes = np.array([piece.shape for piece in pieces], dtype=object)
    area = shapely.area(shapes)
    holding = shares = None
    if len(pieces) > 1 and not np.isnan(ground.anchors[owner, 0]):
        holding = shapely.intersects_xy(shapes, *ground.anchors[owner])
    if holding is not None and holding.any():
        heir = int(holding.argmax())
        shares = [[count if place == heir else 0 for place in range(len(pieces))]
                  for count in counts]  # fmt: skip
    else:
        stays = np.array([piece.grid == ground.grid[owner] for piece in pieces])
        heir = int(np.where(stays, area, area - area.sum()).argmax())
        shares = [_by_area(count, area) for count in counts]
    return [
        replace(piece, households=h, dwellings=d, heir=place == heir)
        for place, (piece, h, d) in enumerate(zip(pieces, *shares, strict=True))
    ]


def _by_area(count: int, area: NDArray[np.float64]) -> list[int]:
    """Share a whole number in proportion to areas, largest remainder first; the sum is kept."""
    exact = count * area / area.sum()
    share = np.floor(exact).astype(int)
    share[np.argsort(share - exact, kind="stable")[: count - share.sum()]] += 1
    return [int(one) for one in share]


def joined(ground: Ground, pieces: list[Piece]) -> list[Piece]:
    """Give crumbs to an atom of their new grid and block, the one with the longest border.

    A crumb is a piece that is not its atom's heir. One with households joins only an atom
    without building, so that every household stays with its building. A crumb that nobody can
    take stays an atom of its own.
    """
    kept = [piece for piece in pieces if piece.heir]
    crumbs = [piece for piece in pieces if not piece.heir]
    if not crumbs:
        return pieces
    changed = {piece.owner for piece in pieces}
    for crumb in sorted(crumbs, key=lambda piece: (piece.shape.area, piece.shape.bounds)):
        takers = _takers(ground, crumb, kept, changed)
        taken = _taken(crumb, takers)
        if taken is None:
            kept.append(crumb)
            continue
        taker, piece = taken
        kept = [piece if one is taker else one for one in kept]
        if taker.owner not in changed:
            changed.add(taker.owner)
            kept.append(piece)
    return kept


def _takers(ground: Ground, crumb: Piece, kept: list[Piece], changed: set[int]) -> list[Piece]:
    counted = crumb.households + crumb.dwellings > 0
    others = [
        Piece(ground.shapes[place], place, crumb.grid, *ground.counts[place].tolist())
        for place in map(int, np.flatnonzero(ground.grid == crumb.grid))
        if place not in changed
    ]
    return [
        piece
        for piece in kept + others
        if piece.grid == crumb.grid
        and ground.block[piece.owner] == ground.block[crumb.owner]
        and not (counted and piece.heir and not np.isnan(ground.anchors[piece.owner, 0]))
    ]


def _taken(crumb: Piece, takers: list[Piece]) -> tuple[Piece, Piece] | None:
    """Find the taker with the longest border to a crumb that makes one plain polygon with it."""
    shapes = np.array([taker.shape for taker in takers], dtype=object)
    border = _border(crumb.shape, shapes)
    for place in np.argsort(-border, kind="stable"):
        if border[place] <= 0:
            return None
        taker = takers[place]
        whole = united(np.array([crumb.shape, taker.shape], dtype=object))
        holes = len(taker.shape.interiors) + len(crumb.shape.interiors)
        if whole.geom_type == "Polygon" and len(whole.interiors) <= holes:
            households = taker.households + crumb.households
            dwellings = taker.dwellings + crumb.dwellings
            return taker, replace(taker, shape=whole, households=households, dwellings=dwellings)
    return None


def _border(shape: shapely.Polygon, others: Shapes) -> NDArray[np.float64]:
    border = np.zeros(len(others))
    touching = shapely.intersects(shape, others)
    edges = shapely.boundary(others[touching])
    border[touching] = shapely.length(shapely.intersection(shapely.boundary(shape), edges))
    return border
