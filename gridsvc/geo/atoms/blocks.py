"""Blocks: the ground between streets and water."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.cover import noding
from gridsvc.geo.cover.chain import Integers
from gridsvc.geo.cover.noding import Shapes, in_degrees, in_steps
from gridsvc.geo.crs import STORAGE, to_storage

# 5 m in steps of 1.1 cm: twice the area over the perimeter of a strip is its width.
_NARROW_STEPS = 450.0


def blocks(areas: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Cut areas along streets and water.

    Parameters
    ----------
    areas : GeoDataFrame
        ``code`` and Polygons or MultiPolygons that do not overlap: communities, or grids.
    barriers : GeoDataFrame or GeoSeries
        Lines, and polygons whose rims cut; any CRS. A line that ends inside cuts nothing.

    Returns
    -------
    GeoDataFrame
        Indexed by ``block`` (int from 0): ``code`` of the area and the Polygon, EPSG:4326 on the
        1e-7 degree lattice. The blocks of an area cover it but for lattice rounding.

    Examples
    --------
    >>> lane = shapely.LineString([(108.0, 27.7015), (108.003, 27.7015)])
    >>> street = gpd.GeoSeries([lane], crs=4326)
    >>> len(blocks(town, street))
    12
    """
    stored = to_storage(areas)
    shapes = in_steps(stored.geometry.to_numpy())
    lines = to_storage(barriers).geometry.to_numpy()
    rims = shapely.get_dimensions(lines) == 2
    lines = in_steps(np.where(rims, shapely.boundary(lines), lines))
    tree = shapely.STRtree(lines)
    codes: list[str] = []
    found = []
    for code, shape in zip(stored["code"], shapes, strict=True):
        near = lines[tree.query(shape, predicate="intersects")]
        faces = noding.faces(np.array([shapely.boundary(shape), *near], dtype=object))
        inside = faces[shapely.intersects(shape, shapely.point_on_surface(faces))]
        codes += [code] * len(inside)
        found += list(in_degrees(inside))
    index = pd.RangeIndex(len(found), name="block")
    return gpd.GeoDataFrame({"code": codes}, index=index, geometry=found, crs=STORAGE)


def by_block(
    shape: shapely.Polygon, anchors: Shapes, blocks: Shapes, numbers: Integers
) -> list[tuple[shapely.Polygon, int]]:
    """Divide a grid by the blocks that it lies in, all in steps.

    What is narrow and holds no anchor, as between a street's line and the border beside it, goes
    to the part with the longest border.

    Returns
    -------
    list of tuple
        The parts with the numbers of their blocks; the grid itself, -1, where there are none.
    """
    near = shapely.STRtree(blocks).query(shape, predicate="intersects")
    parts: list[tuple[shapely.Polygon, int]] = []
    narrow: list[shapely.Polygon] = []
    for place in sorted(near):
        shared = shapely.get_parts(shapely.intersection(shape, blocks[place]))
        for part in shared[shapely.get_dimensions(shared) == 2]:
            thin = 2 * part.area < _NARROW_STEPS * part.length
            if thin and not shapely.intersects(part, anchors).any():
                narrow.append(part)
            else:
                parts.append((part, int(numbers[place])))
    if len(parts) <= 1:
        return [(shape, parts[0][1] if parts else -1)]
    for part in narrow:
        rim = shapely.buffer(part, 1)
        border = [shapely.length(shapely.intersection(rim, one.boundary)) for one, _ in parts]
        taker = int(np.argmax(border))
        whole = shapely.union_all([part, parts[taker][0]], grid_size=1)
        if whole.geom_type == "Polygon":
            parts[taker] = whole, parts[taker][1]
    return parts
