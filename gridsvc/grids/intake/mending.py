"""Shapes from files made fit to store, every change told; what is past mending is a fault."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridsvc.geo.cover.chain import LATTICE_DEG, on_lattice, to_degrees
from gridsvc.geo.cover.polygons import Fault, faults, mended, single_part
from gridsvc.grids.intake.report import ImportReport, RowNote

#: An invalid ring is mended only if its area changes by less than this share.
LARGEST_CHANGE = 0.001


def mend(
    frame: gpd.GeoDataFrame, report: ImportReport, *, multipart: bool
) -> tuple[gpd.GeoDataFrame, list[RowNote]]:
    """Make every shape of a frame valid and put its vertices on the 1e-7 degree lattice.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326, indexed by ``row``.
    report : ImportReport
        Gets what was mended.
    multipart : bool
        Let several parts stand (divisions, buildings); a grid is one polygon.

    Returns
    -------
    tuple of GeoDataFrame and list of RowNote
        The frame with Polygons (and MultiPolygons where allowed), and the rows past mending,
        whose shapes are then None.
    """
    shapes = frame.geometry.copy()
    hopeless: dict[int, str] = {}
    if not multipart:
        single = single_part(frame)
        shapes = single.geometry
        report.repaired += _unwrapped(frame, single)
    found = faults(frame.set_geometry(shapes))
    for one in found.itertuples(index=False):
        if one.fault is Fault.HOLE or (one.fault is Fault.MULTIPART and multipart):
            continue
        shape = shapes[one.row]
        if one.fault is Fault.TOO_MANY_VERTICES and multipart and shapely.is_valid(shape):
            # An outline drawn in detail is sound; only mending one would take for ever.
            continue
        better = _mended(shape, multipart) if one.fault is Fault.INVALID else None
        if better is None:
            hopeless[one.row] = f"{one.fault}: {_told(one)}"
            continue
        report.repaired.append(RowNote(one.row, f"invalid ring mended: {_told(one)}"))
        shapes[one.row] = better
    shapes[list(hopeless)] = None
    shapes = _on_lattice(shapes, report, hopeless)
    notes = [RowNote(row, text) for row, text in sorted(hopeless.items())]
    return frame.set_geometry(shapes), notes


def _mended(shape: shapely.Geometry, multipart: bool) -> shapely.Geometry | None:
    before = shape.area
    better = mended(shape)
    if shapely.is_empty(better) or abs(better.area - before) > LARGEST_CHANGE * before:
        return None
    if multipart or better.geom_type == "Polygon":
        return better
    return None


def _told(fault: object) -> str:
    lon, lat = getattr(fault, "lon", np.nan), getattr(fault, "lat", np.nan)
    where = "" if np.isnan(lon) else f" at {lon:.6f}, {lat:.6f}"
    return f"{getattr(fault, 'detail', '')}{where}"


def _unwrapped(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> list[RowNote]:
    changed = (before.geom_type == "MultiPolygon") & (after.geom_type == "Polygon")
    notes = []
    for row, dropped_m2 in after.loc[changed, "dropped_m2"].items():
        slivers = f"sliver parts dropped ({dropped_m2:.2f} m2)"
        notes.append(RowNote(row, slivers if dropped_m2 else "MultiPolygon of one part unwrapped"))
    return notes


def _on_lattice(
    shapes: gpd.GeoSeries, report: ImportReport, hopeless: dict[int, str]
) -> gpd.GeoSeries:
    """Round every vertex to where the database and every client keep it without loss."""
    there = shapes.notna()
    before = shapes[there].to_numpy()
    ordered = shapely.orient_polygons(before)
    rounded = shapely.transform(ordered, lambda xy: to_degrees(on_lattice(xy)))
    after = gpd.GeoSeries(rounded, index=shapes.index[there], crs=shapes.crs)
    for row in after.index[~after.is_valid]:
        # Rounding can pinch a neck shut; the precision model drops what is thinner than a step.
        kept = shapely.set_precision(shapes[row], LATTICE_DEG)
        if shapely.is_empty(kept) or not shapely.is_valid(kept):
            hopeless[row] = f"{Fault.INVALID}: thinner than the lattice of 1e-7 degrees"
            after[row] = None
            continue
        report.repaired.append(RowNote(row, "necks thinner than 1 cm closed"))
        after[row] = kept
    for changed, text in (
        (ordered != before, "ring order made counter-clockwise"),
        (rounded != ordered, "coordinates rounded to 1e-7 degrees (about 1 cm)"),
    ):
        if changed.any():
            report.notes.append(f"{text} in {changed.sum()} rows")
    return after.reindex(shapes.index)
