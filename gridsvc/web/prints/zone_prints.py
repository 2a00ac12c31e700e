"""The contact zones of one grid on paper: which doors belong together, and who has nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely
from flask import Response
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Sight
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.paper.sheet import path
from gridsvc.grids import queries as territory
from gridsvc.web.prints.labels import Label
from gridsvc.web.prints.map_prints import Drawing, Fill, grid_sheet, printed
from gridsvc.web.prints.wanted import Wanted
from gridsvc.zones.queries import ZoneLine
from gridsvc.zones.rules import ContactState
from gridsvc.zones.shapes import shapes_of

_HELD, _NOBODY = "#b4d8d1", "#fff"
_NUMBER_MM = 2.2


def zones_print(print_: Wanted, lines: Sequence[ZoneLine], **page: Any) -> Response:
    """Answer the zones of a grid as a print, each with its number.

    ``page`` is ``heading``, ``on``, ``within`` (the grid) and what block ``answer`` tells.

    Raises
    ------
    BadInput
        The grid does not fit on the paper at this scale.
    """
    db = edge.session()
    grids = territory.grids_frame(db, Sight(edge.sight().full), page["on"], page["within"])
    sheet = grid_sheet(grids, print_)
    shapes = shapes_of(db, [one.id for one in lines])
    placed = dict(zip(shapes, sheet.put(gpd.GeoSeries(shapes.values(), crs=STORAGE)), strict=True))
    held = [one.state is ContactState.HELD for one in lines]
    paths = [path(placed[one.id]) for one in lines]
    labels = []
    for one in lines:
        # The largest piece has most room for the number.
        piece = max(shapely.get_parts(placed[one.id]), key=shapely.area)
        point = shapely.point_on_surface(piece)
        labels.append(Label(point.x, point.y, _NUMBER_MM, f"{one.number:02d}"))
    fills = [
        Fill(
            "".join(one for one, kept in zip(paths, held, strict=True) if not kept),
            _NOBODY,
            gettext("nobody to turn to"),
            "no_data",
        ),
        Fill(
            "".join(one for one, kept in zip(paths, held, strict=True) if kept),
            _HELD,
            gettext("turns to a post that is held"),
        ),
    ]
    drawing = Drawing(
        sheet=sheet,
        sentence=gettext("Contact zones"),
        fills=fills,
        lines="",
        ruled=True,
        labels=labels,
        notes=[gettext("The numbers are those of the list beside the map on screen.")],
    )
    return printed("zones/grid_zones.html", print_, drawing, **page)
