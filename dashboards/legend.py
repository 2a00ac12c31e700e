"""The legend: a sentence, classes with their bounds, north and the as-of date."""

from __future__ import annotations

from collections.abc import Mapping

from branca.element import MacroElement
from folium.template import Template
from markupsafe import Markup

from dashboards.scales import Scale

_STYLE = """
.gridsvc-legend { background: #fff; color: #1b2a33; border: 1px solid #d9d6cd;
  border-radius: 4px; padding: 8px 12px; max-width: 248px; line-height: 1.4; font-size: 13px; }
.gridsvc-legend summary { font-size: 14px; cursor: pointer; list-style-position: inside; }
.gridsvc-legend ul { list-style: none; margin: 8px 0 0; padding: 0; }
.gridsvc-legend li { display: flex; align-items: center; gap: 8px; min-height: 22px;
  font-variant-numeric: tabular-nums; }
.gridsvc-legend li[hidden] { display: none; }
.gridsvc-legend i { flex: none; width: 28px; height: 16px; box-sizing: border-box;
  border: 1px solid #1b2a3366; }
.gridsvc-legend .target { border-top: 2px solid #1b2a33; }
.gridsvc-legend .gap { margin-top: 8px; }
.gridsvc-legend small { display: block; font-size: 12px; color: #46545c; margin-top: 8px; }
.gridsvc-legend svg { display: block; margin-top: 8px; overflow: hidden; }
.gridsvc-legend svg circle { fill: #dc7f3340; stroke: #a04a08; }
.gridsvc-legend i.heat { width: 100%; border: 0;
  background: linear-gradient(to right, #dc7f3300, #dc7f33 60%, #a04a08); }
.gridsvc-legend i.no_data { background:
  repeating-linear-gradient(45deg, #6d757a 0 1px, #0000 1px 5px); }
.gridsvc-legend i.masked { background:
  radial-gradient(circle, #6d757a 1px, #0000 1.4px) 0 0 / 5px 5px; }
.gridsvc-legend i.outline { border: 3px solid #1b2a33; }
.gridsvc-legend i.zone_nobody { background: #d9942e8c; }
.gridsvc-legend i.zone_wrong { border: 3px solid #1b2a33; }
.gridsvc-legend i.functional { border: 2px dashed #1b2a33; }
.gridsvc-legend i.findings { border: 2px solid #b3261e; background: #b3261e33; }
.gridsvc-legend .crossed { background-image:
  repeating-linear-gradient(45deg, #fff 0 1px, #0000 1px 6px),
  repeating-linear-gradient(-45deg, #fff 0 1px, #0000 1px 6px); }
@media screen and (prefers-color-scheme: dark) {
  .gridsvc-legend { background: #1b242a; color: #e8e6df; border-color: #3a464d; }
  .gridsvc-legend small { color: #b4bcc0; }
  .gridsvc-legend li[hidden] { display: none; }
.gridsvc-legend i { border-color: #e8e6df66; }
  .gridsvc-legend i.heat {
    background: linear-gradient(to right, #c47e3300, #c47e33 60%, #ffdcae); }
  .gridsvc-legend svg circle { stroke: #f6ba74; }
  .gridsvc-legend .target { border-color: #e8e6df; }
  .gridsvc-legend i.zone_wrong, .gridsvc-legend i.outline,
  .gridsvc-legend i.functional { border-color: #e8e6df; }
  .gridsvc-legend i.findings { border-color: #ff8a80; } }
"""


class Legend(MacroElement):
    """A control at the bottom right of a map.

    Parameters
    ----------
    title : str
        Key of the sentence.
    texts : mapping
        Words by key, complete.
    scale : Scale, optional
        Classes to show with their bounds.
    marks : sequence of str
        Keys of further marks: ``no_data``, ``masked``, ``functional``, ``findings``, and
        ``outline`` for the outline of grids outside their range.
    heat : tuple of (int, int), optional
        Bandwidth in metres and the number of cases at full colour.
    as_of : str, optional
        Already worded; a page with a tile source fills it in from the figures.
    """

    _template = Template("""
        {% macro header(this, kwargs) %}<style>{{ this.style }}</style>{% endmacro %}
        {% macro html(this, kwargs) %}{{ this.markup }}{% endmacro %}
        {% macro script(this, kwargs) %}
        (function (map) {
          const legend = document.getElementById({{ this.get_name()|tojson }});
          const control = L.control({position: "bottomright"});
          L.DomEvent.disableClickPropagation(legend).disableScrollPropagation(legend);
          control.onAdd = () => legend;
          control.addTo(map);
          L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);
          if (map.getSize().x < 600) legend.open = false;
        })({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(
        self,
        title: str,
        texts: Mapping[str, str],
        *,
        scale: Scale | None = None,
        marks: tuple[str, ...] = (),
        heat: tuple[int, int] | None = None,
        as_of: str = "",
    ) -> None:
        super().__init__()
        self._name = "Legend"
        rows = _class_rows(scale, texts) if scale else []
        rows += [_row(mark, _word(mark, title, texts)) for mark in marks]
        self.style = _STYLE + (_colours(scale) if scale else "")
        self.markup = Markup(
            '<details open class="gridsvc-legend" id="{}"><summary>{}</summary>{}<ul>{}</ul>'
            "<small>{} <time>{}</time><br>↑ {}</small></details>"
        ).format(
            self.get_name(),
            texts[title],
            _heat_rows(heat, texts) if heat else "",
            Markup("").join(rows),
            texts["as_of"],
            as_of,
            texts["north"],
        )


def _word(mark: str, title: str, texts: Mapping[str, str]) -> str:
    return texts.get(f"{title}.{mark}") or texts[mark]


def _row(swatch: str, words: str, extra: str = "") -> Markup:
    return Markup('<li class="{}"><i class="{}"></i>{}</li>').format(extra, swatch, words)


def _class_rows(scale: Scale, texts: Mapping[str, str]) -> list[Markup]:
    """List the classes, the highest first, the target's lower bound marked."""
    rows = []
    for index, step in reversed(list(enumerate(scale.steps))):
        words = texts.get(step.label, step.label)
        met = scale.target is not None and index == scale.target
        if met:
            words += f" · {texts[f'{scale.reading}.target']}"
        below = scale.target is not None and index == scale.target - 1
        swatch = f"step-{index}" + (" crossed" if step.crossed else "")
        rows.append(_row(swatch, words, "target" if below else ""))
    return rows


def _heat_rows(heat: tuple[int, int], texts: Mapping[str, str]) -> Markup:
    metres, cases = heat
    return Markup(
        '<ul><li><i class="heat"></i></li><li>{}</li></ul>'
        '<svg width="120" height="76" aria-hidden="true"><circle cx="60" cy="38" r="0"/></svg>'
        '<span class="bandwidth">{}</span> <small class="hidden"></small>'
    ).format(
        texts["density.full"].replace("{cases}", str(cases)),
        texts["density.bandwidth"].replace("{metres}", str(metres)),
    )


def _colours(scale: Scale) -> str:
    day = "".join(
        f".gridsvc-legend .step-{i} {{ background-color: {step.colour}; }}\n"
        for i, step in enumerate(scale.steps)
    )
    night = "".join(
        f".gridsvc-legend .step-{i} {{ background-color: {step.night}; }}\n"
        for i, step in enumerate(scale.steps)
    )
    return f"{day}@media screen and (prefers-color-scheme: dark) {{\n{night}}}\n"
