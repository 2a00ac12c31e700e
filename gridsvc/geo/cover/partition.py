"""Do the grids tile the ground? Every check answers the offending pieces, never yes or no.

Frames of grids have a ``code`` column and valid polygons in a known CRS; functional grids, which
may lie over residential ones, are left out by the caller. A grid belongs to the community whose
code its own code begins with.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import BadGeometry, BadInput
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.crs import known_crs, metric_crs, to_metric, to_storage

# Rounding to the 1e-7 degree lattice moves a 100 m edge by at most 1 cm: 1 m2 a side.
SMALLEST_FINDING_M2 = 1.0
COMMUNITY_DIGITS = 12


def overlaps(grids: gpd.GeoDataFrame, smallest_m2: float = SMALLEST_FINDING_M2) -> gpd.GeoDataFrame:
    """Find the ground that two grids both claim.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and polygons. Null and empty shapes overlap nothing.
    smallest_m2 : float
        Pieces of less area are not counted.

    Returns
    -------
    GeoDataFrame
        ``code_a`` < ``code_b``, ``area_m2`` (float) and ``geometry`` (Polygon or MultiPolygon in
        the CRS of the grids), largest first; empty when nothing overlaps. Two rows of one code
        are a pair too.

    Raises
    ------
    BadGeometry
        A shape is invalid, so that its interior is not defined.
    """
    grids = _sound(grids).sort_values("code")
    shapes = grids.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes)
    once = left < right
    left, right = left[once], right[once]
    shapely.prepare(shapes)
    # Neighbours touch by the thousand; only pairs whose interiors meet are worth cutting.
    meet = shapely.relate_pattern(shapes[left], shapes[right], "T********")
    left, right = left[meet], right[meet]
    codes = grids["code"].to_numpy()
    return _measured(
        {"code_a": codes[left], "code_b": codes[right]},
        _polygonal(shapely.intersection(shapes[left], shapes[right])),
        grids,
        smallest_m2,
    )


def gaps(
    grids: gpd.GeoDataFrame,
    frame: gpd.GeoDataFrame | None = None,
    smallest_m2: float = SMALLEST_FINDING_M2,
) -> gpd.GeoDataFrame:
    """Find the ground that no grid of its community covers.

    Where the frame outlines a community, its gaps are the outline less the community's own grids,
    open bays at the rim included. Grids of no outlined community are searched for enclosed holes.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and polygons.
    frame : GeoDataFrame, optional
        Outlines of communities (or of larger divisions): ``code`` and polygons.
    smallest_m2 : float
        Pieces of less area are not counted.

    Returns
    -------
    GeoDataFrame
        ``community_code`` (str: the outline's code, or the first 12 digits of the lowest code at
        the rim of the hole), ``area_m2`` and ``geometry`` (Polygon in the CRS of the grids), one
        row a connected piece, largest first.

    Raises
    ------
    BadGeometry
        A shape is invalid.
    """
    grids = _sound(grids).sort_values("code")
    outlined = np.zeros(len(grids), dtype=bool)
    codes: list[str] = []
    pieces: list[shapely.Geometry] = []
    if frame is not None:
        for community in _sound(frame.to_crs(known_crs(grids))).itertuples():
            own = grids["code"].str.startswith(community.code).to_numpy()
            outlined |= own
            bare = shapely.difference(community.geometry, shapely.union_all(grids.geometry[own]))
            parts = shapely.get_parts(_polygonal(np.array([bare])))
            pieces += list(shapely.get_parts(parts))
            codes += [community.code] * (len(pieces) - len(codes))
    if not outlined.all():
        holes = _enclosed(grids)
        rim = shapely.STRtree(grids.geometry.to_numpy()).query(holes, predicate="intersects")
        for place, hole in enumerate(holes):
            around = np.sort(rim[1][rim[0] == place])
            if not outlined[around].all():
                codes.append(grids["code"].iloc[around[0]][:COMMUNITY_DIGITS])
                pieces.append(hole)
    columns = {"community_code": np.array(codes, dtype=object)}
    return _measured(columns, np.array(pieces, dtype=object), grids, smallest_m2)


def out_of_range(
    frame: gpd.GeoDataFrame | pd.DataFrame,
    minimum: int,
    maximum: int,
    households: str = "household_count",
) -> pd.DataFrame:
    """List the grids whose households lie below ``minimum`` or above ``maximum``.

    Both limits are themselves in range. An unknown number (null) is in no range and is listed.

    Returns
    -------
    DataFrame or GeoDataFrame
        The rows of the frame with a column ``beyond`` (int, households: negative below the
        minimum, positive above the maximum, null when unknown), on the frame's index.
    """
    counted = pd.to_numeric(frame[households]).astype("Int64")
    beyond = (counted - maximum).clip(lower=0) + (counted - minimum).clip(upper=0)
    return frame.assign(beyond=beyond)[beyond.isna() | (beyond != 0)]


def households_without_grid(
    buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """List the buildings that lie in no grid.

    A building counts by one point sure to be inside it, so that one on a border is not lost; a
    point on a grid's edge is in that grid.

    Returns
    -------
    GeoDataFrame
        The rows of ``buildings``, same index and columns; with ``household_count`` their sum is
        what has no grid. Null and empty shapes have no place and are listed.
    """
    anchors = to_storage(buildings.geometry).representative_point().to_numpy()
    shapes = to_storage(_sound(grids).geometry).to_numpy()
    housed, _ = shapely.STRtree(shapes).query(anchors, predicate="intersects")
    without = np.ones(len(buildings), dtype=bool)
    without[housed] = False
    return buildings[without]


def prove(grids: gpd.GeoDataFrame, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Prove that the grids cover the frame exactly once, or show the edges that break it.

    The directed ring edges of all grids are summed and compared with those of the frame, see
    `gridsvc.geo.cover.chain`. There is no tolerance.

    What it does not see: two grids whose codes are swapped (compare households by code), and
    loops of an invalid ring that cancel each other (run `gridsvc.geo.cover.polygons.faults` first).
    What it sees although the ground is covered: a vertex on one side of a border or on the
    outline that the other side lacks.

    Parameters
    ----------
    grids, frame : GeoDataFrame
        Polygons in EPSG:4326 on the 1e-7 degree lattice (rounded here). Outlines of one frame
        that touch must do so vertex by vertex.

    Returns
    -------
    GeoDataFrame
        Edges left over, with ``times`` and a LineString; empty means proved. ``times`` more
        claims than the frame allows lie left of an edge than right of it: an overlap on its left
        or a gap on its right.

    Raises
    ------
    CrsMismatch
        One of the frames is not in EPSG:4326.
    """
    return edge_chain(grids).minus(edge_chain(frame)).edges()


def _sound(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "code" not in frame:
        raise BadInput("Grids and outlines need a column named code.")
    known_crs(frame)
    shapes = frame.geometry
    frame = frame[~(shapes.isna() | shapes.is_empty)]
    broken = frame.loc[~frame.is_valid, "code"].astype(str).tolist()
    if broken:
        raise BadGeometry(
            f"{len(broken)} shapes are invalid, the first is {broken[0]}: repair them first.",
            ids=broken,
        )
    return frame.assign(code=frame["code"].astype(str))


def _polygonal(shapes: np.ndarray) -> np.ndarray:
    """Drop the points and lines that an overlay leaves where borders only touch."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for place in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapes[place])
        shapes[place] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
    return np.where(shapely.get_dimensions(shapes) == 2, shapes, shapely.Polygon())


def _enclosed(grids: gpd.GeoDataFrame) -> np.ndarray:
    covered = shapely.union_all(grids.geometry.to_numpy())
    # Not the inner rings as they are: other grids may lie like islands inside of one.
    rims = shapely.get_exterior_ring(shapely.get_parts(covered))
    bare = shapely.difference(shapely.union_all(shapely.polygons(rims)), covered)
    return shapely.get_parts(_polygonal(np.array([bare])))


def _measured(
    columns: dict[str, np.ndarray], shapes: np.ndarray, grids: gpd.GeoDataFrame, smallest_m2: float
) -> gpd.GeoDataFrame:
    found = gpd.GeoDataFrame(columns, geometry=shapes, crs=grids.crs)
    # In the zone of the grids: that of a few far pieces could lie between them.
    found.insert(len(columns), "area_m2", to_metric(found, metric_crs(grids)).area)
    large = found[found["area_m2"] >= smallest_m2]
    return large.sort_values("area_m2", ascending=False, ignore_index=True)
