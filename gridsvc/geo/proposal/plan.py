"""A division of a community's atoms into grids, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.web import Web, meet

_OUT_OF_RANGE = 4.0  # to be out of the range at all, and for each share of low by which it is
_OUT_BY = 25.0
_TYPICAL = 1.6  # 1 / ratio of the grids of a town of plain blocks


@dataclass(frozen=True)
class Weights:
    """What a proposal minds, each in units of its own.

    Attributes
    ----------
    size : float
        A grid twice as large as the goal.
    shape : float
        A grid whose Polsby-Popper ratio is 0.5 instead of 1 (1 / ratio counts).
    border : float
        A border inside blocks as long as the side of a wanted grid.
    moved : float
        As many households as the goal that leave their present grid.
    """

    size: float
    shape: float
    border: float
    moved: float = 0.0


class Plan:
    """Which grid each atom of a web is in, and what that costs; changed by flips.

    Parameters
    ----------
    web : Web
        Atoms and borders.
    label : list of int
        Grid of each atom.
    limits : Range
        Households wanted.
    weights : Weights
        What is minded.
    home : sequence of int, optional
        Present grid of each atom, in the numbers of ``label``: leaving it costs.
    """

    def __init__(
        self,
        web: Web,
        label: list[int],
        limits: Range,
        weights: Weights,
        home: Sequence[int] | None = None,
    ) -> None:
        self.web, self.label, self.home, self.low = web, label, home, limits.low
        self.again = partial(Plan, web, limits=limits, weights=weights, home=home)
        total = sum(web.households)
        wanted_side = math.sqrt(sum(web.area_m2) / max(1.0, total / limits.goal))
        self._border = weights.border / wanted_side
        self._shape = weights.shape / (4 * math.pi)
        self._moved = weights.moved / limits.goal
        self._size = _size_costs(total, limits, weights, max(_TYPICAL, web.crookedness))
        parts = max(label) + 1
        self.members, self.size = [0] * parts, [0] * parts
        self.area, self.edge, self.value = [0.0] * parts, [0.0] * parts, [0.0] * parts
        for atom, part in enumerate(label):
            self._enter(atom, part)

    def change(self, atom: int, to: int) -> float:
        """Tell how much dearer the plan becomes when an atom goes to another grid."""
        web, label = self.web, self.label
        of = label[atom]
        metres_of = metres_to = price = 0.0
        for other, metres, dear in web.near[atom]:
            if label[other] == of:
                metres_of += metres
                price += dear
            elif label[other] == to:
                metres_to += metres
                price -= dear
        own, ground, ring = web.households[atom], web.area_m2[atom], web.edge_m[atom]
        got = self.edge[to] + ring - 2 * metres_to
        after = self._size[self.size[to] + own] + self._shape * got * got / (self.area[to] + ground)
        if self.members[of] ^ (1 << atom):
            left = self.edge[of] - ring + 2 * metres_of
            after += self._size[self.size[of] - own]
            after += self._shape * left * left / (self.area[of] - ground)
        if self.home is not None:
            after += self._moved * own * ((self.home[atom] == of) - (self.home[atom] == to))
        return after - self.value[of] - self.value[to] + self._border * price

    def may_move(self, atom: int, to: int) -> bool:
        """Whether both grids stay in one piece and the one that grows encloses nothing."""
        web = self.web
        rest = self.members[self.label[atom]] & ~(1 << atom)
        around = web.ways[atom] & rest
        if rest and not (around and meet(web.ways, around, rest)):
            return False
        others = web.around & ~self.members[to] & ~(1 << atom)
        around = web.touch[atom] & others
        return not around or meet(web.touch, around, others)

    def move(self, atom: int, to: int) -> None:
        """Give an atom to another grid."""
        part, web = self.label[atom], self.web
        self.members[part] &= ~(1 << atom)
        self.size[part] -= web.households[atom]
        self.area[part] -= web.area_m2[atom]
        inner = sum(m for b, m, _ in web.near[atom] if self.members[part] >> b & 1)
        self.edge[part] += 2 * inner - web.edge_m[atom]
        self._weigh(part)
        self._enter(atom, to)

    def spare(self) -> int:
        """Return the number of a grid that has no atoms."""
        if 0 not in self.members:
            for figures in (self.members, self.size, self.area, self.edge, self.value):
                figures.append(0)
        return self.members.index(0)

    def cost(self) -> float:
        """Add up what the plan costs; differences of it are what `change` answers."""
        web, label = self.web, self.label
        total = sum(self.value)
        for a, neighbours in enumerate(web.near):
            total += self._border * sum(
                p for b, _, p in neighbours if a < b and label[a] != label[b]
            )
        if self.home is not None:
            stays = zip(web.households, label, self.home, strict=True)
            total += self._moved * sum(h for h, part, home in stays if part != home)
        return total

    def _enter(self, atom: int, part: int) -> None:
        web = self.web
        inner = sum(m for b, m, _ in web.near[atom] if self.members[part] >> b & 1)
        self.edge[part] += web.edge_m[atom] - 2 * inner
        self.area[part] += web.area_m2[atom]
        self.size[part] += web.households[atom]
        self.members[part] |= 1 << atom
        self.label[atom] = part
        self._weigh(part)

    def _weigh(self, part: int) -> None:
        if self.members[part]:
            round_m = self.edge[part]
            self.value[part] = self._size[self.size[part]]
            self.value[part] += self._shape * round_m * round_m / self.area[part]
        else:
            # Nothing of what was taken away may stay as a rounding error.
            self.area[part] = self.edge[part] = self.value[part] = 0.0


@lru_cache(maxsize=64)
def _size_costs(most: int, limits: Range, weights: Weights, typical: float) -> list[float]:
    """Cost of a grid by its households, from none to all of a community.

    A grid costs what its shape does too, so what is ``typical`` of a shape is taken off: else the
    fewest grids that fit would be the cheapest.
    """
    costs = []
    for households in range(most + 1):
        out = max(limits.low - households, households - limits.high, 0)
        far = _OUT_OF_RANGE + _OUT_BY * out / limits.low if out else 0.0
        off = households / limits.goal - 1
        costs.append(weights.size * off * off + far - weights.shape * typical)
    return costs
