"""Outlines that never change: vertices enough, from the start, for every border to end on one.

The outline of a community is locked, so a border that is drawn later must end on a vertex that
is there. `densified` puts them there once, at import. Where they lie depends on nothing but the
two ends of an edge: both sides of a border get the same ones without knowing of each other.
"""

from __future__ import annotations

from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from gridsvc.geo.cover.chain import LATTICE_DEG, Chain, Integers, edge_chain, on_lattice, to_degrees
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.crs import STORAGE, to_storage

#: A border ends mostly within half of it of where it was drawn; see docs/decisions/0022.
STEP_M = 5.0
# Rounding makes a part longer by up to 2 cm; it is not to be divided again the next time.
_TOLERANCE = 0.02
# On the sphere of the equator's radius. The same number on every machine, which is what counts.
_EQUATOR_STEP_M = 6_378_137.0 * np.pi / 180 * 1e-7

Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)


def densified(outlines: Frame, step_m: float = STEP_M) -> Frame:
    """Divide every edge into equal parts of at most ``step_m`` metres (and 2 %).

    Parameters
    ----------
    outlines : GeoDataFrame or GeoSeries
        Polygons or MultiPolygons; brought to EPSG:4326 and the 1e-7 degree lattice.
    step_m : float
        Longest part of an edge.

    Returns
    -------
    GeoDataFrame or GeoSeries
        The same rows. A new vertex lies within 8 mm of its edge. Calling it again changes
        nothing. A shape that would become invalid, because it is thinner than that, is left as
        it is.

    Examples
    --------
    >>> square = gpd.GeoSeries([shapely.box(108.0, 27.7, 108.001, 27.701)], crs=4326)
    >>> int(shapely.get_num_coordinates(densified(square)[0]))
    87
    """
    stored = to_storage(outlines)
    shapes = stored.geometry.to_numpy()
    dense = gpd.GeoSeries(_divided(shapes, step_m), index=stored.index, crs=STORAGE)
    return dense if isinstance(stored, gpd.GeoSeries) else stored.set_geometry(dense)


def with_dense_frames(grids: gpd.GeoDataFrame, step_m: float = STEP_M) -> gpd.GeoDataFrame:
    """Divide the edges of grids that lie on the outline of their community, and no others.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and Polygons; all grids of each community. EPSG:4326 and the lattice come out.
    step_m : float
        As for `densified`, whose outlines go with these grids.

    Examples
    --------
    >>> dense = with_dense_frames(town)
    >>> shapely.get_num_coordinates(dense.geometry.to_numpy()).tolist()
    [46, 24, 46, 46, 24, 46, 65, 43, 65]
    """
    stored = to_storage(grids)
    shapes = stored.geometry.to_numpy().copy()
    communities = stored["code"].str[:COMMUNITY_DIGITS]
    for places in communities.groupby(communities).indices.values():
        rim = _rim(stored.geometry.iloc[places], step_m)
        shapes[places] = _divided(shapes[places], step_m, rim)
    return stored.set_geometry(gpd.GeoSeries(shapes, index=stored.index, crs=STORAGE))


def _rim(grids: gpd.GeoSeries, step_m: float) -> Chain:
    """Give the edges that no neighbour in the community runs along, or only one divided already.

    An edge that its neighbour divides elsewhere is a flaw inside the community, no outline.
    """
    chain = edge_chain(grids)
    ends = chain.positions()
    middles = shapely.points(to_degrees(ends.sum(axis=1)) / 2)
    tree = shapely.STRtree(grids.to_numpy())
    edge, _ = tree.query(middles, predicate="dwithin", distance=2 * LATTICE_DEG)
    alone = np.bincount(edge, minlength=len(ends)) < 2
    times = _times(ends[:, 0], ends[:, 1], step_m)
    starts = _between(ends[:, 0], ends[:, 1], times)
    stops = np.append(starts[1:], starts[:1], axis=0)
    stops[np.cumsum(times) - 1] = ends[:, 1]
    there = np.bincount(np.repeat(np.arange(len(ends)), times), chain.has(starts, stops))
    outer = alone | (there == times)
    return Chain(*(each[outer] for each in chain))


def _divided(shapes: Shapes, step_m: float, only: Chain | None = None) -> Shapes:
    """Divide the edges of shapes, or only those of a chain."""
    parts, whose = shapely.get_parts(shapes, return_index=True)
    if not len(parts):
        return shapes
    kind, degrees, (ring_starts, part_starts) = shapely.to_ragged_array(parts)
    vertices = on_lattice(degrees)
    ends = np.roll(vertices, -1, axis=0)
    times = _times(vertices, ends, step_m)
    times[ring_starts[1:] - 1] = 1  # a ring's last vertex begins no edge
    if only is not None:
        times[~only.has(vertices, ends)] = 1
    positions = _between(vertices, ends, times)
    before = np.concatenate([[0], np.cumsum(times)])
    dense = shapely.from_ragged_array(
        kind, to_degrees(positions), (before[ring_starts], part_starts)
    )
    found = shapes.copy()
    several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    for place in np.unique(whose):
        own = dense[whose == place]
        shape = shapely.multipolygons(own) if several[place] else own[0]
        if shapely.is_valid(shape):
            found[place] = shape
    return found


def _times(vertices: Integers, ends: Integers, step_m: float) -> Integers:
    lat = np.radians(to_degrees(vertices[:, 1] + ends[:, 1]) / 2)
    east, north = (ends - vertices).T
    length_m = np.hypot(east * np.cos(lat), north) * _EQUATOR_STEP_M
    return np.maximum(np.ceil(length_m / step_m - _TOLERANCE), 1).astype(np.int64)


def _between(vertices: Integers, ends: Integers, times: Integers) -> Integers:
    """Place the vertices of every edge from its lower end, whichever way it is walked."""
    edge = np.repeat(np.arange(len(vertices)), times)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(times) - times, times)
    start, end, count = vertices[edge], ends[edge], times[edge]
    backwards = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low = np.where(backwards[:, None], end, start)
    high = np.where(backwards[:, None], start, end)
    share = np.where(backwards, count - nth, nth) / count
    return low + np.rint((high - low) * share[:, None]).astype(np.int64)
