"""GET /tiles/{layer}/{z}/{x}/{y}.mvt: shapes for the maps, kept by every cache on the way."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from typing import cast

from apiflask import APIBlueprint
from flask import Response, current_app, request

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import BadInput, NotFound, NotSignedIn
from gridsvc.grids import queries, tiles
from gridsvc.incidents.heat import cells_in_tile
from gridsvc.incidents.queries import moment
from gridsvc.service_points.rules import Tier
from gridsvc.service_points.tiles import LAYER as SERVICE_POINTS
from gridsvc.service_points.tiles import points as cut_points
from gridsvc.zones.tiles import zones as cut_zones

blueprint = APIBlueprint("tiles", __name__, url_prefix="/tiles", enable_openapi=False)

MAX_ZOOM = 22
#: Bytes of tiles that one process keeps; a whole city from zoom 10 to 15 is about 20 MB.
KEPT_BYTES = 32 * 2**20
#: What a tile takes beside its bytes: its key and its place in the order, as measured.
ENTRY_BYTES = 500


class Kept:
    """The tiles that were asked for last, at most so many bytes of them; safe among threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, cut: Callable[[], bytes]) -> bytes:
        """Return the tile of a key, cut when it is not kept."""
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        tile = cut()
        with self._lock:
            if key not in self._tiles:
                self._tiles[key] = tile
                # Empty ones count too: there is no end to the tiles where nothing lies.
                self._size += ENTRY_BYTES + len(tile)
            while self._size > self._limit:
                self._size -= ENTRY_BYTES + len(self._tiles.popitem(last=False)[1])
        return tile


@blueprint.get("/grids/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_PUBLIC_MAP)
def grids(z: str, x: str, y: str) -> Response:
    """Answer the grids, communities or subdistricts of a tile that the viewer sees."""
    place, on, scope = _place(z, x, y), _day(request.args.get("on")), _scope()
    version = queries.version(edge.session(), "grids")
    key = ("grids", version, on, place, scope.prefixes)
    return _answer(key, lambda: tiles.areas(edge.session(), *place, on, scope), "private, no-cache")


@blueprint.get("/base/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_PUBLIC_MAP)
def base(z: str, x: str, y: str) -> Response:
    """Answer water, green, streets and buildings of a tile: the same for everybody."""
    place = _place(z, x, y)
    _scope()
    session = edge.session()
    versions = (queries.version(session, "base"), queries.version(session, "buildings"))
    key = ("base", versions, place)
    return _answer(key, lambda: tiles.base(session, *place), "public, max-age=3600")


@blueprint.get("/buildings/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_MAPS)
def buildings(z: str, x: str, y: str) -> Response:
    """Answer the buildings of a tile with their households, within the account's own scope."""
    place, on, scope = _place(z, x, y), _day(request.args.get("on")), edge.sight().full
    version = queries.version(edge.session(), "buildings")
    key = ("buildings", version, on, place, scope.prefixes)
    return _answer(
        key, lambda: tiles.buildings(edge.session(), *place, on, scope), "private, no-cache"
    )


@blueprint.get("/zones/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_MAPS)
def zones(z: str, x: str, y: str) -> Response:
    """Answer the contact zones of a tile within the account's own scope, from zoom 14."""
    place, on, scope = _place(z, x, y), _day(request.args.get("on")), edge.sight().full
    # A contact changes with posts and teams as well: the tile itself is its mark.
    tile = cut_zones(edge.session(), *place, on, scope)
    return _answer(("zones", place, tile), lambda: tile, "private, no-cache")


@blueprint.get("/service_points/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_PUBLIC_MAP)
def service_points(z: str, x: str, y: str) -> Response:
    """Answer the service points of a tile that the viewer sees, by ``tier`` and ``in`` if asked."""
    place, on = _place(z, x, y), _day(request.args.get("on"))
    scope, tier = _scope().narrowed(request.args.get("in", "")), _tier()
    db = edge.session()
    versions = (queries.version(db, SERVICE_POINTS), queries.version(db, "grids"))
    key = (SERVICE_POINTS, versions, on, tier, place, scope.prefixes)
    return _answer(key, lambda: cut_points(db, *place, on, scope, tier), "private, no-cache")


@blueprint.get("/issues/<z>/<x>/<y>.mvt")
@requires(Permission.VIEW_PUBLIC_MAP)
def issues(z: str, x: str, y: str) -> Response:
    """Answer the open cases of a tile in cells, small counts hidden as in the heat map."""
    place, on, scope = _place(z, x, y), _day(request.args.get("on")), _scope()
    settings = edge.settings()
    cells = cells_in_tile(
        edge.session(),
        edge.sight(),
        moment(on, edge.now(), settings.time_zone),
        scope,
        place,
        threshold=settings.mask_threshold,
    )
    key = ("issues", place, tuple(cells))
    return _answer(
        key, lambda: tiles.points(edge.session(), "issues", *place, cells), "private, no-cache"
    )


def _answer(key: Hashable, cut: Callable[[], bytes], caching: str) -> Response:
    etag = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
    answer = Response(mimetype="application/vnd.mapbox-vector-tile")
    # Weak: a packed tile and a plain one share it.
    answer.set_etag(etag, weak=True)
    answer.headers["Cache-Control"] = caching
    if request.if_none_match.contains_weak(etag):
        answer.status_code = 304
        return answer
    tile = cast(Kept, current_app.extensions["gridsvc.tiles"]).get(key, cut)
    if tile:
        answer.set_data(tile)
    else:
        answer.status_code = 204
    return answer


def _place(z: str, x: str, y: str) -> tuple[int, int, int]:
    if not all(part.isascii() and part.isdigit() and len(part) <= 7 for part in (z, x, y)):
        raise BadInput("A tile is named by three whole numbers, zoom, x and y.", ["z", "x", "y"])
    zoom, column, row = int(z), int(x), int(y)
    if zoom > MAX_ZOOM:
        raise BadInput(f"Zoom {zoom} is too near: ask for at most {MAX_ZOOM}.", ["z"])
    if column >= 2**zoom or row >= 2**zoom:
        raise BadInput(f"Zoom {zoom} has no tile {column}/{row}.", ["x", "y"])
    return zoom, column, row


def _day(given: str | None) -> date:
    if not given:
        return edge.today()
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInput(f"on={given!r} is no date: write it as 2026-11-22.", ["on"]) from None


def _tier() -> Tier | None:
    text = request.args.get("tier", "")
    if text and text not in {one.value for one in Tier}:
        raise BadInput(f"tier={text[:20]!r} is none of {', '.join(Tier)}.", ["tier"])
    return Tier(text) if text else None


def _scope() -> Scope:
    scope = queries.shown(edge.sight())
    if not scope.prefixes:
        if edge.user() is None:
            raise NotSignedIn("Nothing of this map is public: sign in first.")
        raise NotFound("There is no part of the territory that this account sees.")
    return scope
