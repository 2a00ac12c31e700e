"""Where does work pile up that chance would not have put there?"""

from __future__ import annotations

from collections.abc import Mapping

import folium

from dashboards.builders import Grids, build
from dashboards.scales import SCALES


def hot_spots_map(
    grids: Grids, *, texts: Mapping[str, str] | None = None, as_of: str = ""
) -> folium.Map:
    """Draw the grids that stand out with those around them: new, lasting, and cooled.

    It hides how many cases there are and where in the grid they lie, which the heat and the rate
    beside it tell; and a single grid with many cases among quiet ones is not marked.

    Parameters
    ----------
    grids, texts, as_of
        As for ``dashboards.coverage_map``; ``value`` is 0 to 3, ``flags`` 1 where hot now
        (docs/maps.md).

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        As for ``dashboards.coverage_map``.
    """
    marks = ("outline", "no_data")
    return build(grids, "hot_spots", texts, marks=marks, scale=SCALES["hot_spots"], as_of=as_of)
