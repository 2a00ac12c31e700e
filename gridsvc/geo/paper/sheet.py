"""A plan on paper: grids laid out in millimetres at a round scale, each with room for its label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadInput
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.crs import metric_crs, to_metric

#: What a ruler can be used with.
SCALES = tuple(
    step * power for power in (100, 1000, 10_000) for step in (5, 6, 8, 10, 12, 15, 20, 25, 30, 40)
)
_MARGIN_MM = 4.0
_LONGEST_BAR_MM = 50.0
# To be told apart, people need two tenths of a millimetre; a pen line is wider.
_TOLERANCE_MM = 0.1
# Less holds no label, and the largest circles of 20,000 shapes would take seconds.
_ROOM_MM = 1.0


@dataclass(frozen=True)
class Cell:
    """A shape on paper: its outline, and the largest circle in it; mm from the upper left.

    ``room_mm``, the circle's radius, is 0 where the shape is too small for any label.
    """

    code: str
    path: str
    x: float
    y: float
    room_mm: float


@dataclass(frozen=True)
class Sheet:
    """What is drawn, in millimetres; paths as SVG writes them.

    Attributes
    ----------
    scale : int
        1 : scale.
    projection : CRS
        True to scale, in metres.
    origin_m : (float, float)
        The paper's upper left corner in it.
    cells, communities : list of Cell
        In order of code.
    waters : list of str
        Outlines.
    streets : list of (int, str)
        Rank (1 = main road) and line.
    bar_m : int
        Length of the scale bar on the ground.
    bar_mm : float
        And on paper.
    """

    scale: int
    projection: pyproj.CRS
    origin_m: tuple[float, float]
    wide_mm: float
    high_mm: float
    cells: list[Cell]
    communities: list[Cell]
    waters: list[str]
    streets: list[tuple[int, str]]
    bar_m: int
    bar_mm: float

    @property
    def crs(self) -> str:
        """Name of the projection."""
        return str(self.projection.name)

    def put(self, frame: gpd.GeoDataFrame | gpd.GeoSeries) -> NDArray[np.object_]:
        """Put shapes in any known CRS on the paper: geometries in mm from the upper left."""
        return _on_paper(
            to_metric(frame, self.projection).geometry.to_numpy(), self.origin_m, self.scale
        )


def fitting_scale(grids: gpd.GeoDataFrame, wide_mm: float, high_mm: float) -> int | None:
    """Return the largest of `SCALES` at which grids fit into a field; ``None`` if none does."""
    west, south, east, north = to_metric(grids).total_bounds
    inner = (wide_mm - 2 * _MARGIN_MM, high_mm - 2 * _MARGIN_MM)
    need = max((east - west) / inner[0], (north - south) / inner[1]) * 1000
    return next((one for one in SCALES if one >= need), None)


def laid_out(
    grids: gpd.GeoDataFrame,
    base: gpd.GeoDataFrame,
    wide_mm: float,
    high_mm: float,
    scale: int | None = None,
) -> Sheet:
    """Lay grids out in the middle of a field of paper.

    North, of the projection's grid, is up.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and polygons in any known CRS.
    base : GeoDataFrame
        ``kind`` (``street`` or ``water``; others are left out), ``rank`` and geometry; what lies
        outside the field is cut off.
    wide_mm, high_mm : float
        Size of the field.
    scale : int, optional
        1 : scale; the largest at which everything fits when none is given.

    Raises
    ------
    BadInput
        There is nothing to draw, or it is too large for the scale.
    """
    if grids.empty:
        raise BadInput("There is no grid to be drawn: choose another division or day.")
    crs = metric_crs(grids)
    metric = to_metric(grids, crs).sort_values("code")
    west, south, east, north = metric.total_bounds
    scale = _scale(grids, wide_mm, high_mm, scale)
    origin = (
        (west + east) / 2 - wide_mm * scale / 2000,
        (south + north) / 2 + high_mm * scale / 2000,
    )

    def on_paper(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        return np.asarray(shapely.simplify(_on_paper(shapes, origin, scale), _TOLERANCE_MM))

    field = shapely.box(0, 0, wide_mm, high_mm)
    under = to_metric(base, crs)
    drawn = shapely.intersection(on_paper(under.geometry.to_numpy()), field)
    bar_m = _bar(scale)
    by_community = metric.geometry.groupby(metric["code"].str[:COMMUNITY_DIGITS])
    communities = by_community.agg(lambda own: shapely.union_all(own.to_numpy()))
    return Sheet(
        scale=scale,
        projection=crs,
        origin_m=origin,
        wide_mm=wide_mm,
        high_mm=high_mm,
        cells=_cells(metric["code"], on_paper(metric.geometry.to_numpy())),
        communities=_cells(communities.index, on_paper(communities.to_numpy())),
        waters=[path(one) for one in drawn[(under["kind"] == "water").to_numpy()]],
        streets=_streets(under, drawn),
        bar_m=bar_m,
        bar_mm=bar_m * 1000 / scale,
    )


def _scale(grids: gpd.GeoDataFrame, wide_mm: float, high_mm: float, wanted: int | None) -> int:
    fitting = fitting_scale(grids, wide_mm, high_mm)
    if fitting is None or (wanted is not None and wanted < fitting):
        raise BadInput("This is too large for one sheet: choose a smaller division.")
    return wanted or fitting


def _streets(base: gpd.GeoDataFrame, drawn: NDArray[np.object_]) -> list[tuple[int, str]]:
    return [
        (int(rank), path(one))
        for rank, one, kind in zip(base["rank"], drawn, base["kind"], strict=True)
        if kind == "street" and not shapely.is_empty(one)
    ]


def _on_paper(
    shapes: NDArray[np.object_], origin_m: tuple[float, float], scale: int
) -> NDArray[np.object_]:
    per_m = (1000 / scale, -1000 / scale)
    return np.asarray(shapely.transform(shapes, lambda xy: (xy - origin_m) * per_m))


def _cells(codes: Iterable[str], shapes: NDArray[np.object_]) -> list[Cell]:
    middles, rooms = np.zeros((len(shapes), 2)), np.zeros(len(shapes))
    wide = shapely.area(shapes) > np.pi * _ROOM_MM**2
    circles = shapely.maximum_inscribed_circle(shapes[wide], tolerance=0.2)
    middles[wide] = shapely.get_coordinates(shapely.get_point(circles, 0))
    rooms[wide] = shapely.length(circles)
    return [
        Cell(str(code), path(shape), round(float(x), 2), round(float(y), 2), float(room))
        for code, shape, (x, y), room in zip(codes, shapes, middles, rooms, strict=True)
    ]


def _bar(scale: int) -> int:
    """Choose the longest of 1, 2, 5 times a power of ten that is no longer than the bar may be."""
    longest = _LONGEST_BAR_MM * scale / 1000
    power = 10 ** int(np.log10(longest))
    return int(max(step * power for step in (1, 2, 5) if step * power <= longest))


def path(shape: shapely.Geometry) -> str:
    """Write lines and polygons, in mm, as SVG does."""
    words = []
    for part in shapely.get_parts(shape):
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            places = [f"{x:.2f} {y:.2f}" for x, y in shapely.get_coordinates(ring)]
            closed = part.geom_type == "Polygon"
            words.append("M" + "L".join(places[:-1] if closed else places) + "Z" * closed)
    return "".join(words)
