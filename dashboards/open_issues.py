"""Where is work still open?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import folium
import geopandas as gpd

from dashboards.builders import Grids, build
from dashboards.metre_heat import FULL_CASES, MetreHeat, gather
from dashboards.scales import SCALES


def open_issues_map(
    grids: Grids,
    cases: gpd.GeoDataFrame | None = None,
    *,
    measure: Literal["density", "per_100_households"],
    bandwidth_m: int = 150,
    full_cases: int = FULL_CASES,
    texts: Mapping[str, str] | None = None,
    as_of: str = "",
) -> folium.Map:
    """Draw open cases: as heat where they lie close, or as a rate on the grids.

    Two pictures of the same thing: ``density`` hides how many people live there,
    ``per_100_households`` hides where in the grid the cases are; neither is a count on a polygon.

    Parameters
    ----------
    grids : TileSource or GeoDataFrame
        As for ``coverage_map``; ``value`` is open cases per 100 households.
    cases : GeoDataFrame, optional
        For ``density`` on a frame: one Point a case, EPSG:4326. A tile source's page fetches cells.
    measure : {"density", "per_100_households"}
        Which picture.
    bandwidth_m : int
        Radius of a case's spread in metres, the same at every zoom.
    full_cases : int
        Cases at one place that give full colour, the same at every zoom.
    texts, as_of
        As for ``coverage_map``.

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        As for ``coverage_map``; or the cases are not in EPSG:4326.
    """
    if measure == "per_100_households":
        marks = ("no_data", "masked", "functional", "findings")
        return build(grids, measure, texts, marks=marks, scale=SCALES[measure], as_of=as_of)
    cells = None if cases is None else gather(cases, bandwidth_m)
    heat = MetreHeat(bandwidth_m, full=full_cases, cells=cells)
    return build(grids, measure, texts, marks=("functional",), heat=heat, as_of=as_of)
