"""Grids of a frame embedded in the page: for a notebook, or a few hundred grids at most."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import folium
import geopandas as gpd
from branca.element import MacroElement
from folium.template import Template

from dashboards.base_map import script_json
from dashboards.scales import FUNCTIONAL, MASKED, NO_DATA, OUT_OF_RANGE, Scale

# Past this a page grows by a megabyte a thousand grids; tiles do not (docs/maps.md).
MOST_ROWS = 500
_COLUMNS = ("code", "name", "value", "num", "den")
_INK = "#1b2a33"


class Hatches(MacroElement):
    """The two hatches as SVG patterns, and names set as text: no data becomes HTML."""

    _template = Template("""
        {% macro html(this, kwargs) %}
        <svg width="0" height="0" aria-hidden="true"><defs>
        <pattern id="gridsvc-lines" width="8" height="8" patternUnits="userSpaceOnUse">
          <path d="M-1 9L9 -1M-1 1L1 -1M7 9L9 7" stroke="#6d757a" fill="none"/></pattern>
        <pattern id="gridsvc-dots" width="6" height="6" patternUnits="userSpaceOnUse">
          <circle cx="3" cy="3" r="1" fill="#6d757a"/></pattern>
        </defs></svg>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        (function (names) {
          {{ this._parent.get_name() }}.eachLayer((layer) => layer.bindTooltip((one) => {
            const span = document.createElement("span");
            span.textContent = names[one.feature.properties.code] || "";
            return span;
          }, {sticky: true}));
        })({{ this.names }});
        {% endmacro %}
    """)

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._name = "Hatches"
        self.names = script_json(dict(names))


def add_grids(
    map_: folium.Map, grids: gpd.GeoDataFrame, scale: Scale | None, *, outline: bool = False
) -> None:
    """Draw the grids of a frame.

    Parameters
    ----------
    map_ : folium.Map
        Not on canvas: hatches are SVG.
    grids : GeoDataFrame
        Polygon, EPSG:4326; ``code`` (str), ``name`` (str), ``value``, ``num``, ``den`` (numbers,
        NULL allowed), optional ``flags`` (int) and ``masked`` (bool); docs/maps.md says which unit.
    scale : Scale, optional
        Classes; without it only lines are drawn.
    outline : bool
        Outline grids outside their range of households.

    Raises
    ------
    ValueError
        A column is missing, the frame is not in EPSG:4326, or has more than ``MOST_ROWS`` rows.
    """
    _check(grids)
    styles = {str(row["code"]): _style(row, scale, outline) for row in grids.to_dict("records")}
    names = {str(row["code"]): _words(row) for row in grids.to_dict("records")}
    shapes = gpd.GeoDataFrame(
        {"code": grids["code"].astype(str)}, geometry=grids.geometry, crs=grids.crs
    )
    layer = folium.GeoJson(
        shapes.to_json(),
        style_function=lambda feature: styles[feature["properties"]["code"]],
        highlight_function=lambda feature: {"weight": 3, "color": "#0f6b6b"},
        control=False,
    )
    layer.add_to(map_)
    Hatches(names).add_to(layer)


def _check(grids: gpd.GeoDataFrame) -> None:
    missing = [one for one in _COLUMNS if one not in grids.columns]
    if missing:
        raise ValueError(f"The grids lack the columns {', '.join(missing)}.")
    if grids.crs is None or grids.crs.to_epsg() != 4326:
        raise ValueError("The grids must be in EPSG:4326: use to_crs first.")
    if len(grids) > MOST_ROWS:
        raise ValueError(f"{len(grids)} grids are too many to embed: give a TileSource.")


def _words(row: dict[Any, Any]) -> str:
    if row.get("masked") or _missing(row["num"]) or _missing(row["den"]):
        return str(row["name"])
    return f"{row['name']} · {row['num']:g} / {row['den']:g}"


def _missing(value: Any) -> bool:
    return value is None or math.isnan(value)


def _style(row: dict[Any, Any], scale: Scale | None, outline: bool) -> dict[str, Any]:
    flags = int(row.get("flags") or 0)
    style: dict[str, Any] = {"color": _INK, "weight": 1, "opacity": 0.4, "fillOpacity": 0.8}
    if outline and flags & OUT_OF_RANGE:
        style |= {"weight": 3, "opacity": 1}
    if flags & FUNCTIONAL or scale is None:
        dash = {"dashArray": "6 4", "weight": 2, "opacity": 0.9} if flags & FUNCTIONAL else {}
        return style | {"fillOpacity": 0} | dash
    value = None if _missing(row["value"]) else float(row["value"])
    found = scale.classify(value, masked=bool(row.get("masked")))
    hatches = {NO_DATA: "url(#gridsvc-lines)", MASKED: "url(#gridsvc-dots)"}
    return style | {"fillColor": hatches.get(found) or scale.steps[found].colour}
