"""What a file draws, before it is fitted: sound polygons, each with the grid that it is to be."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadGeometry
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.cover.polygons import Fault, faults, single_part
from gridsvc.geo.crs import STORAGE, to_metric, to_storage

# A border saved with six digits instead of seven moves by so much, and is meant to be the same.
_SAME_M = 0.1


def sound(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring drawn shapes to plain polygons in EPSG:4326, or refuse the first that is none.

    Parameters
    ----------
    drawn : GeoDataFrame
        ``code`` and shapes in any known CRS; MultiPolygons of one part are unwrapped.

    Returns
    -------
    GeoDataFrame
        ``code`` and ``geometry``, indexed by ``row`` as given.

    Raises
    ------
    BadGeometry
        A shape is empty, invalid, in several parts or too large; with its row and place.
    """
    shapes = to_storage(drawn.geometry)
    plain = gpd.GeoDataFrame({"code": drawn["code"]}, geometry=shapes, crs=STORAGE)
    single = single_part(plain.rename_axis("row"))
    found = faults(single)
    found = found[found["fault"] != Fault.HOLE]
    if len(found):
        first = found.iloc[0]
        where = "" if np.isnan(first.lon) else f" at {first.lon:.6f}, {first.lat:.6f}"
        raise BadGeometry(
            f"Row {first.row} is no plain polygon ({first.detail}){where}: correct it in the file.",
            ids=found["row"].unique(),
            place=None if np.isnan(first.lon) else (first.lon, first.lat),
        )
    return single.drop(columns="dropped_m2")


def placed(
    drawn: gpd.GeoDataFrame, present: gpd.GeoDataFrame, frames: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Tell which grid each shape is to be.

    Parameters
    ----------
    drawn : GeoDataFrame
        From `sound`.
    present : GeoDataFrame
        The grids that are there, by code, EPSG:4326.
    frames : GeoDataFrame
        ``code`` and outlines of their communities.

    Returns
    -------
    GeoDataFrame
        With ``given``, the code in the file, and ``code``: that of a present grid, or
        ``<community>+<number>`` for a new one in the community that most of it lies in.

    Raises
    ------
    BadGeometry
        A shape lies outside of every community.
    """
    shapes, around = drawn.geometry.to_numpy(), frames.geometry.to_numpy()
    row, frame = shapely.STRtree(around).query(shapes, predicate="intersects")
    shared = pd.DataFrame(
        {
            "row": row,
            "frame": frame,
            "area": shapely.area(shapely.intersection(shapes[row], around[frame])),
        }
    )
    best = shared.sort_values("area").drop_duplicates("row", keep="last").set_index("row")["frame"]
    own = drawn["code"].isin(present.index).to_numpy(copy=True)
    codes = drawn["code"].to_numpy(dtype=object).copy()
    for place, code in _alike(shapes, own, present[~present.index.isin(codes[own])]):
        own[place], codes[place] = True, code
    for place in map(int, np.flatnonzero(~own)):
        if place not in best.index:
            at = shapes[place].representative_point()
            raise BadGeometry(
                f"Row {drawn.index[place]} lies outside the draft, at {at.x:.6f}, {at.y:.6f}: "
                "leave it out, or check the reference system.",
                ids=[drawn.index[place]],
                place=(at.x, at.y),
            )
        # A plus is in no code, and sorts before digits.
        codes[place] = f"{frames['code'].iloc[best[place]]}+{place:05d}"
    return drawn.assign(given=drawn["code"], code=codes)


def _alike(
    shapes: Shapes, own: NDArray[np.bool_], left: gpd.GeoDataFrame
) -> Iterator[tuple[int, str]]:
    """Match shapes without a code to grids that nobody draws: more than half of both is shared.

    So at most one shape matches a grid, and CAD, which has no fields, keeps the numbers.
    """
    there = left.geometry.to_numpy()
    loose = np.flatnonzero(~own)
    row, grid = shapely.STRtree(there).query(shapes[loose], predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[loose[row]], there[grid]))
    most = np.maximum(shapely.area(shapes[loose[row]]), shapely.area(there[grid]))
    for one in np.flatnonzero(shared * 2 > most):
        yield int(loose[row[one]]), str(left.index[grid[one]])


def exact(given: gpd.GeoDataFrame, present: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take the present outline where a grid is drawn as it is, within 10 cm."""
    known = given["code"].isin(present.index).to_numpy()
    there = present.geometry.reindex(given["code"][known])
    drawn = to_metric(given.geometry[known])
    apart_m = shapely.hausdorff_distance(drawn.to_numpy(), there.to_crs(drawn.crs).to_numpy())
    shapes = given.geometry.to_numpy().copy()
    same = np.flatnonzero(known)[apart_m <= _SAME_M]
    shapes[same] = there.to_numpy()[apart_m <= _SAME_M]
    return given[["code"]].set_geometry(gpd.GeoSeries(shapes, given.index, crs=STORAGE))
