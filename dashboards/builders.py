"""What every map has in common: base, grids from tiles or from a frame, findings, legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import folium
import geopandas as gpd

from dashboards.base_map import BaseMap
from dashboards.embedded_layer import add_grids
from dashboards.legend import Legend
from dashboards.metre_heat import MetreHeat
from dashboards.scales import Scale
from dashboards.texts import words
from dashboards.tile_layer import TileLayer
from dashboards.tile_source import TileSource

Grids: TypeAlias = TileSource | gpd.GeoDataFrame


def build(
    grids: Grids,
    title: str,
    texts: Mapping[str, str] | None,
    *,
    marks: tuple[str, ...],
    scale: Scale | None = None,
    heat: MetreHeat | None = None,
    as_of: str = "",
) -> folium.Map:
    """Put a map together; the order decides what lies on top.

    Parameters
    ----------
    grids : TileSource or GeoDataFrame
        Shapes and figures, fetched by the page or embedded (EPSG:4326).
    title : str
        Key of the legend's sentence.
    texts : mapping, optional
        Words in the reader's language; English where left out.
    marks : tuple of str
        Further marks of the legend.
    scale, heat : optional
        What is coloured.
    as_of : str
        For embedded figures: their instant, worded.

    Returns
    -------
    folium.Map
    """
    said = words(texts)
    tiled = isinstance(grids, TileSource)
    bounds = grids.bounds if isinstance(grids, TileSource) else tuple(grids.total_bounds.tolist())
    made = BaseMap(bounds, said=said, prefer_canvas=tiled)
    with_heat = (heat.bandwidth_m, heat.full) if heat else None
    legend = Legend(title, said, scale=scale, marks=marks, heat=with_heat, as_of=as_of)
    legend.add_to(made)
    if heat:
        heat.add_to(made)
    if isinstance(grids, TileSource):
        layer = TileLayer(grids, said, scale=scale, heat=heat, outline="outline" in marks)
        layer.add_to(made)
    else:
        add_grids(made, grids, scale, outline="outline" in marks)
    return made
