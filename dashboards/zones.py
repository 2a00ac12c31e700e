"""Is every household in a contact zone, with somebody to turn to?"""

from __future__ import annotations

from collections.abc import Mapping

import folium

from dashboards.builders import Grids, build
from dashboards.scales import SCALES


def zones_map(
    grids: Grids, *, texts: Mapping[str, str] | None = None, as_of: str = ""
) -> folium.Map:
    """Draw the share of households with a contact by grid, and from near the zones themselves.

    It hides who lives where: a building of several zones is cut into strips, one a zone, whatever
    its doors and floors.

    Parameters
    ----------
    grids, texts, as_of
        As for ``dashboards.coverage_map``; zones are drawn where the source has ``zones``.

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        As for ``dashboards.coverage_map``.
    """
    marks = ("zone_nobody", "zone_wrong") if getattr(grids, "zones", None) else ()
    return build(grids, "zones", texts, marks=marks, scale=SCALES["zones"], as_of=as_of)
