"""Who answers for every household, and has everyone been called on?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import folium

from dashboards.builders import Grids, build
from dashboards.scales import SCALES

_MARKS = {
    "households": ("outline", "no_data", "functional", "findings"),
    "staffing": ("functional", "findings"),
    "visits": ("no_data", "masked", "functional", "findings"),
}


def coverage_map(
    grids: Grids,
    *,
    reading: Literal["households", "staffing", "visits"],
    texts: Mapping[str, str] | None = None,
    as_of: str = "",
) -> folium.Map:
    """Draw one reading of coverage as classes on the grids.

    Answers "who is responsible for every household?" (``households``, ``staffing``) and "who has
    been visited?" (``visits``). It hides counts that may not be shown (dotted) and what happens
    inside a grid.

    Parameters
    ----------
    grids : TileSource or GeoDataFrame
        Addresses for a page, or up to 500 rows to embed: Polygon, EPSG:4326, columns ``code``,
        ``name``, ``value``, ``num``, ``den`` and optionally ``flags``, ``masked`` (docs/maps.md).
    reading : {"households", "staffing", "visits"}
        What is coloured.
    texts : mapping, optional
        Words by the keys of ``dashboards.texts.TEXTS``.
    as_of : str
        Instant of embedded figures, worded for the reader.

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        A column is missing, the CRS is another, or there are too many rows to embed.
    """
    return build(grids, reading, texts, marks=_MARKS[reading], scale=SCALES[reading], as_of=as_of)
