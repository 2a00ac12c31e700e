"""Where shall the grids lie? The map on which a planner redraws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import folium
from folium.elements import JSCSSMixin
from folium.plugins import GeoMan
from folium.template import Template

from dashboards.base_map import BaseMap, script_json
from dashboards.legend import Legend
from dashboards.scales import SCALES
from dashboards.texts import words

# A lane three metres wide is 10 pixels across at zoom 20.
CLOSEST_ZOOM = 20


class DrawingDesk(JSCSSMixin):
    """Hand the map, the base tiles and the classes to the desk's scripts.

    Geoman draws and snaps; its own bar stays away, because the desk's tools say what a line is for.

    Parameters
    ----------
    base : str
        Tile address of the streets and buildings, with ``{z} {x} {y}``.
    language : str
        ``zh`` or ``en``, for Geoman's hints.
    """

    default_js = [
        ("protomaps", "gridsvc:vendor/protomaps-leaflet/protomaps-leaflet.js"),
        ("map_paint", "gridsvc:js/map_paint.js"),
        *GeoMan.default_js,
    ]
    default_css = [*GeoMan.default_css, ("map_css", "gridsvc:css/map.css")]
    _template = Template("""
        {% macro script(this, kwargs) %}
        window.gridsvcDesk = Object.assign({map: {{ this._parent.get_name() }}}, {{ this.config }});
        {% endmacro %}
    """)

    def __init__(self, base: str, language: str) -> None:
        super().__init__()
        self._name = "DrawingDesk"
        scale = SCALES["households"]
        self.config = script_json(
            {
                "base": base,
                "language": language,
                "bounds": scale.bounds,
                "classes": [asdict(step) for step in scale.steps],
            }
        )


def planner_map(
    base: str,
    bounds: tuple[float, float, float, float],
    *,
    language: str,
    texts: Mapping[str, str] | None = None,
) -> folium.Map:
    """Draw streets and buildings with the tools to draw on them; the grids are the desk's to fetch.

    A draft changes with every gesture, so its grids are no part of the page: the desk fetches them
    and colours them by the classes of ``dashboards.coverage_map(reading="households")``.

    Parameters
    ----------
    base : str
        Tile address of the streets and buildings, with ``{z} {x} {y}``.
    bounds : tuple of float
        West, south, east, north in degrees (EPSG:4326): the draft's extent.
    language : str
        ``zh`` or ``en``.
    texts : mapping, optional
        Words by the keys of ``dashboards.texts.TEXTS``; English where left out.

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        ``texts`` holds a key that no map shows.
    """
    said = words(texts)
    made = BaseMap(bounds, said=said, max_zoom=CLOSEST_ZOOM)
    Legend("households", said, scale=SCALES["households"], marks=("outline",)).add_to(made)
    DrawingDesk(base, language).add_to(made)
    return made
