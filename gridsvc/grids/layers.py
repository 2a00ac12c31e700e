"""What a map is drawn from: grids, communities and subdistricts at three levels of detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

# Web Mercator metres of a 256-pixel tile's pixel at zoom 0.
_PIXEL_AT_ZOOM_0 = 2 * np.pi * 6378137 / 256
# Half a pixel at the finest zoom that a level serves: lod 0 from zoom 15 on is exact, lod 1
# serves 13 and 14, lod 2 up to 12. The tolerance is the root of the area of what is cut off.
TOLERANCES = (0.0, _PIXEL_AT_ZOOM_0 / 2**14 / 2, _PIXEL_AT_ZOOM_0 / 2**12 / 2)

_LAYER_DIGITS = (("communities", 12), ("subdistricts", 9))
# Five pixels at tile zoom 10, where the layer of communities begins; a tile has 512 of them.
_WIDE_M = 5 * _PIXEL_AT_ZOOM_0 / 2**11


class Drawn(NamedTuple):
    """One shape of one layer at one level of detail, EPSG:3857."""

    layer: str
    lod: int
    code: str
    kind: str
    shape: shapely.Geometry


def drawn_layers(grids: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame) -> Iterator[Drawn]:
    """Draw the layers of one day.

    Each layer is simplified as one coverage, so that neighbours keep one border between them.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code``, ``kind`` (``residential`` or ``functional``) and polygons, EPSG:3857.
    outlines : GeoDataFrame
        ``code`` and polygons of divisions, EPSG:3857. A community or subdistrict is drawn by its
        outline, one without by the union of what lies in it; a community whose grids can be told
        apart from far away is drawn as its grids.

    Yields
    ------
    Drawn
        Every shape three times, by ``lod``.
    """
    tiling = grids[grids["kind"] == "residential"]
    lying_over = grids[grids["kind"] != "residential"]
    for lod, tolerance in enumerate(TOLERANCES):
        for code, shape in _simplified(tiling, tolerance):
            yield Drawn("grids", lod, code, "residential", shape)
        for row in lying_over.itertuples():
            shape = shapely.simplify(row.geometry, tolerance) if tolerance else row.geometry
            yield Drawn("grids", lod, row.code, row.kind, shape)
    parts = tiling[["code", "geometry"]]
    for layer, digits in _LAYER_DIGITS:
        parts = areas(parts, outlines, digits)
        drawn = _told_apart(tiling, parts) if layer == "communities" else parts
        for lod, tolerance in enumerate(TOLERANCES):
            for code, shape in _simplified(drawn, tolerance):
                yield Drawn(layer, lod, code, layer, shape)


def _told_apart(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give communities, those replaced by their grids whose grids are wide on average."""
    mean_m2 = grids.area.groupby(grids["code"].str[:12]).mean()
    wide = mean_m2.index[mean_m2 >= _WIDE_M**2]
    others = communities[~communities["code"].isin(wide)]
    theirs = grids.loc[grids["code"].str[:12].isin(wide), ["code", "geometry"]]
    return pd.concat([others, theirs], ignore_index=True).sort_values("code", ignore_index=True)


def areas(parts: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, digits: int) -> gpd.GeoDataFrame:
    """Give the divisions of one level: outlined ones as outlined, others as their parts' union."""
    outlined = outlines.loc[outlines["code"].str.len() == digits, ["code", "geometry"]]
    above = parts["code"].str[:digits]
    loose = parts[~above.isin(outlined["code"])]
    united = [
        {"code": code, "geometry": shapely.union_all(shapes.to_numpy())}
        for code, shapes in loose.geometry.groupby(loose["code"].str[:digits])
    ]
    if not united:
        return outlined
    joined = pd.concat([outlined, gpd.GeoDataFrame(united, crs=parts.crs)], ignore_index=True)
    return joined.sort_values("code", ignore_index=True)


def _simplified(
    frame: gpd.GeoDataFrame, tolerance: float
) -> Iterator[tuple[str, shapely.Geometry]]:
    exact = frame.geometry.to_numpy()
    if not tolerance or not len(exact):
        yield from zip(frame["code"], exact, strict=True)
        return
    simple = shapely.coverage_simplify(exact, tolerance)
    # Where shapes overlap there is no coverage to keep; such a shape stays as it is.
    usable = shapely.is_valid(simple) & ~shapely.is_empty(simple)
    yield from zip(frame["code"], np.where(usable, simple, exact), strict=True)
