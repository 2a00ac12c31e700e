"""Put what folium has rendered into the page as it is.

folium 0.20 on branca 0.8.2 reads its own output as a template a second time, the data in it
included. ``install`` makes the elements of a map use the text verbatim; pages whose data holds no
template marks stay the same byte for byte, and render faster.
"""

from __future__ import annotations

from typing import Any

from branca.element import Element, Figure, MacroElement
from folium.map import Popup

# What folium brings; kept so that a test can show what it does without the cure.
ORIGINAL = {MacroElement: MacroElement.render, Popup: Popup.render}


class Verbatim(Element):
    """Finished text in the tree of a page.

    Parameters
    ----------
    text : str
        Finished HTML or JavaScript; never compiled.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        # A template drops one newline at its end; pages are to stay the same byte for byte.
        self.text = text.removesuffix("\n")

    def render(self, **kwargs: Any) -> str:
        """Give the text as it is."""
        return self.text


def _figure_of(element: Element) -> Figure:
    figure = element.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("A map element must be in a figure before it is rendered.")
    return figure


def _render_macros(self: MacroElement, **kwargs: Any) -> None:
    figure = _figure_of(self)
    for part in ("header", "html", "script"):
        macro = getattr(self._template.module, part, None)
        if macro is not None:
            getattr(figure, part).add_child(Verbatim(macro(self, kwargs)), name=self.get_name())
    for child in self._children.values():
        child.render(**kwargs)


def _render_popup(self: Popup, **kwargs: Any) -> None:
    for child in self._children.values():
        child.render(**kwargs)
    text = self._template.render(this=self, kwargs=kwargs)
    _figure_of(self).script.add_child(Verbatim(text), name=self.get_name())


def install() -> None:
    """Make the elements of a map render once; calling it again changes nothing.

    Vega charts, branca's Div and GeoJson tooltips have rendering of their own and stay as they
    were: ``gridsvc.web.atlas.folium_parts`` refuses a map that holds one.
    """
    MacroElement.render = _render_macros  # type: ignore[method-assign]
    Popup.render = _render_popup  # type: ignore[method-assign]
