"""Between which atoms a grid's border may run, for how long, and along what."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.chain import on_lattice
from gridsvc.geo.crs import metric_crs, to_metric

BLOCK, STREET, MAIN, BARRIER = KINDS = ("block", "street", "main", "barrier")

# Half of a wide main road: a border drawn on the kerb follows the road all the same.
ALONG_M = 20.0
_PARALLEL = 0.7  # cosine of 45 degrees

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def atom_borders(atoms: gpd.GeoDataFrame, base: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Measure the borders of atoms and tell what runs along them.

    Parameters
    ----------
    atoms : GeoDataFrame
        ``block`` and polygons in EPSG:4326 that form an exact coverage: neighbours share every
        vertex.
    base : GeoDataFrame, optional
        What is drawn below the grids: ``kind`` and ``rank``, lines or polygons. A street of rank
        1 is a main road, water a barrier, other kinds are passed over.

    Returns
    -------
    DataFrame
        ``a`` < ``b`` (index of the atoms), ``border_m`` (float, metres) and ``kind``: ``block``
        between two atoms of one block or where nothing else is known, ``street`` between two
        blocks, ``main`` and ``barrier`` along such a line of the base, within `ALONG_M`; ordered
        by ``a``, ``b``.

    Raises
    ------
    CrsMismatch
        The atoms have no CRS.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atom_borders(grid_atoms(town)).head(2).round()
       a  b  border_m   kind
    0  1  2     111.0  block
    1  1  4      99.0  block
    """
    one, two, ends = _shared_edges(atoms.geometry)
    crs = metric_crs(atoms)
    edges = gpd.GeoSeries(shapely.linestrings(ends), crs=atoms.crs).to_crs(crs).to_numpy()
    block = atoms["block"].to_numpy()
    between = (block[one] != block[two]) & ((block[one] >= 0) | (block[two] >= 0))
    kind = np.where(between, KINDS.index(STREET), KINDS.index(BLOCK))
    inside = (block[one] == block[two]) & (block[one] >= 0)
    if base is not None and len(base):
        along = _along(edges, base, crs)
        kind = np.where(inside | (along < 0), kind, along)
    return _summed(atoms.index.to_numpy(), one, two, shapely.length(edges), kind)


def _shared_edges(shapes: gpd.GeoSeries) -> tuple[Ints, Ints, Floats]:
    """Edges walked by two atoms: both positions, and the ends (n, 2, 2)."""
    rings, owner = shapely.get_rings(shapes.to_numpy(), return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    steps = on_lattice(at)
    vertex = (steps[:, 0] << 32) | (steps[:, 1] + 2**31)
    real = ring[1:] == ring[:-1]
    start, end, atom = vertex[:-1][real], vertex[1:][real], owner[ring[:-1][real]]
    ends = np.stack([at[:-1][real], at[1:][real]], axis=1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((atom, high, low))
    low, high, atom = low[order], high[order], atom[order]
    first = np.flatnonzero((low[1:] == low[:-1]) & (high[1:] == high[:-1]))
    return atom[first], atom[first + 1], ends[order][first]


def _along(edges: NDArray[np.object_], base: gpd.GeoDataFrame, crs: pyproj.CRS) -> Ints:
    """The kind of the line that each edge follows, -1 for none; the gravest of several."""
    water = (base["kind"] == "water").to_numpy()
    main = ((base["kind"] == "street") & (base["rank"] == 1)).to_numpy()
    street = (base["kind"] == "street").to_numpy()
    kind = np.select(
        [water, main, street], [KINDS.index(BARRIER), KINDS.index(MAIN), KINDS.index(STREET)], -1
    )
    shapes, of = shapely.get_parts(
        to_metric(base.geometry[kind >= 0], crs).to_numpy(), return_index=True
    )
    kind = kind[kind >= 0][of]
    found = np.full(len(edges), -1)
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    edge, line = shapely.STRtree(shapes).query(middles, predicate="dwithin", distance=ALONG_M)
    along = _parallel(edges[edge], shapes[line])
    np.maximum.at(found, edge[along], kind[line[along]])
    return found


def _parallel(edges: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether edges run with a line or a bank, not across it."""
    banks = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    lines = np.where(banks, shapely.get_exterior_ring(shapes), shapes)
    ends = (shapely.get_point(edges, end) for end in (0, -1))
    first, last = (shapely.line_locate_point(lines, end) for end in ends)
    far = np.abs(first - last)
    # On a ring the way over its start may be the shorter one.
    far = np.where(banks, np.minimum(far, shapely.length(lines) - far), far)
    return far >= _PARALLEL * shapely.length(edges)


def _summed(ids: Ints, one: Ints, two: Ints, metres: Floats, kind: Ints) -> pd.DataFrame:
    pair, row = np.unique(
        np.stack([np.minimum(ids[one], ids[two]), np.maximum(ids[one], ids[two])]),
        axis=1,
        return_inverse=True,
    )
    by_kind = np.zeros((pair.shape[1], len(KINDS)))
    np.add.at(by_kind, (row.ravel(), kind), metres)
    return pd.DataFrame(
        {
            "a": pair[0],
            "b": pair[1],
            "border_m": by_kind.sum(axis=1),
            "kind": np.array(KINDS, dtype=object)[by_kind.argmax(axis=1)],
        }
    )
