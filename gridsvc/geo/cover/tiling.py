"""Repair at import: grids drawn by hand become an exact tiling, with a report of what moved."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridsvc.errors import BadGeometry, BadInput
from gridsvc.geo.cover import noding
from gridsvc.geo.cover.chain import on_lattice, to_degrees
from gridsvc.geo.cover.noding import in_degrees, in_steps
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS, gaps, prove
from gridsvc.geo.crs import STORAGE, area_m2, metric_crs, to_metric, to_storage

_NOBODY = -1

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Tiling:
    """What the repair made, for a person to confirm.

    Attributes
    ----------
    grids : GeoDataFrame
        ``code`` and geometry in EPSG:4326 on the 1e-7 degree lattice, in the order of the codes.
    frame : GeoDataFrame
        ``code`` and the outlines, with a vertex wherever a grid's border meets them.
    changes : DataFrame
        ``code``, ``before_m2``, ``after_m2``, ``moved_m2`` (float: the area that is in one of
        both shapes only) and ``parts`` (int: 1 for a grid that may be stored).
    residual : GeoDataFrame
        What `gridsvc.geo.cover.partition.prove` leaves; empty when the tiling is exact.
    """

    grids: gpd.GeoDataFrame
    frame: gpd.GeoDataFrame
    changes: pd.DataFrame
    residual: gpd.GeoDataFrame


def tile_exactly(
    grids: gpd.GeoDataFrame,
    frame: gpd.GeoDataFrame | None = None,
    snap_m: float = 2.0,
    gap_m: float = 4.0,
) -> Tiling:
    """Close thin gaps and overlaps between grids, and fit them to their outlines.

    Neighbours are snapped by GEOS' coverage clean in metres. Where outlines are given they are
    law: borders and outlines are noded together on the lattice, every face goes to the grid that
    holds it, what sticks out is cut off, and what is left thin goes to the neighbour with the
    longest border. Wider gaps are never filled; they stay in ``residual`` and in
    `gridsvc.geo.cover.partition.gaps`.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and valid polygons, any CRS.
    frame : GeoDataFrame, optional
        Outlines that tile, ``code`` a prefix of their grids' codes. Without it the outlines
        are what the grids of one community (12 digits) cover after the repair.
    snap_m : float
        Vertices closer than this become one. More than 0: with 0 GEOS may empty a polygon.
    gap_m : float
        Gaps and crumbs narrower than this, in metres, are given to a neighbour.

    Returns
    -------
    Tiling
        The grids, the outlines, the change of every grid and the proof.

    Raises
    ------
    BadInput
        ``snap_m`` is not positive, or a code is given twice.
    BadGeometry
        A grid is not a valid polygon, or is so small that snapping consumes it.
    """
    if snap_m <= 0:
        raise BadInput("Grids are repaired with a snapping distance of more than 0 metres.")
    given = to_storage(grids[["code", grids.geometry.name]]).sort_values("code", ignore_index=True)
    _require_polygons(given, "is no valid polygon, repair it first")
    if twice := given.loc[given["code"].duplicated(), "code"].tolist():
        raise BadInput(f"Grid {twice[0]} is drawn twice.", ids=twice)
    repaired = given.set_geometry(_cleaned(given, snap_m, gap_m))
    _require_polygons(repaired, f"does not survive snapping by {snap_m} m")
    if frame is None:
        communities = repaired.assign(code=repaired["code"].str[:COMMUNITY_DIGITS])
        outlines = communities.dissolve("code", method="coverage").reset_index()
    else:
        repaired, outlines = _fitted(repaired, to_storage(frame), gap_m)
    return Tiling(repaired, outlines, _changes(given, repaired), prove(repaired, outlines))


def _require_polygons(grids: gpd.GeoDataFrame, fault: str) -> None:
    shapes = grids.geometry
    sound = shapes.geom_type.isin(["Polygon", "MultiPolygon"]) & shapes.is_valid & ~shapes.is_empty
    if bad := grids.loc[~sound, "code"].tolist():
        raise BadGeometry(f"Grid {bad[0]} {fault}.", ids=bad)


def _cleaned(grids: gpd.GeoDataFrame, snap_m: float, gap_m: float) -> gpd.GeoSeries:
    metric = to_metric(grids.geometry)
    shapes = metric.to_numpy()
    # Where nothing is at fault, snapping would only merge vertices that were drawn apart.
    if shapely.coverage_is_valid(shapes) and gaps(grids, smallest_m2=0.0).empty:
        stored = _stored(metric)
        # A spike narrower than a step crosses itself when it is rounded.
        if stored.is_valid.all():
            return stored
    cleaned = shapely.coverage_clean(shapes, snapping_distance=snap_m, gap_width=gap_m)
    return _stored(gpd.GeoSeries(cleaned, crs=metric.crs))


def _stored(metric: gpd.GeoSeries) -> gpd.GeoSeries:
    degrees = metric.to_crs(STORAGE).to_numpy()
    # Shared vertices are equal doubles by now, so rounding point by point keeps them shared.
    return gpd.GeoSeries(
        shapely.transform(degrees, lambda xy: to_degrees(on_lattice(xy))), crs=STORAGE
    )


def _fitted(
    grids: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, gap_m: float
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    frame = frame[["code", frame.geometry.name]].sort_values("code", ignore_index=True)
    borders = shapely.boundary(
        np.concatenate([grids.geometry.to_numpy(), frame.geometry.to_numpy()])
    )
    faces = in_degrees(noding.faces(in_steps(borders)))
    inside = shapely.point_on_surface(faces)
    outline = _first_holding(frame.geometry.to_numpy(), inside)
    faces, inside, outline = (x[outline != _NOBODY] for x in (faces, inside, outline))
    owner = np.full(len(faces), _NOBODY)
    for place, prefix in enumerate(frame["code"]):
        own = np.flatnonzero(grids["code"].str.startswith(prefix))
        here = np.flatnonzero(outline == place)
        held = _first_holding(grids.geometry.to_numpy()[own], inside[here])
        owner[here[held != _NOBODY]] = own[held[held != _NOBODY]]
    owner = _thin_ones_given_away(faces, outline, owner, gap_m)
    fitted = grids.set_geometry(_joined(faces, owner, len(grids)))
    _require_polygons(fitted, "lies outside its outline")
    return fitted, frame.set_geometry(_joined(faces, outline, len(frame)))


def _first_holding(shapes: np.ndarray, points: np.ndarray) -> Integers:
    """Give the first shape that each point is in, or `_NOBODY`."""
    point, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    first = np.full(len(points), len(shapes))
    np.minimum.at(first, point, shape)
    return np.where(first < len(shapes), first, _NOBODY)


def _thin_ones_given_away(
    faces: np.ndarray, outline: Integers, owner: Integers, gap_m: float
) -> Integers:
    """Let thin gaps, and thin crumbs cut off their grid, go to the longest neighbour."""
    series = gpd.GeoSeries(faces, crs=STORAGE)
    metric = series.to_crs(metric_crs(series)).to_numpy()
    one, other, border_m = _neighbours(metric)
    same = (owner[one] == owner[other]) & (outline[one] == outline[other])
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(len(faces),) * 2)
    number, component = connected_components(links, directed=False)
    area = np.bincount(component, shapely.area(metric), number)
    largest = dict[int, int]()
    for place in np.argsort(area[component]):
        largest[owner[place]] = component[place]
    loose = np.zeros(len(faces), dtype=bool)
    for place in range(number):
        members = np.flatnonzero(component == place)
        holder = owner[members[0]]
        if holder == _NOBODY or largest[holder] != place:
            whole = shapely.union_all(metric[members])
            loose[members] = shapely.is_empty(shapely.buffer(whole, -gap_m / 2))
    owner = np.where(loose, _NOBODY, owner)
    while True:
        takes = pd.DataFrame(
            {
                "face": np.concatenate([one, other]),
                "by": owner[np.concatenate([other, one])],
                "border_m": np.tile(border_m, 2),
            }
        )[np.tile(outline[one] == outline[other], 2)]
        takes = takes[loose[takes["face"]] & (owner[takes["face"]] == _NOBODY)]
        takes = takes[takes["by"] != _NOBODY].groupby(["face", "by"])["border_m"].sum()
        if takes.empty:
            return owner
        best = takes.sort_values(ascending=False, kind="stable").reset_index()
        best = best.drop_duplicates("face")
        owner[best["face"]] = best["by"]


def _neighbours(faces: np.ndarray) -> tuple[Integers, Integers, NDArray[np.float64]]:
    """Give the pairs of noded faces that share edges, and the metres that they share."""
    one, other = shapely.STRtree(faces).query(faces, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    edges = shapely.boundary(faces)
    border_m = shapely.length(shapely.intersection(edges[one], edges[other]))
    along = border_m > 0
    return one[along], other[along], border_m[along]


def _joined(faces: np.ndarray, label: Integers, number: int) -> gpd.GeoSeries:
    joined = [shapely.coverage_union_all(faces[label == place]) for place in range(number)]
    return gpd.GeoSeries([_plain(shape) for shape in joined], crs=STORAGE)


def _plain(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _changes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    moved = before.geometry.symmetric_difference(after.geometry)
    return pd.DataFrame(
        {
            "code": before["code"],
            "before_m2": area_m2(before),
            "after_m2": area_m2(after),
            "moved_m2": area_m2(moved),
            "parts": shapely.get_num_geometries(after.geometry.to_numpy()),
        }
    )
