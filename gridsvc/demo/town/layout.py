"""The town in metres: blocks with their use and community, streets, buildings, greens."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from gridsvc.demo.town import skeleton as plan
from gridsvc.demo.town.compounds import compound
from gridsvc.demo.town.houses import House, Layout, largest, small_houses
from gridsvc.demo.town.names import community_at
from gridsvc.demo.town.streets import LANE, MAIN, STREET, Network, blocks_of, overshoot
from gridsvc.demo.town.zones import (
    BANK,
    BLOCK_M2,
    FIELDS,
    GREEN,
    OLD,
    VILLAGE,
    use_at,
    with_public_places,
)

# From the middle of a street to the first wall, metres.
SETBACK_M = {MAIN: 14.0, STREET: 8.5, LANE: 4.5}
ALLEY_SETBACK_M = 2.4
SHORTEST_BANK_M = 70.0  # the river front is divided no finer than this


@dataclass
class Drawing:
    """Everything drawn, in metres; ``houses[i]`` stands on block ``house_block[i]``."""

    outline: Polygon
    blocks: list[Polygon] = field(default_factory=list)
    block_use: list[str] = field(default_factory=list)
    block_community: list[int] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    house_block: list[int] = field(default_factory=list)
    gardens: list[Polygon] = field(default_factory=list)
    cuts: list[LineString] = field(default_factory=list)
    frame: list[LineString] = field(default_factory=list)
    network: Network = field(default_factory=Network)


def draw(rng: np.random.Generator) -> Drawing:
    """Lay out streets, blocks and buildings; the only chance is ``rng``."""
    drawing = Drawing(plan.corners(plan.OUTLINE))
    river = plan.line(plan.RIVER)
    bank = river.buffer(plan.BANK_M)
    for road in plan.MAIN_ROADS:
        drawing.network.add(plan.line(road.through), MAIN)
    for edge in (plan.HILL_ROAD, plan.PARK_ROAD):
        drawing.network.add(plan.line(edge), STREET)
    embankment = LineString(bank.exterior.coords)
    drawing.frame = [LineString(drawing.outline.exterior.coords), river, embankment]
    noded = shapely.unary_union([*drawing.frame, *drawing.network.lines])
    for part in shapely.get_parts(noded):
        drawing.network.junctions += [part.coords[0], part.coords[-1]]
    _fill(drawing, noded, bank, river, rng)
    _build(drawing, rng)
    return drawing


def _fill(
    drawing: Drawing,
    noded: shapely.Geometry,
    bank: Polygon,
    river: LineString,
    rng: np.random.Generator,
) -> None:
    """Divide every quarter into blocks, and the river front where streets come down to it."""
    quarters = shapely.get_parts(shapely.polygonize([noded]))
    quarters = sorted(quarters, key=lambda q: shapely.normalize(q).wkb)
    fronts = []
    for quarter in quarters:
        inside = quarter.representative_point()
        if not drawing.outline.contains(inside):
            continue
        if bank.contains(inside):
            fronts.append(quarter)
            continue
        wild = any(quarter.contains(Point(at)) for at in (plan.HILL_AT, plan.PARK_AT))
        pieces = (
            [quarter]
            if wild
            else blocks_of(quarter, lambda b: BLOCK_M2[use_at(b)], drawing.network, rng)
        )
        drawing.blocks += pieces
        drawing.block_use += [GREEN if wild else use_at(b) for b in pieces]
        drawing.block_community += [community_at(quarter)] * len(pieces)
    drawing.block_use = with_public_places(drawing.blocks, drawing.block_use)
    for front in fronts:
        _divide_front(drawing, front, bank, river)


def _divide_front(drawing: Drawing, front: Polygon, bank: Polygon, river: LineString) -> None:
    """Cut one side of the river, from its middle to the embankment, at the street ends."""
    edge = shapely.intersection(front.exterior, bank.exterior.buffer(0.01))
    ends = [Point(p) for p in drawing.network.junctions if Point(p).distance(edge) < 0.01]
    ends.sort(key=river.project)
    rungs: list[LineString] = []
    last = -np.inf
    for end in ends:
        along = river.project(end)
        if along - last >= SHORTEST_BANK_M:
            rungs.append(overshoot(LineString([end, river.interpolate(along)])))
            last = along
    drawing.cuts += rungs
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union([front.exterior, *rungs])]))
    land = [i for i, use in enumerate(drawing.block_use) if use != BANK]
    beside = [i for i in land if drawing.blocks[i].distance(front) < 1.0]
    shared = [drawing.blocks[i].buffer(2.0).intersection(front).area for i in beside]
    community = drawing.block_community[beside[int(np.argmax(shared))]]
    kept = [p for p in pieces if front.contains(p.representative_point())]
    drawing.blocks += kept
    drawing.block_use += [BANK] * len(kept)
    drawing.block_community += [community] * len(kept)


def _build(drawing: Drawing, rng: np.random.Generator) -> None:
    roads = [
        line.buffer(SETBACK_M[rank])
        for line, rank in zip(drawing.network.lines, drawing.network.ranks, strict=True)
    ]
    roads += [line.buffer(SETBACK_M[STREET]) for line in drawing.frame]
    alleys = [
        line.buffer(ALLEY_SETBACK_M if rank == LANE else SETBACK_M[rank])
        for line, rank in zip(drawing.network.lines, drawing.network.ranks, strict=True)
    ] + roads[len(drawing.network.lines) :]
    tree = shapely.STRtree(roads)
    for number, (block, use) in enumerate(zip(drawing.blocks, drawing.block_use, strict=True)):
        if use in (GREEN, BANK, FIELDS):
            continue
        near = [(alleys if use == OLD else roads)[i] for i in sorted(tree.query(block))]
        buildable = largest(block.difference(shapely.union_all(near)))
        if buildable is None:
            continue
        fill = small_houses if use in (OLD, VILLAGE) else compound
        layout: Layout = fill(block, buildable, use, rng)
        drawing.houses += layout.houses
        drawing.house_block += [number] * len(layout.houses)
        drawing.gardens += layout.gardens
        drawing.cuts += [overshoot(cut) for cut in layout.cuts]
