"""What changed after the grids were drawn: estates filled up, courtyards were left."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Point, Polygon

from gridsvc.demo.town.houses import House
from gridsvc.demo.town.lattice import to_steps


class Drift(NamedTuple):
    """The households that a grid has today, named by a point in it (metres)."""

    x: float
    y: float
    households: int


# A tower estate now complete, slabs raised by two floors, old-town and hillside houses left.
DRIFTS = (
    Drift(1480, 1550, 340), Drift(2095, 1483, 318), Drift(1118, 1225, 81), Drift(110, 1058, 94),
)  # fmt: skip


def drifted(
    houses: list[House], house_grid: NDArray[np.int64], outlines: list[Polygon]
) -> list[House]:
    """Today's houses: four grids have left the range of 100 to 300 since they were drawn.

    Growth adds floors with their dwellings; loss leaves dwellings empty.
    """
    changed = list(houses)
    tree = shapely.STRtree(outlines)
    for drift in DRIFTS:
        grid = int(tree.query(to_steps(Point(drift.x, drift.y)), predicate="within")[0])
        lived_in = [i for i in np.flatnonzero(house_grid == grid) if houses[i].households > 0]
        before = np.array([houses[i].households for i in lived_in])
        after = _shared_out(drift.households, before)
        growth = drift.households / before.sum()
        for i, households in zip(lived_in, after.tolist(), strict=True):
            house = houses[i]
            grown = max(1.0, growth)
            changed[i] = dataclasses.replace(
                house,
                households=households,
                dwellings=max(households, round(house.dwellings * grown)),
                floors=round(house.floors * grown),
            )
    return changed


def _shared_out(total: int, shares: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to ``shares`` that add up to ``total`` (largest remainders)."""
    exact = total * shares / shares.sum()
    whole = np.floor(exact).astype(np.int64)
    largest = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return whole
