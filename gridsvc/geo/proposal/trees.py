"""First grids: cuts of random spanning trees, each side with a feasible count.

A spanning tree has one path between any two atoms, so taking away one of its edges leaves two
connected sides. A cut is allowed when both sides can still be divided within the range, whatever
the number of grids: the count is not fixed beforehand. The trees are those of Kruskal over random
keys, low for borders inside a block and for long ones, so that cuts fall on streets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.web import Web, atoms_of

TREES = 12
_INSIDE_BLOCK_KEY = 0.35  # of the key that a border along a free street gets
_CUT_WEIGHT = 1.6  # a wanted perimeter of border weighs about as much as being off by the target
_HOLE = 5.0  # taken only where nothing else fits

Edge = tuple[int, int, float, float]


def divided(web: Web, room: int, limits: Range, rng: Random, trees: int = TREES) -> list[int]:
    """Divide a connected set of atoms into grids.

    Parameters
    ----------
    web : Web
        Atoms and borders.
    room : int
        The atoms to divide, as bits; connected.
    limits : Range
        Households wanted.
    rng : Random
        The only source of chance.
    trees : int
        Trees drawn for each cut.

    Returns
    -------
    list of int
        Connected sets of atoms, within the range where a cut was found.
    """
    edges = [
        (a, b, metres, price)
        for a in atoms_of(room)
        for b, metres, price in web.near[a]
        if a < b and room & web.ways[a] & 1 << b
    ]
    done, waiting = [], [(room, edges)]
    while waiting:
        piece, inner = waiting.pop()
        side = best_cut(web, piece, inner, limits, rng, trees)
        if side is None:
            done.append(piece)
            continue
        for half in (side, piece ^ side):
            waiting.append((half, [e for e in inner if half >> e[0] & 1 and half >> e[1] & 1]))
    return done


def best_cut(
    web: Web, piece: int, edges: Sequence[Edge], limits: Range, rng: Random, trees: int
) -> int | None:
    """Find the cheapest cut of a piece over several trees: one side; None to leave it whole."""
    households = web.households
    atoms = list(atoms_of(piece))
    total = sum(households[a] for a in atoms)
    count = limits.count(total)
    if count < 2 or len(atoms) < 2:
        return None
    whole = sum(abs(e[3]) for e in edges) / math.sqrt(count) or 1.0
    best, side = math.inf, None
    for _ in range(trees):
        order, parent = _random_tree(atoms, edges, rng, len(web))
        below, cost = _cuts(web, order, parent, edges)
        for child in order[1:]:
            score = _CUT_WEIGHT * cost[child] / whole
            if score < best:
                score += limits.misfit(below[child]) + limits.misfit(total - below[child])
                if score < best:
                    half = _subtree(child, order, parent)
                    score += _HOLE * (web.encloses(half) + web.encloses(piece ^ half))
                if score < best:
                    best, side = score, half
    return side


def _random_tree(
    atoms: Sequence[int], edges: Sequence[Edge], rng: Random, size: int
) -> tuple[list[int], list[int]]:
    """Kruskal over random keys: the atoms from the root on, and each atom's parent."""
    longest = max(e[2] for e in edges)
    random = rng.random
    keyed = sorted(
        (random() * _ease(metres, price) * (1.3 - metres / longest), a, b)
        for a, b, metres, price in edges
    )
    root = list(range(size))
    near: dict[int, list[int]] = {a: [] for a in atoms}
    for _, a, b in keyed:
        one, two = a, b
        while root[one] != one:
            root[one] = one = root[root[one]]
        while root[two] != two:
            root[two] = two = root[root[two]]
        if one != two:
            root[one] = two
            near[a].append(b)
            near[b].append(a)
    parent = [-1] * size
    order = [atoms[0]]
    for node in order:
        for other in near[node]:
            if other != parent[node]:
                parent[other] = node
                order.append(other)
    return order, parent


def _ease(metres: float, price: float) -> float:
    return _INSIDE_BLOCK_KEY + (1 - _INSIDE_BLOCK_KEY) * (1 - min(1.0, price / metres))


def _cuts(
    web: Web, order: Sequence[int], parent: list[int], edges: Sequence[Edge]
) -> tuple[list[int], list[float]]:
    """For each atom: households of its subtree, and the price of the border around the subtree.

    A border between two atoms is cut by exactly the tree edges on the path between them: add its
    price at both ends, take it away twice where their ways to the root meet, sum up the tree.
    """
    depth, below, cost = [0] * len(web), list(web.households), [0.0] * len(web)
    for node in order[1:]:
        depth[node] = depth[parent[node]] + 1
    for a, b, _, price in edges:
        cost[a] += price
        cost[b] += price
        while a != b:
            if depth[a] < depth[b]:
                b = parent[b]
            else:
                a = parent[a]
        cost[a] -= 2 * price
    for node in reversed(order[1:]):
        up = parent[node]
        below[up] += below[node]
        cost[up] += cost[node]
    return below, cost


def _subtree(top: int, order: Sequence[int], parent: Sequence[int]) -> int:
    inside = 1 << top
    for node in order:
        if parent[node] >= 0 and inside >> parent[node] & 1:
            inside |= 1 << node
    return inside
