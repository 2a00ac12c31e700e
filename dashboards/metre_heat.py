"""Open cases as heat: a kernel in metres, colours that mean a number of cases."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
from folium.elements import JSCSSMixin
from folium.plugins import HeatMap
from folium.template import Template

from dashboards.base_map import script_json

_SCRIPT = (Path(__file__).parent / "metre_heat.js").read_text(encoding="utf-8")
_EQUATOR_M_PER_DEGREE = 111_319.49  # of the sphere that web maps use
# Full colour: this many open cases at one place. Ten in one courtyard is a pile in any district.
FULL_CASES = 10


class MetreHeat(JSCSSMixin):
    """A heat layer on folium's own heat script.

    Parameters
    ----------
    bandwidth_m : int
        Metres at which a case's share has fallen to nothing.
    full : int
        Open cases at one place that give full colour, at every zoom.
    cells : list of (lon, lat, n), optional
        Embedded cells; a page with a tile source fetches them instead.
    """

    default_js = HeatMap.default_js
    _template = Template("""
        {% macro script(this, kwargs) %}
        {{ this.code }}
        var {{ this.get_name() }} = gridsvcHeat({{ this._parent.get_name() }}, {{ this.options }});
        {% if this.cells %}{{ this.get_name() }}.setCells({{ this.cells }});{% endif %}
        {% endmacro %}
    """)

    def __init__(
        self,
        bandwidth_m: int,
        *,
        full: int = FULL_CASES,
        cells: list[tuple[float, float, int]] | None = None,
    ) -> None:
        super().__init__()
        self._name = "MetreHeat"
        self.code = _SCRIPT
        self.bandwidth_m, self.full = bandwidth_m, full
        self.options = script_json({"bandwidth_m": bandwidth_m, "full": full})
        answer = {"bandwidth_m": bandwidth_m, "cells": cells}
        self.cells = "" if cells is None else script_json(answer)


def gather(cases: gpd.GeoDataFrame, bandwidth_m: int) -> list[tuple[float, float, int]]:
    """Gather points into cells a third of the bandwidth wide.

    Parameters
    ----------
    cases : GeoDataFrame
        One Point a row, EPSG:4326.
    bandwidth_m : int
        Metres.

    Returns
    -------
    list of (float, float, int)
        Centre longitude and latitude of each cell that holds a case, and how many; ordered from
        south to north, then west to east. A case moves by less than a quarter of the bandwidth.

    Raises
    ------
    ValueError
        The frame is not in EPSG:4326.
    """
    if cases.crs is None or cases.crs.to_epsg() != 4326:
        raise ValueError("The cases must be in EPSG:4326: use to_crs first.")
    if cases.empty:
        return []
    lon, lat = cases.geometry.x.to_numpy(), cases.geometry.y.to_numpy()
    high = bandwidth_m / 3 / _EQUATOR_M_PER_DEGREE
    wide = high / math.cos(math.radians(float(lat.mean())))
    index = np.column_stack([np.floor(lat / high), np.floor(lon / wide)])
    cells, counts = np.unique(index, axis=0, return_counts=True)
    return [
        (round((x + 0.5) * wide, 5), round((y + 0.5) * high, 5), int(n))
        for (y, x), n in zip(cells, counts, strict=True)
    ]
