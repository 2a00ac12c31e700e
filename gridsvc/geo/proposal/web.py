"""The atoms of one community as a web of neighbours, in plain lists: the searches' inner loops
read single numbers, which Python lists answer several times faster than arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from gridsvc.geo.analysis.adjacency import SHORTEST_BORDER_M
from gridsvc.geo.proposal.borders import BARRIER, BLOCK, MAIN, STREET

# What a metre of border costs. Along a river it is gain: a grid on both banks has no way across.
PRICE = {BLOCK: 1.0, STREET: 0.25, MAIN: 0.05, BARRIER: -0.3}
# A border beside a building splits its block however short it is.
SPLIT_M = 40.0


@dataclass(frozen=True)
class Web:
    """Atoms numbered from 0 and their neighbours; sets of atoms are the bits of integers.

    Attributes
    ----------
    households : list of int
    area_m2, edge_m : list of float
        Area and perimeter of each atom.
    near : list of list
        For each atom its neighbours: number, metres shared, price of a border there.
    ways : list of int
        The free neighbours over at least `SHORTEST_BORDER_M`: a grid is connected over these.
    touch : list of int
        All neighbours, and after the last atom a node for each of the ``rims``: what is
        connected over these around a grid leaves no hole in it.
    rims : list of int
        The atoms at the ground outside, and at each piece of it that the community encloses.
    free : int
        The atoms that may change their grid.
    """

    households: list[int]
    area_m2: list[float]
    edge_m: list[float]
    near: list[list[tuple[int, float, float]]]
    ways: list[int]
    touch: list[int]
    rims: list[int]
    free: int

    @classmethod
    def of(
        cls,
        households: Sequence[int],
        area_m2: Sequence[float],
        edge_m: Sequence[float],
        borders: Iterable[tuple[int, int, float, float]],
        rims: Sequence[int],
        free: int,
    ) -> Web:
        """Build from borders: two atoms, metres, price."""
        size = len(households)
        near: list[list[tuple[int, float, float]]] = [[] for _ in range(size)]
        ways, touch = [0] * size, [0] * size + list(rims)
        for a, b, metres, price in borders:
            near[a].append((b, metres, price))
            near[b].append((a, metres, price))
            for one, other in ((a, b), (b, a)):
                touch[one] |= 1 << other
                if metres >= SHORTEST_BORDER_M and free >> a & free >> b & 1:
                    ways[one] |= 1 << other
        for number, rim in enumerate(rims):
            for atom in atoms_of(rim):
                touch[atom] |= 1 << size + number
        return cls(
            list(households), list(area_m2), list(edge_m), near, ways, touch, list(rims), free
        )

    def __len__(self) -> int:
        return len(self.households)

    @cached_property
    def crookedness(self) -> float:
        """1 / Polsby-Popper of the middling atom: its grids will hardly be rounder."""
        return median(
            edge * edge / (4 * math.pi * area)
            for edge, area in zip(self.edge_m, self.area_m2, strict=True)
        )

    @property
    def around(self) -> int:
        """All atoms and rims."""
        return (1 << len(self.touch)) - 1

    def tie(self, low: int) -> None:
        """Tie what has too few households to be a grid to its longest neighbour, however thin.

        A cell in the corner of a block may share less than a doorway with the rest; alone it
        would never be a grid.
        """
        for piece in list(self.pieces(self.free)):
            if sum(self.households[a] for a in atoms_of(piece)) >= low:
                continue
            links = [
                (metres, a, b)
                for a in atoms_of(piece)
                for b, metres, _ in self.near[a]
                if self.free & ~piece & 1 << b
            ]
            if links:
                _, a, b = max(links)
                self.ways[a] |= 1 << b
                self.ways[b] |= 1 << a

    def encloses(self, members: int) -> bool:
        """Whether other atoms have no way out but through these."""
        others = self.around & ~members
        return not meet(self.touch, others, others)

    def within(self, start: int, room: int) -> int:
        """Return the atoms of ``room`` that can be reached from ``start`` without leaving it."""
        reached = waiting = start & room
        ways = self.ways
        while waiting:
            bit = waiting & -waiting
            new = ways[bit.bit_length() - 1] & room & ~reached
            reached |= new
            waiting = (waiting ^ bit) | new
        return reached

    def pieces(self, room: int) -> Iterator[int]:
        """Yield the connected pieces of ``room``, the one with the lowest atom first."""
        while room:
            piece = self.within(room & -room, room)
            yield piece
            room ^= piece

    def joined(self, groups: Sequence[int]) -> Web:
        """Return the web whose atoms are these groups of atoms, free where all of a group are."""
        group = [-1] * len(self)
        for number, members in enumerate(groups):
            for atom in atoms_of(members):
                group[atom] = number
        shared: dict[tuple[int, int], list[float]] = {}
        edge = [0.0] * len(groups)
        for a, neighbours in enumerate(self.near):
            edge[group[a]] += self.edge_m[a]
            for b, metres, price in neighbours:
                if group[a] == group[b]:
                    edge[group[a]] -= metres
                elif a < b:
                    key = (min(group[a], group[b]), max(group[a], group[b]))
                    total = shared.setdefault(key, [0.0, 0.0])
                    total[0] += metres
                    total[1] += price
        return Web.of(
            [sum(self.households[a] for a in atoms_of(g)) for g in groups],
            [sum(self.area_m2[a] for a in atoms_of(g)) for g in groups],
            edge,
            [(a, b, metres, price) for (a, b), (metres, price) in shared.items()],
            [sum({1 << group[a] for a in atoms_of(rim)}) for rim in self.rims],
            sum(1 << number for number, g in enumerate(groups) if g & self.free == g),
        )


def atoms_of(members: int) -> Iterator[int]:
    """Yield the numbers of the atoms in a set, ascending."""
    while members:
        bit = members & -members
        yield bit.bit_length() - 1
        members ^= bit


def price_of(metres: float, kind: str) -> float:
    """Return what it costs to draw a grid's border along these metres."""
    return metres * PRICE[kind] + (SPLIT_M if kind == BLOCK else 0.0)


def meet(links: Sequence[int], around: int, room: int) -> bool:
    """Whether the nodes ``around`` are connected with each other within ``room``."""
    reached = waiting = around & -around
    around ^= reached
    while waiting and around:
        bit = waiting & -waiting
        waiting ^= bit
        new = links[bit.bit_length() - 1] & room & ~reached
        reached |= new
        waiting |= new
        around &= ~new
    return not around
