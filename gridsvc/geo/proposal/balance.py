"""Cut a territory into connected parts of a wanted size: recursive cuts of random spanning trees.

The method is the first stage of the flexible tree cut of graph partitioning for electoral
districts: a random spanning tree has exactly one path between any two cells, so taking away one
of its edges always leaves two connected parts. A cut is allowed when *both* sides can still be
divided into parts within the range, whatever their number; the number of parts is not fixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST_BORDER_M = 2.0  # cells that meet for less than this are neighbours on paper only
INSIDE_BLOCK_KEY = 0.35  # spanning trees join cells across dear borders first: blocks stay whole
COST_WEIGHT = 1.6  # one wanted perimeter of border weighs about as much as being off by the target

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Borders:
    """Which cells touch, for how long, and how dear it is to draw a line there.

    Parameters
    ----------
    a, b : ndarray of int
        Positions of the two cells.
    border_m : ndarray of float
        Shared border, metres.
    dearness : ndarray of float
        Cost of a metre of new border: near 0 along a main road or river, 1 inside a block.
    """

    a: Ints
    b: Ints
    border_m: Floats
    dearness: Floats


def is_feasible(households: int, minimum: int, maximum: int) -> bool:
    """Whether so many households can make one or more parts within ``minimum`` … ``maximum``.

    Some count k of parts must satisfy ``k * minimum <= households <= k * maximum``.
    """
    return households >= minimum and math.ceil(households / maximum) <= households // minimum


def cut_tree(
    households: Ints,
    borders: Borders,
    *,
    minimum: int = 100,
    maximum: int = 300,
    target: int | None = None,
    trees: int = 12,
    seed: int = 0,
) -> Ints:
    """Divide cells into connected parts of ``minimum`` to ``maximum`` households.

    Parameters
    ----------
    households : ndarray of int
        Households of each cell; cells without any are carried along.
    borders : Borders
        Neighbours; a border under `SHORTEST_BORDER_M` does not connect.
    minimum, maximum : int
        Range of households in a part, both ends included.
    target : int, optional
        Wanted size; the middle of the range by default.
    trees : int
        Random spanning trees tried for every cut.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    ndarray of int
        Part of each cell, numbered from 0 in the order of each part's first cell. A connected
        piece that cannot be divided within the range stays one part: it is for the check of
        ranges to report, never hidden here.

    Notes
    -----
    Parts are connected by borders, yet one may enclose another: a caller that draws polygons
    looks for holes and tries another seed.
    """
    goal = target or (minimum + maximum) // 2
    keep = borders.border_m >= SHORTEST_BORDER_M
    web = Borders(*(getattr(borders, k)[keep] for k in ("a", "b", "border_m", "dearness")))
    rng = np.random.default_rng(seed)
    labels = np.full(len(households), -1, dtype=np.int64)
    waiting = _pieces(np.arange(len(households)), web)
    done = 0
    while waiting:
        cells = waiting.pop()
        best = None
        if is_feasible(int(households[cells].sum()), minimum, maximum):
            best = _best_cut(cells, households, web, (minimum, maximum, goal), trees, rng)
        if best is None:
            labels[cells] = done
            done += 1
        else:
            waiting += [cells[best], cells[~best]]
    _, first = np.unique(labels, return_index=True)
    order = np.empty(done, dtype=np.int64)
    order[labels[np.sort(first)]] = np.arange(done)
    return order[labels]


def _best_cut(
    cells: Ints,
    households: Ints,
    web: Borders,
    limits: tuple[int, int, int],
    trees: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_] | None:
    """The cheapest allowed cut over several trees, as a mask of one side; None to leave whole."""
    minimum, maximum, goal = limits
    local = _within(cells, web)
    weight = households[cells]
    total = int(weight.sum())
    if total < 2 * minimum or (total <= maximum and total - goal <= goal / 2):
        return None
    best: tuple[float, NDArray[np.bool_]] | None = None
    scale = float((local.border_m * local.dearness).sum()) / max(1.0, math.sqrt(total / goal))
    for _ in range(trees):
        order, parent = _random_tree(len(cells), local, rng)
        below, cost = _cuts(order, parent, weight, local)
        for child in order[1:]:
            side, other = int(below[child]), total - int(below[child])
            if not all(is_feasible(s, minimum, maximum) for s in (side, other)):
                continue
            off = _off_target(side, limits) + _off_target(other, limits)
            score = off + COST_WEIGHT * float(cost[child]) / (scale or 1.0)
            if best is None or score < best[0]:
                best = score, _subtree(child, order, parent)
    return None if best is None else best[1]


def _off_target(households: int, limits: tuple[int, int, int]) -> float:
    """Squared relative distance from the goal if this side were divided evenly."""
    minimum, maximum, goal = limits
    fewest, most = math.ceil(households / maximum), households // minimum
    parts = min(max(round(households / goal), fewest), most)
    return (households / parts / goal - 1.0) ** 2


def _within(cells: Ints, web: Borders) -> Borders:
    """The borders among these cells, renumbered by position in ``cells``."""
    position = np.full(int(max(web.a.max(initial=0), web.b.max(initial=0), cells.max())) + 1, -1)
    position[cells] = np.arange(len(cells))
    a, b = position[web.a], position[web.b]
    keep = (a >= 0) & (b >= 0)
    return Borders(a[keep], b[keep], web.border_m[keep], web.dearness[keep])


def _pieces(cells: Ints, web: Borders) -> list[Ints]:
    """The connected components, each in ascending order."""
    root = np.arange(len(cells))
    for a, b in zip(web.a, web.b, strict=True):
        one, two = _find(root, int(a)), _find(root, int(b))
        root[max(one, two)] = min(one, two)
    roots = np.array([_find(root, int(c)) for c in cells], dtype=np.int64)
    return [cells[roots == r] for r in np.unique(roots)]


def _find(root: Ints, one: int) -> int:
    while root[one] != one:
        root[one] = root[root[one]]
        one = int(root[one])
    return one


def _random_tree(size: int, web: Borders, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Kruskal over random keys, low for dear and for long borders: (order from root, parent)."""
    longest = float(web.border_m.max(initial=1.0))
    ease = INSIDE_BLOCK_KEY + (1 - INSIDE_BLOCK_KEY) * (1 - web.dearness)
    keys = rng.random(len(web.a)) * ease * (1.3 - web.border_m / longest)
    root = np.arange(size)
    near: list[list[int]] = [[] for _ in range(size)]
    for k in np.argsort(keys, kind="stable"):
        a, b = int(web.a[k]), int(web.b[k])
        one, two = _find(root, a), _find(root, b)
        if one != two:
            root[one] = two
            near[a].append(b)
            near[b].append(a)
    parent = np.full(size, -1, dtype=np.int64)
    order = [0]
    for node in order:
        for other in near[node]:
            if other != parent[node]:
                parent[other] = node
                order.append(other)
    return np.array(order, dtype=np.int64), parent


def _cuts(order: Ints, parent: Ints, weight: Ints, web: Borders) -> tuple[Ints, Floats]:
    """For each cell: households of its subtree, and the cost of the border around the subtree.

    A border between u and v is cut by exactly the tree edges on the path u–v: add its cost at
    both ends, take it away twice at their lowest common ancestor, and sum up the tree.
    """
    depth = np.zeros(len(order), dtype=np.int64)
    for node in order[1:]:
        depth[node] = depth[parent[node]] + 1
    below, cost = weight.astype(np.int64).copy(), np.zeros(len(order))
    for a, b, price in zip(web.a, web.b, web.border_m * web.dearness, strict=True):
        cost[a] += price
        cost[b] += price
        u, v = int(a), int(b)
        while u != v:
            if depth[u] < depth[v]:
                u, v = v, u
            u = int(parent[u])
        cost[u] -= 2 * price
    for node in order[:0:-1]:
        below[parent[node]] += below[node]
        cost[parent[node]] += cost[node]
    return below, cost


def _subtree(top: int, order: Ints, parent: Ints) -> NDArray[np.bool_]:
    inside = np.zeros(len(order), dtype=bool)
    inside[top] = True
    for node in order:
        if parent[node] >= 0 and inside[parent[node]]:
            inside[node] = True
    return inside
