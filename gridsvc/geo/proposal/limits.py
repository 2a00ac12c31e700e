"""How many households a grid may have, and how well a piece can be divided into such grids."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gridsvc.geo.proposal.balance import is_feasible

_LACK_WEIGHT = 50.0  # nothing else makes up for one household out of the range, in shares of low


@dataclass(frozen=True)
class Range:
    """Households that a grid may have, and those aimed at."""

    low: int
    high: int
    goal: int

    def lack(self, households: int) -> int:
        """Households that a piece is away from a number that grids can be made of."""
        if is_feasible(households, self.low, self.high):
            return 0
        below = households // self.high
        gap = below * self.high, (below + 1) * self.low
        return min(households - gap[0], gap[1] - households) if below else gap[1] - households

    def count(self, households: int) -> int:
        """Number of grids to make of a piece: the one that comes closest to the goal."""
        fewest, most = math.ceil(households / self.high), max(1, households // self.low)
        return max(1, fewest, min(round(households / self.goal), most))

    def misfit(self, households: int) -> float:
        """Squared relative distance from the goal if a piece were divided evenly."""
        even = households / self.count(households)
        return (even / self.goal - 1.0) ** 2 + _LACK_WEIGHT * self.lack(households) / self.low
