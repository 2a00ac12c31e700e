"""Streets and blocks: quarters halved again and again, as towns fill in over the years."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.ops import split as split_by

MAIN, STREET, LANE = 1, 2, 3
STREET_FROM_M2 = 75_000.0  # what is halved while still this large is halved by a through street
JOIN_M = 38.0  # ends closer than this to an existing junction meet it: crossings, not dog-legs
JOIN_SHARE = 0.16  # but never further than this share of the block's long side: no slanting lanes
OVERSHOOT_M = 0.5

Vector = NDArray[np.float64]


@dataclass
class Network:
    """The street lines drawn so far, with their rank, and where they meet."""

    lines: list[LineString] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    junctions: list[tuple[float, float]] = field(default_factory=list)

    def add(self, street: LineString, rank: int) -> None:
        """Record a street and its two ends."""
        self.lines.append(street)
        self.ranks.append(rank)
        self.junctions += [street.coords[0][:2], street.coords[-1][:2]]

    def nearest_junction(self, at: Vector, edge: shapely.Geometry, reach: float) -> Vector | None:
        """The junction on ``edge`` within ``reach`` metres of ``at``, if any."""
        if not self.junctions:
            return None
        known = np.asarray(self.junctions)
        distance = np.hypot(*(known - at).T)
        for index in np.argsort(distance, kind="stable"):
            if distance[index] > reach:
                return None
            if edge.distance(Point(known[index])) < 1e-6:
                return known[index]
        return None


def blocks_of(
    quarter: Polygon,
    target_m2: Callable[[Polygon], float],
    network: Network,
    rng: np.random.Generator,
) -> list[Polygon]:
    """Halve a quarter until every block is about as large as its place wants.

    Parameters
    ----------
    quarter : Polygon
        Metres.
    target_m2 : callable
        Wanted block area (m²) for a piece of town.
    network : Network
        Receives the streets drawn.
    rng : numpy.random.Generator
        The only source of chance.

    Returns
    -------
    list of Polygon
        Blocks that tile the quarter to within rounding; the exact tiling is made from the lines.
    """
    if quarter.area < target_m2(quarter) * rng.uniform(0.85, 1.5):
        return [quarter]
    best = min(_candidates(quarter, network, rng), key=lambda one: one[0], default=None)
    if best is None:
        return [quarter]
    _, street, halves = best
    network.add(street, STREET if quarter.area > STREET_FROM_M2 else LANE)
    return [b for half in halves for b in blocks_of(half, target_m2, network, rng)]


def _candidates(
    block: Polygon, network: Network, rng: np.random.Generator
) -> list[tuple[float, LineString, list[Polygon]]]:
    """Possible halvings across the long side, each with its ugliness."""
    corner, along, length = long_side(block)
    reach = min(JOIN_M, JOIN_SHARE * length)
    found = []
    for share in (0.26, 0.34, 0.4, 0.46, 0.5, 0.54, 0.6, 0.66, 0.74):
        share += rng.uniform(-0.02, 0.02)
        chord = _chord(block, corner + along * (length * share), along)
        if chord is None:
            continue
        ends = [network.nearest_junction(end, block.exterior, reach) for end in chord]
        joined = sum(end is not None for end in ends)
        met = [kerb if end is None else end for kerb, end in zip(chord, ends, strict=True)]
        street = _bend(block, met[0], met[1])
        halves = _halve(block, street)
        if halves is None:
            continue
        small, large = sorted(half.area for half in halves)
        stout = min(h.area / shapely.oriented_envelope(h).area for h in halves)
        found.append((large / small - 0.35 * joined + 2.5 * (1 - stout), street, halves))
    return found


def long_side(block: Polygon) -> tuple[Vector, Vector, float]:
    """A corner of the tightest rectangle, the unit vector along its long side, and that length."""
    ring = np.asarray(shapely.oriented_envelope(block).exterior.coords)
    sides = ring[1:3] - ring[0:2]
    lengths = np.hypot(*sides.T)
    k = int(np.argmax(lengths))
    middle = (ring[k] + ring[k - 1 if k else 3]) / 2
    return middle, sides[k] / lengths[k], float(lengths[k])


def _chord(block: Polygon, through: Vector, along: Vector) -> tuple[Vector, Vector] | None:
    across = np.array([-along[1], along[0]])
    reach = LineString([through - across * 3000, through + across * 3000])
    pieces = shapely.get_parts(shapely.intersection(reach, block))
    pieces = [p for p in pieces if p.geom_type == "LineString" and p.length > 5]
    if not pieces:
        return None
    ends = np.asarray(max(pieces, key=lambda p: p.length).coords)
    return ends[0], ends[-1]


def _bend(block: Polygon, start: Vector, finish: Vector) -> LineString:
    """A gentle curve that meets both kerbs nearly square, or the straight line if it must."""
    reach = float(np.hypot(*(finish - start))) / 3
    one = start + _inward(block, start, finish) * reach
    two = finish + _inward(block, finish, start) * reach
    t = np.linspace(0, 1, 7)[:, None]
    curve = LineString(
        start * (1 - t) ** 3 + 3 * one * t * (1 - t) ** 2 + 3 * two * t**2 * (1 - t) + finish * t**3
    )
    inside = curve.difference(block.buffer(0.01)).is_empty
    return curve if inside else LineString([start, finish])


def _inward(block: Polygon, at: Vector, towards: Vector) -> Vector:
    """Direction into the block at a point of its edge: half square to the kerb, half straight."""
    ring = block.exterior
    s = ring.project(Point(at))
    before, after = (ring.interpolate((s + d) % ring.length) for d in (-4, 4))
    tangent = np.array([after.x - before.x, after.y - before.y])
    normal = np.array([-tangent[1], tangent[0]]) / (np.hypot(*tangent) or 1)
    straight = (towards - at) / (np.hypot(*(towards - at)) or 1)
    if normal @ straight < 0:
        normal = -normal
    mixed = 0.6 * normal + 0.4 * straight if normal @ straight > 0.6 else straight
    return mixed / np.hypot(*mixed)


def _halve(block: Polygon, street: LineString) -> list[Polygon] | None:
    halves = [g for g in split_by(block, overshoot(street)).geoms if g.area > 1]
    if len(halves) != 2 or min(h.area for h in halves) < 0.22 * block.area:
        return None
    return halves


def overshoot(street: LineString) -> LineString:
    """The street a little longer at both ends, so that it surely crosses what it meets."""
    c = np.asarray(street.coords)
    head, tail = c[0] - c[1], c[-1] - c[-2]
    head, tail = head / np.hypot(*head), tail / np.hypot(*tail)
    return LineString(np.vstack([c[0] + head * OVERSHOOT_M, c, c[-1] + tail * OVERSHOOT_M]))
