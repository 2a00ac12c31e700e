"""Atoms as the log keeps them: exact to the bit, and small, since most of an edit is coordinates.

Positions are whole steps of the lattice, each ring as its first vertex and the ways from one to
the next; where an atom has the same shape before and after, neither side repeats it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.cover.chain import on_lattice, to_degrees
from gridsvc.geo.crs import STORAGE

#: Columns of an atoms frame beside its geometry, as `gridsvc.geo.atoms` orders them.
COLUMNS = ("grid", "households", "dwellings", "lon", "lat", "building", "block")


def packed(atoms: gpd.GeoDataFrame, beside: gpd.GeoDataFrame) -> bytes:
    """Write atoms down.

    Parameters
    ----------
    atoms : GeoDataFrame
        One side of an edit, EPSG:4326 on the lattice.
    beside : GeoDataFrame
        Its other side: shapes that both have are left out.
    """
    other = beside.geometry.reindex(atoms.index).to_numpy()
    same = shapely.equals_identical(atoms.geometry.to_numpy(), other)
    rows = [
        [int(atom), *plain, None if again else _rings(shape)]
        for atom, plain, shape, again in zip(
            atoms.index, plain_rows(atoms), atoms.geometry, same, strict=True
        )
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 9)


def unpacked(text: bytes, shapes: Mapping[int, shapely.Polygon]) -> gpd.GeoDataFrame:
    """Read atoms that were written down.

    Parameters
    ----------
    text : bytes
        From `packed`.
    shapes : mapping of int to Polygon
        Of the atoms whose shape was left out, as they are on the other side.
    """
    rows = json.loads(zlib.decompress(text))
    geometry = [shapes[row[0]] if row[-1] is None else _polygon(row[-1]) for row in rows]
    return frame([row[:-1] for row in rows], geometry)


def frame(rows: list[Any], geometry: Any) -> gpd.GeoDataFrame:
    """Make an atoms frame of rows (atom, then `COLUMNS`) and their polygons."""
    table = pd.DataFrame(rows, columns=["atom", *COLUMNS]).set_index("atom")
    kinds = {"households": "int64", "dwellings": "int64", "lon": float, "lat": float}
    table = table.astype({"grid": "str", **kinds, "building": "Int64", "block": "int64"})
    table.index = table.index.astype("int64")
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, table.index, crs=STORAGE))


def plain_rows(atoms: gpd.GeoDataFrame) -> list[list[Any]]:
    """Give `COLUMNS` of atoms as plain values, None for what is not there."""
    columns = [
        [None if pd.isna(value) else value for value in atoms[name].tolist()] for name in COLUMNS
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _rings(polygon: shapely.Polygon) -> list[list[int]]:
    found = []
    for ring in (polygon.exterior, *polygon.interiors):
        steps = on_lattice(shapely.get_coordinates(ring)[:-1])
        ways = np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
        found.append(ways.ravel().tolist())
    return found


def _polygon(rings: list[list[int]]) -> shapely.Polygon:
    shell, *holes = (
        to_degrees(np.cumsum(np.array(ring, dtype=np.int64).reshape(-1, 2), axis=0))
        for ring in rings
    )
    return shapely.Polygon(shell, holes)
