"""The empty map: Leaflet alone, no tiles, no flag."""

from __future__ import annotations

import json
from collections.abc import Mapping

import folium
from folium.template import Template

# What fits a screen from a city (10) to one courtyard (18); without tiles Leaflet knows no limit.
MIN_ZOOM, MAX_ZOOM = 8, 18
LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet"


def script_json(value: object) -> str:
    """Write a value as JSON that can stand inside a script element.

    Parameters
    ----------
    value : object
        Whatever ``json`` can write; NaN is refused.

    Returns
    -------
    str
        ASCII only, with ``< > &`` and backticks escaped: no data can end the script, open a
        comment or a template literal, or be cut by U+2028.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for mark in "<>&'`":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


class BaseMap(folium.Map):
    """A folium map that needs Leaflet and nothing else.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in degrees (EPSG:4326); the first view shows all of it.
    said : mapping
        Words by key, complete: what a screen reader calls the map, and its two zoom buttons.
    prefer_canvas : bool
        Draw vectors on one canvas; hatches of embedded shapes need SVG.
    max_zoom : int
        The closest zoom; who draws has to see a lane between two houses.
    """

    default_js = [("leaflet", f"{LEAFLET}.js")]
    default_css = [("leaflet_css", f"{LEAFLET}.css")]
    _template = Template("""
        {% macro header(this, kwargs) %}
        <style>
        .gridsvc-map { position: relative; width: 100%; height: 100%; background: #f7f6f2; }
        body:has(> .gridsvc-map) { margin: 0; }
        body > .gridsvc-map { height: 100vh; }
        @media screen and (prefers-color-scheme: dark) { .gridsvc-map { background: #141b20; } }
        .leaflet-container { font: inherit; }
        </style>
        {% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="gridsvc-map" id="{{ this.get_name() }}" role="region" tabindex="0"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
          Object.assign({{ this.leaflet_options }},
            matchMedia("(prefers-reduced-motion: reduce)").matches
              ? {zoomAnimation: false, fadeAnimation: false, inertia: false} : {}));
        L.control.zoom({{ this.zoom }}).addTo({{ this.get_name() }});
        {{ this.get_name() }}.getContainer().setAttribute("aria-label", {{ this.label }});
        {{ this.get_name() }}.fitBounds({{ this.corners }}, {padding: [8, 8], animate: false});
        {% endmacro %}
    """)

    def __init__(
        self,
        bounds: tuple[float, float, float, float],
        *,
        said: Mapping[str, str],
        prefer_canvas: bool = True,
        max_zoom: int = MAX_ZOOM,
    ) -> None:
        west, south, east, north = bounds
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            prefer_canvas=prefer_canvas,
        )
        self.corners = script_json([[south, west], [north, east]])
        self.label = script_json(said["map"])
        self.zoom = script_json({"zoomInTitle": said["zoom.in"], "zoomOutTitle": said["zoom.out"]})
        self.leaflet_options = script_json(
            {
                "preferCanvas": prefer_canvas,
                "minZoom": MIN_ZOOM,
                "maxZoom": max_zoom,
                "zoomSnap": 1,
                # Leaflet's own controls show a flag, and speak English; attribution stands in
                # the legend.
                "attributionControl": False,
                "zoomControl": False,
            }
        )
