"""A made city of any size: a valid mosaic of grids, for timing and for load, not for looking at."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridsvc.geo.crs import STORAGE

#: South-west corner, lon and lat: fictional ground between the real Zunyi and Guiyang.
ORIGIN = (107.0, 27.2)
#: Side of a cell in degrees: about 180 m, the size of a grid of 200 households in a dense town.
SIDE = 0.0018
#: Points added on each side of a cell, so that a grid has 16 vertices as measured cities do.
BENDS = 3
#: Cells along one side of a community, a subdistrict, a district: 25, 100 and 40,000 grids.
COMMUNITY_SIDE, SUBDISTRICT_SIDE, DISTRICT_SIDE = 5, 10, 200
#: Districts of the made city are numbered from here; no real district has such a code.
FIRST_DISTRICT = 990001


def make_city(count: int, seed: int) -> gpd.GeoDataFrame:
    """Draw a city of ``count`` grids that tile it exactly: neighbours share every vertex.

    Parameters
    ----------
    count : int
        Number of grids, at least 1.
    seed : int
        The same seed gives the same city on every machine.

    Returns
    -------
    GeoDataFrame
        ``code`` (15 digits), ``household_count``; Polygon, EPSG:4326, on the 1e-7 lattice; in
        the order of the codes.
    """
    random = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    rows = int(np.ceil(count / columns))
    rings = _rings(rows, columns, random).reshape(rows * columns, -1, 2)[:count]
    north, east = np.divmod(np.arange(count), columns)
    frame = gpd.GeoDataFrame(
        {
            "code": _codes(rows - 1 - north, east),
            "household_count": np.clip(random.normal(200, 55, count), 20, 420).astype(int),
        },
        geometry=shapely.polygons(rings),
        crs=STORAGE,
    )
    return frame.sort_values("code", ignore_index=True)


def _rings(rows: int, columns: int, random: np.random.Generator) -> np.ndarray:
    """Return closed rings, (rows, columns, points, 2), built from sides that neighbours share."""
    lon, lat = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    corners = np.stack([lon, lat], axis=-1) + random.uniform(
        -0.22, 0.22, (rows + 1, columns + 1, 2)
    )
    eastward = _sides(corners[:, :-1], corners[:, 1:], random)
    northward = _sides(corners[:-1], corners[1:], random)
    ring = np.concatenate(
        [
            eastward[:-1],
            northward[:, 1:],
            eastward[1:, :, ::-1],
            northward[:, :-1, ::-1],
        ],
        axis=2,
    )
    # each side repeats the corner that the one before ended on
    keep = np.ones(ring.shape[2], dtype=bool)
    keep[BENDS + 2 :: BENDS + 2] = False
    return np.round(np.asarray(ORIGIN) + ring[:, :, keep] * SIDE, 7)


def _sides(start: np.ndarray, end: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the points of every side, ends included, bent a little to either hand."""
    share = np.linspace(0, 1, BENDS + 2)[:, None]
    points = start[..., None, :] * (1 - share) + end[..., None, :] * share
    points[..., 1:-1, :] += random.uniform(-0.05, 0.05, points[..., 1:-1, :].shape)
    return points


def _codes(south: np.ndarray, east: np.ndarray) -> list[str]:
    """Code cells by their place, counted from the north-west: west to east, then southwards."""

    def place(of: int, within: int) -> tuple[np.ndarray, np.ndarray]:
        return (south % within) // of, (east % within) // of

    across = int(east.max()) // DISTRICT_SIDE + 1
    district = FIRST_DISTRICT + (south // DISTRICT_SIDE) * across + east // DISTRICT_SIDE
    parts = [district]
    for of, within in (
        (SUBDISTRICT_SIDE, DISTRICT_SIDE),
        (COMMUNITY_SIDE, SUBDISTRICT_SIDE),
        (1, COMMUNITY_SIDE),
    ):
        row, column = place(of, within)
        parts.append(row * (within // of) + column + 1)
    return [f"{d:06d}{s:03d}{c:03d}{g:03d}" for d, s, c, g in zip(*parts, strict=True)]
