"""Hand a page's tiles, figures and words to the script that draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from folium.elements import JSCSSMixin
from folium.template import Template

from dashboards.base_map import script_json
from dashboards.metre_heat import MetreHeat
from dashboards.scales import Scale
from dashboards.tile_source import TileSource


class TileLayer(JSCSSMixin):
    """Grids drawn in the browser from vector tiles joined with figures.

    Parameters
    ----------
    source : TileSource
        Addresses.
    texts : mapping
        Words by key, complete.
    scale : Scale, optional
        Classes that fill the grids; without it only their lines are drawn.
    heat : MetreHeat, optional
        A layer, already on the map, that shows the heat answer.
    outline : bool
        Outline grids outside their range of households.
    """

    default_js = [
        ("protomaps", "gridsvc:vendor/protomaps-leaflet/protomaps-leaflet.js"),
        ("map_paint", "gridsvc:js/map_paint.js"),
        ("map_panels", "gridsvc:js/map_panels.js"),
        ("map", "gridsvc:js/map.js"),
    ]
    default_css = [("map_css", "gridsvc:css/map.css")]
    _template = Template("""
        {% macro script(this, kwargs) %}
        gridsvcMap.start({{ this._parent.get_name() }}, {{ this.config }}
          {%- if this.heat %}, {{ this.heat.get_name() }}{% endif %});
        {% endmacro %}
    """)

    def __init__(
        self,
        source: TileSource,
        texts: Mapping[str, str],
        *,
        scale: Scale | None = None,
        heat: MetreHeat | None = None,
        outline: bool = False,
    ) -> None:
        super().__init__()
        self._name = "TileLayer"
        self.heat = heat
        shown: Literal["classes", "lines"] = "lines" if scale is None else "classes"
        self.config = script_json(
            {
                "source": asdict(source),
                "shown": shown,
                "outline": outline,
                "classes": [asdict(step) for step in scale.steps] if scale else [],
                "texts": dict(texts),
            }
        )
