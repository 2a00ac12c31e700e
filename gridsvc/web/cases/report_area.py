"""What the phone's form keeps of the ground: grids near the viewer with whom to ring, places."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Blueprint, request

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import BadInput
from gridsvc.grids.models import Grid
from gridsvc.grids.opening import bounds
from gridsvc.grids.places import Place, named_places
from gridsvc.grids.queries import shown
from gridsvc.grids.rules import GridKind
from gridsvc.grids.shapes import outlines
from gridsvc.incidents.rules.reasons import because
from gridsvc.staffing.duty import Duty, duty_on
from gridsvc.web.languages import in_language

blueprint = Blueprint("report_area", __name__)

#: West, south, east and north in degrees.
Box = tuple[float, float, float, float]

#: What a phone keeps at most: a town's leader has three grids, a subdistrict about 120.
GRIDS_KEPT, PLACES_KEPT, PLACES_FOUND = 400, 6000, 8
#: How far the grid of a position may lie: phones report kilometres when they know the mast alone.
REACH_M, METRES_A_DEGREE = 1000, 111_320


@blueprint.get("/report/area")
@requires(Permission.VIEW_CASES)
def area() -> dict[str, Any]:
    """Answer grids with shape, team and duty phone: the viewer's and their neighbours.

    With ``lon`` and ``lat`` those around a place instead. Empty where they are too many for a
    phone, which then asks for each place. Neighbours that the viewer may not see come without
    team and phone: at an edge the reporter must be able to tell the two grids apart.
    """
    db, on, near, sight = edge.session(), edge.today(), _near(), edge.sight()
    own = bounds(db, sight.full, on)
    box = near or own
    if box is None:
        return {"grids": [], "places": []}
    rows = outlines(db, shown(sight), on, limit=GRIDS_KEPT + 1, box=_widened(box))
    if len(rows) > GRIDS_KEPT:
        return {"grids": [], "places": []}
    duty = duty_on(db, Scope(tuple(grid.code for grid, _, _ in rows)), on)
    rows += _neighbours(box, own, GRIDS_KEPT - len(rows))
    found = [] if near else named_places(db, sight.full, on, limit=PLACES_KEPT)
    return {
        "grids": [
            _grid_told(grid, shape, duty.get(grid.code))
            for grid, _, shape in rows
            if grid.kind is GridKind.RESIDENTIAL
        ],
        "places": [_place_told(one) for one in found],
    }


def _neighbours(box: Box, own: Box | None, most: int) -> list[Any]:
    """Return the grids near a box that the viewer may not see, beside the own area alone.

    None where they are more than a phone keeps beside the own ones.
    """
    if own is None:
        return []
    (west, south, east, north), around = _widened(box), _widened(own)
    both = max(west, around[0]), max(south, around[1]), min(east, around[2]), min(north, around[3])
    if both[0] > both[2] or both[1] > both[3]:
        return []
    near = outlines(edge.session(), Scope(("",)), edge.today(), limit=2 * GRIDS_KEPT, box=both)
    unseen = [row for row in near if not edge.sight().sees(row[0].code)]
    return unseen if len(unseen) <= most else []


def _near() -> Box | None:
    if "lon" not in request.args:
        return None
    lon, lat = (request.args.get(name, type=float) for name in ("lon", "lat"))
    # NaN fails both comparisons.
    if lon is None or lat is None or not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise because(BadInput, "place_not_degrees", ["lon", "lat"])
    return lon, lat, lon, lat


def _widened(box: Box) -> Box:
    """Widen a box in degrees by what a position may be wrong."""
    west, south, east, north = box
    up = REACH_M / METRES_A_DEGREE
    side = up / math.cos(math.radians((south + north) / 2))
    return west - side, south - up, east + side, north + up


def _grid_told(grid: Grid, shape: str, duty: Duty | None) -> dict[str, Any]:
    return {
        "code": grid.code,
        "name": in_language(grid.name, grid.name_en),
        "own": edge.sight().sees(grid.code),
        "team": in_language(duty.name, duty.name_en) if duty else None,
        "phone": duty.duty_phone if duty else None,
        "rings": json.loads(shape)["coordinates"],
    }


def _place_told(one: Place) -> list[Any]:
    return [one.name, round(one.lon, 6), round(one.lat, 6)]


@blueprint.get("/report/places")
@requires(Permission.VIEW_CASES)
def places() -> dict[str, Any]:
    """Answer the buildings whose names hold the words of ``q``, the shortest name first."""
    words = request.args.get("q", "")[:60].strip()
    scope = edge.sight().full if words else Scope()
    found = named_places(edge.session(), scope, edge.today(), words=words, limit=PLACES_FOUND)
    return {"places": [_place_told(one) for one in found]}
