"""Where are the grids?"""

from __future__ import annotations

from collections.abc import Mapping

import folium

from dashboards.builders import Grids, build


def grids_map(
    grids: Grids, *, texts: Mapping[str, str] | None = None, as_of: str = ""
) -> folium.Map:
    """Draw the grids' lines, their codes and names, gaps and overlaps; nothing is coloured.

    Parameters
    ----------
    grids, texts, as_of
        As for ``dashboards.coverage_map``; an outline marks grids outside their range.

    Returns
    -------
    folium.Map

    Raises
    ------
    ValueError
        As for ``dashboards.coverage_map``.
    """
    return build(grids, "grids", texts, marks=("outline", "functional", "findings"), as_of=as_of)
