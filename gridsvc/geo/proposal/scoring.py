"""Figures by which alternatives are compared, for any division of atoms into grids."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridsvc.geo.crs import to_metric
from gridsvc.geo.proposal.borders import BARRIER
from gridsvc.geo.proposal.wish import Proposal


def scores(
    atoms: gpd.GeoDataFrame,
    borders: pd.DataFrame,
    labels: pd.Series,
    low: int = 100,
    high: int = 300,
) -> pd.Series:
    """Score a division into grids.

    Parameters
    ----------
    atoms : GeoDataFrame
        ``grid`` (present code), ``households``, ``block`` and polygons in EPSG:4326.
    borders : DataFrame
        Of `gridsvc.geo.proposal.borders.atom_borders`.
    labels : Series of str
        Grid of each atom, on the index of the atoms; ``atoms["grid"]`` scores the present.
    low, high : int
        Range of households, both ends included.

    Returns
    -------
    Series of float
        ``grids``; ``in_range``, ``contiguous`` (shares of the grids), ``holes`` (grids that
        enclose others), ``variation`` (standard deviation of households / mean),
        ``compactness`` and ``least_compact`` (mean and minimum of Polsby-Popper, metres in the
        frame's metric CRS), ``split_blocks`` (blocks that fit in one grid and lie in more),
        ``barrier_m`` (metres of barrier inside grids), ``moved_households``, ``moved_share``,
        ``changed_grids`` (codes gone, new, or with other atoms than now).
    """
    part, codes = pd.factorize(labels.reindex(atoms.index))
    households = np.bincount(part, atoms["households"].to_numpy())
    ratio = _compactness(atoms, borders, part)
    at = pd.Series(part, index=atoms.index)
    one, other = (at.loc[borders[side]].to_numpy() for side in ("a", "b"))
    inside = borders[one == other]
    moved = (labels != atoms["grid"]) * atoms["households"]
    return pd.Series(
        {
            "grids": len(codes),
            "in_range": np.mean((households >= low) & (households <= high)),
            "contiguous": np.mean(_pieces(atoms.index, inside, part) == 1),
            "holes": _holes(atoms, part),
            "variation": np.std(households) / np.mean(households),
            "compactness": ratio.mean(),
            "least_compact": ratio.min(),
            "split_blocks": _split_blocks(atoms, part, high),
            "barrier_m": inside.loc[inside["kind"] == BARRIER, "border_m"].sum(),
            "moved_households": moved.sum(),
            "moved_share": moved.sum() / max(1, atoms["households"].sum()),
            "changed_grids": _changed(atoms["grid"], labels),
        },
        dtype=float,
    )


def side_by_side(proposals: Iterable[Proposal], present: pd.Series | None = None) -> pd.DataFrame:
    """Put the scores of alternatives in columns, those of the present division first."""
    columns = {one.wish.style: one.scores for one in proposals}
    return pd.DataFrame(columns if present is None else {"present": present, **columns})


def _compactness(atoms: gpd.GeoDataFrame, borders: pd.DataFrame, part: np.ndarray) -> np.ndarray:
    """Polsby-Popper from the atoms' own rings: what is shared within a grid is no edge of it."""
    shapes = to_metric(atoms.geometry)
    at = pd.Series(part, index=atoms.index)
    one, other = (at.loc[borders[side]].to_numpy() for side in ("a", "b"))
    edge = np.bincount(part, shapes.length.to_numpy())
    inner = np.bincount(
        one[one == other], borders["border_m"].to_numpy()[one == other], minlength=len(edge)
    )
    return 4 * np.pi * np.bincount(part, shapes.area.to_numpy()) / (edge - 2 * inner) ** 2


def _pieces(atoms: pd.Index, inside: pd.DataFrame, part: np.ndarray) -> np.ndarray:
    """Pieces of each grid; necks are for the findings to tell."""
    ends = atoms.get_indexer(inside["a"]), atoms.get_indexer(inside["b"])
    links = coo_array((np.ones(len(inside)), ends), shape=(len(atoms),) * 2)
    piece = connected_components(links, directed=False)[1]
    pairs = np.unique(np.stack([part, piece]), axis=1)
    return np.bincount(pairs[0])


def _holes(atoms: gpd.GeoDataFrame, part: np.ndarray) -> int:
    shapes = atoms.geometry.to_numpy()[np.argsort(part, kind="stable")]
    ends = np.cumsum(np.bincount(part))[:-1]
    grids = np.array([shapely.coverage_union_all(s) for s in np.split(shapes, ends)])
    parts, of = shapely.get_parts(grids, return_index=True)
    return int(np.count_nonzero(np.bincount(of, shapely.get_num_interior_rings(parts))))


def _split_blocks(atoms: gpd.GeoDataFrame, part: np.ndarray, high: int) -> int:
    known = atoms["block"].to_numpy() >= 0
    table = pd.DataFrame(
        {"block": atoms["block"], "households": atoms["households"], "part": part}
    )[known]
    by_block = table.groupby("block").agg({"households": "sum", "part": "nunique"})
    return int(((by_block["households"] <= high) & (by_block["part"] > 1)).sum())


def _changed(before: pd.Series, after: pd.Series) -> int:
    other = before != after
    return len(set(before[other]) | set(after[other]))
