"""Take a folium map apart so that a page under a strict policy can hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import folium
from branca.element import CssLink, Div, Element, Figure, JavascriptLink
from folium.features import GeoJsonDetail, Vega, VegaLite

from gridsvc.errors import NotReady, RuleViolation

OWN = "gridsvc:"
_TABLE = Path(__file__).parents[1] / "static" / "vendor.json"
# These render data by ways of their own (see dashboards.verbatim) and no map of ours needs them.
_REFUSED = (Vega, VegaLite, Div, GeoJsonDetail)
_OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?\s*((?:[a-z]+:)?//[^"'\s>]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class MapParts:
    """What a template puts into a page, each already safe to mark as HTML.

    Attributes
    ----------
    head : str
        Style sheets, scripts and styles, for the page's head.
    html : str
        The map's element, for the body; its height is that of the element around it.
    script : str
        One script element, for the end of the body.
    """

    head: str
    html: str
    script: str


@cache
def _addresses() -> dict[str, str]:
    rows = json.loads(_TABLE.read_text(encoding="utf-8"))["files"]
    return {row["address"]: f"vendor/{row['file']}" for row in rows if "address" in row}


def parts(figure_map: folium.Map, nonce: str, static_url: Callable[[str], str]) -> MapParts:
    """Render a map once and give its parts, every outside address replaced by our copy.

    Parameters
    ----------
    figure_map : folium.Map
        Made by a builder of ``dashboards``; render it in no other way before or after.
    nonce : str
        The answer's nonce, as it stands in the Content-Security-Policy header.
    static_url : callable
        Path below ``static`` → address, e.g. ``vendor/leaflet/leaflet.js``.

    Returns
    -------
    MapParts

    Raises
    ------
    NotReady
        The map names an outside file that ``static/vendor.json`` does not hold.
    RuleViolation
        The map holds an element that renders data in an unsafe way.
    """
    _refuse_unsafe(figure_map)
    figure = figure_map.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("A map must be in a figure.")
    for child in figure._children.values():
        child.render()
    mark = f' nonce="{escape(nonce)}"'
    head = "\n".join(_head(one, mark, static_url) for one in figure.header._children.values())
    return MapParts(
        head=head,
        html=figure.html.render(),
        script=f"<script{mark}>\n{figure.script.render()}\n</script>",
    )


def _refuse_unsafe(element: Element) -> None:
    if isinstance(element, _REFUSED):
        name = type(element).__name__
        raise RuleViolation(f"A map may not hold a {name}: draw it another way.", [name])
    for child in element._children.values():
        _refuse_unsafe(child)


def _head(element: Element, mark: str, static_url: Callable[[str], str]) -> str:
    if isinstance(element, JavascriptLink):
        return f'<script src="{escape(_local(element.url, static_url))}"{mark}></script>'
    if isinstance(element, CssLink):
        return f'<link rel="stylesheet" href="{escape(_local(element.url, static_url))}"/>'
    text = str(element.render())
    for outside in _OUTSIDE.findall(text):
        text = text.replace(outside, escape(_local(outside, static_url)))
    return re.sub(r"<(style|script)(?=[\s>])", rf"<\1{mark}", text)


def _local(address: str, static_url: Callable[[str], str]) -> str:
    if address.startswith(OWN):
        return static_url(address.removeprefix(OWN))
    if address not in _addresses():
        raise NotReady(f"No copy of {address} is kept: add it to static/vendor.json.", [address])
    return static_url(_addresses()[address])
