"""The directed-edge chain: a proof, without tolerance, that areas cover a frame once.

Walk every outer ring with the inside on the left and every hole the other way round, sum the
directed edges and cancel opposite ones. What remains of a set of polygons is the boundary of
their covering, counted with multiplicity; two sets with the same remainder cover every point the
same number of times. This is the boundary operator of simplicial homology, on integers.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import CrsMismatch
from gridsvc.geo.crs import STORAGE, known_crs

# Seven digits are 1.1 cm or less, and what GeoJSON and the database keep without loss.
LATTICE_DEG = 1e-7
_PER_DEGREE = 10_000_000

Integers = NDArray[np.int64]


class Chain(NamedTuple):
    """Edges that did not cancel; vertices are lon and lat on the lattice, packed in one integer.

    ``low`` and ``high`` are the ends of an edge, ``low < high``; ``times`` counts how often it is
    walked from low to high, less how often from high to low, and is never 0. Sorted, so two
    chains are equal exactly when their arrays are.
    """

    low: Integers
    high: Integers
    times: Integers

    def same_as(self, other: Chain) -> bool:
        """Tell whether both chains bound the same covering."""
        return all(np.array_equal(mine, theirs) for mine, theirs in zip(self, other, strict=True))

    def minus(self, other: Chain) -> Chain:
        """Subtract: what is left is what one covering has and the other has not."""
        return _summed(
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            np.concatenate([self.times, -other.times]),
        )

    def has(self, start: Integers, end: Integers) -> NDArray[np.bool_]:
        """Tell of edges, given by their ends in steps, whether they are left in either way."""
        one, other = _packed(start), _packed(end)
        asked = pd.MultiIndex.from_arrays([np.minimum(one, other), np.maximum(one, other)])
        return asked.isin(pd.MultiIndex.from_arrays([self.low, self.high]))

    def positions(self) -> NDArray[np.int64]:
        """Give the two ends of every edge in steps: an array of edges by 2 by 2."""
        return np.stack([_steps(self.low), _steps(self.high)], axis=1)

    def edges(self) -> gpd.GeoDataFrame:
        """Draw the chain: ``times`` (int, > 0) and a LineString in its direction, EPSG:4326."""
        backwards = self.times < 0
        start = np.where(backwards, self.high, self.low)
        end = np.where(backwards, self.low, self.high)
        lines = shapely.linestrings(np.stack([_unpacked(start), _unpacked(end)], axis=1))
        return gpd.GeoDataFrame({"times": np.abs(self.times)}, geometry=lines, crs=STORAGE)


def edge_chain(shapes: gpd.GeoDataFrame | gpd.GeoSeries) -> Chain:
    """Sum the directed ring edges of polygons and cancel opposite ones.

    Parameters
    ----------
    shapes : GeoDataFrame or GeoSeries
        Polygons or MultiPolygons in EPSG:4326; coordinates are rounded to the lattice, null and
        empty shapes add nothing.

    Returns
    -------
    Chain
        Empty when nothing is covered.

    Raises
    ------
    CrsMismatch
        The shapes are not in EPSG:4326.
    """
    if known_crs(shapes) != STORAGE:
        raise CrsMismatch(f"Chains are summed in EPSG:4326, not in {shapes.crs.name}.")
    oriented = shapely.orient_polygons(shapes.geometry.to_numpy(), exterior_cw=False)
    # get_rings answers nothing for a MultiPolygon.
    rings = shapely.get_rings(shapely.get_parts(oriented))
    positions, ring = shapely.get_coordinates(rings, return_index=True)
    vertex = _packed(on_lattice(positions))
    start, end = vertex[:-1], vertex[1:]
    real = (ring[:-1] == ring[1:]) & (start != end)
    start, end = start[real], end[real]
    forward = start < end
    return _summed(
        np.where(forward, start, end), np.where(forward, end, start), np.where(forward, 1, -1)
    )


def on_lattice(degrees: ArrayLike) -> Integers:
    """Round degrees to whole steps of 1e-7 degrees."""
    return np.rint(np.asarray(degrees) * _PER_DEGREE).astype(np.int64)


def to_degrees(steps: Integers) -> NDArray[np.float64]:
    """Give the degrees of lattice steps; dividing by 1e7 is what `round(x, 7)` gives too."""
    return steps / _PER_DEGREE


def _summed(low: Integers, high: Integers, times: Integers) -> Chain:
    order = np.lexsort((high, low))
    low, high, times = low[order], high[order], times[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    starts = np.flatnonzero(first)
    total = np.add.reduceat(times, starts) if len(starts) else times
    left = total != 0
    return Chain(low[starts][left], high[starts][left], total[left])


def _packed(steps: Integers) -> Integers:
    # lon * 1e7 and lat * 1e7 both fit in 32 bits: 1.8e9 < 2**31.
    return (steps[:, 0] << 32) | (steps[:, 1] + 2**31)


def _steps(vertex: Integers) -> Integers:
    return np.column_stack([vertex >> 32, (vertex & 0xFFFFFFFF) - 2**31])


def _unpacked(vertex: Integers) -> NDArray[np.float64]:
    return to_degrees(_steps(vertex))
