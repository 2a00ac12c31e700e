"""Cells, communities and grids: who answers for which piece of ground, exactly tiled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridsvc.demo.town.lattice import STEP_M, faces, to_metres, to_steps
from gridsvc.demo.town.layout import Drawing
from gridsvc.demo.town.streets import LANE, MAIN, STREET
from gridsvc.demo.town.zones import BANK
from gridsvc.geo.proposal.balance import Borders, cut_tree

# A metre of new border inside a block costs 1; along these it is what people would draw anyway.
DEARNESS = {MAIN: 0.1, STREET: 0.2, LANE: 0.4}
BANK_DEARNESS = 0.7  # a promenade stays with the street front behind it
ACROSS_RIVER_DEARNESS = 0.6
SEEDS_TRIED = 40
SMALLEST_CELL_M2 = 60.0  # an offcut of drawing; it joins the neighbour it shares most border with
Ints = NDArray[np.int64]


@dataclass
class Cells:
    """Faces in lattice steps with the block they lie on and the households that live there."""

    shapes: list[Polygon]
    block: Ints
    households: Ints
    house_cell: Ints


def cells_of(drawing: Drawing) -> Cells:
    """Node everything drawn and keep the faces inside the outline."""
    lines = [*drawing.frame, *drawing.network.lines, *drawing.cuts]
    shapes = faces(to_steps(line) for line in lines)
    inside = [to_metres(shape.representative_point()) for shape in shapes]
    tree = shapely.STRtree(drawing.blocks)
    block = np.full(len(shapes), -1)
    at, found = tree.query(inside, predicate="within")
    block[at] = found
    kept = np.flatnonzero(block >= 0)
    shapes, block = _without_offcuts([shapes[i] for i in kept], block[kept], drawing)
    anchors = [to_steps(house.shape.representative_point()) for house in drawing.houses]
    at, found = shapely.STRtree(shapes).query(anchors, predicate="intersects")
    house_cell = np.full(len(anchors), -1)
    house_cell[at[::-1]] = found[::-1]
    people = np.array([house.households for house in drawing.houses], dtype=np.int64)
    households = np.bincount(house_cell, weights=people, minlength=len(shapes)).astype(np.int64)
    return Cells(shapes, block, households, house_cell)


def _without_offcuts(
    shapes: list[Polygon], block: Ints, drawing: Drawing
) -> tuple[list[Polygon], Ints]:
    """Join every offcut to a neighbour of its own community, until none is left."""
    community = np.array(drawing.block_community)
    while True:
        area = shapely.area(np.array(shapes)) * STEP_M.prod()
        small = int(np.argmin(area))
        if area[small] >= SMALLEST_CELL_M2:
            return shapes, block
        one, two, length, _ = _shared_edges(shapes)
        other = np.concatenate([two[one == small], one[two == small]])
        border = np.concatenate([length[one == small], length[two == small]])
        own = community[block[other]] == community[block[small]]
        total = np.bincount(other[own], weights=border[own])
        host = int(np.argmax(total))
        shapes[host] = shapely.normalize(shapely.coverage_union(shapes[host], shapes[small]))
        shapes.pop(small)
        block = np.delete(block, small)


def borders_of(cells: Cells, drawing: Drawing) -> Borders:
    """Shared borders of cells, metres, with what it costs to draw a grid's border there."""
    one, two, length, middle = _shared_edges(cells.shapes)
    lines = [to_steps(line) for line in drawing.network.lines]
    ranks = np.array([DEARNESS[rank] for rank in drawing.network.ranks])
    nearest = shapely.STRtree(lines).nearest(shapely.points(middle))
    between = cells.block[one] != cells.block[two]
    on_bank = np.array([use == BANK for use in drawing.block_use])[cells.block]
    dearness = np.where(between, ranks[nearest], 1.0)
    dearness[on_bank[one] & on_bank[two]] = ACROSS_RIVER_DEARNESS
    dearness[on_bank[one] != on_bank[two]] = BANK_DEARNESS
    pair, index = np.unique(np.stack([one, two]), axis=1, return_inverse=True)
    total = np.bincount(index.ravel(), weights=length)
    cost = np.bincount(index.ravel(), weights=length * dearness)
    return Borders(pair[0], pair[1], total.astype(float), cost / total)


def _shared_edges(
    shapes: list[Polygon],
) -> tuple[Ints, Ints, NDArray[np.float64], NDArray[np.float64]]:
    """Edges walked by two faces: both faces, length in metres, middle in lattice steps."""
    rings, owner = shapely.get_rings(np.array(shapes), return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    real = ring[1:] == ring[:-1]
    start, end = at[:-1][real], at[1:][real]
    face = owner[ring[:-1][real]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low = np.where(swap[:, None], end, start)
    high = np.where(swap[:, None], start, end)
    keys = np.hstack([low, high])
    order = np.lexsort((face, *keys.T))
    keys, face = keys[order], face[order]
    same = (keys[1:] == keys[:-1]).all(axis=1)
    first = np.flatnonzero(same)
    ends = keys[first]
    length = np.hypot(*((ends[:, 2:] - ends[:, :2]) * STEP_M).T)
    return face[first], face[first + 1], length, (ends[:, 2:] + ends[:, :2]) / 2


def grids_of(
    community: Ints, cells: Cells, borders: Borders, seed: int
) -> tuple[Ints, list[Polygon]]:
    """Label every cell with its grid; each grid is one polygon without holes, in lattice steps.

    The first of `SEEDS_TRIED` cuts whose parts are all in range and simple is taken; a cut may
    leave a part enclosed by another, which a person would never draw.
    """
    label = np.full(len(cells.shapes), -1)
    outlines: list[Polygon] = []
    shapes = np.array(cells.shapes)
    for one in np.unique(community[community >= 0]):
        mine = np.flatnonzero(community == one)
        inside = np.isin(borders.a, mine) & np.isin(borders.b, mine)
        local = Borders(
            np.searchsorted(mine, borders.a[inside]),
            np.searchsorted(mine, borders.b[inside]),
            borders.border_m[inside],
            borders.dearness[inside],
        )
        parts, drawn = _simple_cut(mine, cells, shapes, local, seed)
        label[mine] = parts + len(outlines)
        outlines += drawn
    return label, outlines


def _simple_cut(
    mine: Ints, cells: Cells, shapes: NDArray[np.object_], local: Borders, seed: int
) -> tuple[Ints, list[Polygon]]:
    for attempt in range(SEEDS_TRIED):
        parts = cut_tree(
            cells.households[mine], local, minimum=105, maximum=290, target=185,
            seed=seed + attempt,
        )  # fmt: skip
        drawn = [merged(shapes[mine[parts == p]]) for p in range(int(parts.max()) + 1)]
        if all(d is not None for d in drawn):
            return parts, [d for d in drawn if d is not None]
    raise RuntimeError("no seed gave simple grids")


def merged(shapes: NDArray[np.object_]) -> Polygon | None:
    """The union of cells that share every vertex; None unless it is one polygon without holes."""
    whole = shapely.normalize(shapely.coverage_union_all(shapes))
    parts = shapely.get_parts(whole)
    if len(parts) != 1 or parts[0].interiors or not parts[0].is_valid:
        return None
    return parts[0]
