"""The frame of atoms: how it is made, and how it makes up grids."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.geo.cover.noding import in_degrees, in_steps
from gridsvc.geo.crs import STORAGE, to_storage
from gridsvc.geo.edits.ground import united

#: The columns of a frame of atoms, in order.
COLUMNS = ("grid", "households", "dwellings", "lon", "lat", "building", "block", "geometry")


def grid_atoms(grids: gpd.GeoDataFrame, first_atom: int = 1) -> gpd.GeoDataFrame:
    """Take grids themselves for atoms, where no buildings are known.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code``, ``household_count``, ``dwelling_count`` (may be missing; null counts 0) and
        Polygons that tile, brought to EPSG:4326 and the lattice.
    first_atom : int
        Id of the first.

    Returns
    -------
    GeoDataFrame
        A frame of atoms in the order of the codes.

    Examples
    --------
    >>> grid_atoms(town)[["grid", "households", "block"]].head(2).values.tolist()
    [['520302001001001', 120, -1], ['520302001001002', 300, -1]]
    """
    stored = to_storage(grids).sort_values("code")
    shapes = in_degrees(in_steps(stored.geometry.to_numpy()))
    return atoms_frame(
        grid=stored["code"].to_numpy(dtype=object),
        households=counted(stored, "household_count"),
        dwellings=counted(stored, "dwelling_count"),
        shapes=shapes,
        first_atom=first_atom,
    )


def atoms_frame(
    grid: np.ndarray,
    households: np.ndarray,
    dwellings: np.ndarray,
    shapes: np.ndarray,
    first_atom: int,
    anchors: np.ndarray | None = None,
    building: pd.array | None = None,
    block: np.ndarray | int = -1,
) -> gpd.GeoDataFrame:
    """Put columns together as a frame of atoms; ids count up from ``first_atom``."""
    count = len(shapes)
    if anchors is None:
        anchors = np.full((count, 2), np.nan)
    table = {
        "grid": np.asarray(grid, dtype=object),
        "households": np.asarray(households, dtype=np.int64),
        "dwellings": np.asarray(dwellings, dtype=np.int64),
        "lon": anchors[:, 0],
        "lat": anchors[:, 1],
        "building": pd.array([pd.NA] * count if building is None else building, dtype="Int64"),
        "block": np.broadcast_to(np.asarray(block, dtype=np.int64), count),
    }
    index = pd.RangeIndex(first_atom, first_atom + count, name="atom").astype("int64")
    return gpd.GeoDataFrame(
        pd.DataFrame(table, index=index), geometry=gpd.GeoSeries(shapes, index=index, crs=STORAGE)
    )


def outlines(atoms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Unite atoms to their grids.

    Parameters
    ----------
    atoms : GeoDataFrame
        A frame of atoms.

    Returns
    -------
    GeoDataFrame
        Indexed by ``grid`` in the order of the codes: ``households``, ``dwellings`` (int) and the
        Polygon, a MultiPolygon where a grid is in pieces. Every vertex on a border stays.

    Examples
    --------
    >>> int(outlines(grid_atoms(town))["households"].sum())
    1500
    """
    counts = atoms.groupby("grid")[["households", "dwellings"]].sum()
    shapes = atoms.geometry.to_numpy()
    places = atoms.groupby("grid").indices
    joined = [united(shapes[places[code]]) for code in counts.index]
    return gpd.GeoDataFrame(counts, geometry=gpd.GeoSeries(joined, index=counts.index, crs=STORAGE))


def counted(grids: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """Give a column of counts as integers: 0 where it is null or missing."""
    if column not in grids:
        return np.zeros(len(grids), dtype=np.int64)
    return pd.to_numeric(grids[column]).fillna(0).to_numpy(dtype=np.int64)
