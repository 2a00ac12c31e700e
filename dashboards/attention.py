"""What needs somebody today?"""

from __future__ import annotations

from collections.abc import Mapping

import folium

from dashboards.builders import Grids, build
from dashboards.scales import SCALES


def attention_map(
    grids: Grids, *, texts: Mapping[str, str] | None = None, as_of: str = ""
) -> folium.Map:
    """Draw where nobody is in charge, where work piles up and where nobody was called on.

    Every grid shows the most urgent of the three alone; it hides how much is open, who is in
    charge and how many were visited, which the maps of one question tell.

    Parameters
    ----------
    grids, texts, as_of
        As for ``dashboards.coverage_map``; ``value`` is 0 to 3 (docs/maps.md).

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        As for ``dashboards.coverage_map``.
    """
    scale = SCALES["attention"]
    return build(grids, "attention", texts, marks=("findings",), scale=scale, as_of=as_of)
