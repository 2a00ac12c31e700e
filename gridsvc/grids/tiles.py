"""Vector tiles of the territory and of the base map, cut by PostGIS."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope

_AREAS = text(files(__package__).joinpath("tile_areas.sql").read_text("utf-8"))
_BASE = text(files(__package__).joinpath("tile_base.sql").read_text("utf-8"))
_BUILDINGS = text(files(__package__).joinpath("tile_buildings.sql").read_text("utf-8"))
_POINTS = text(files(__package__).joinpath("tile_points.sql").read_text("utf-8"))

#: Below 12 a grid is under two pixels wide, below 10 a community is.
GRIDS_FROM, COMMUNITIES_FROM = 12, 10
#: A building of 20 m is two pixels wide from here.
BUILDINGS_FROM = 14


def layer_at(z: int) -> str:
    """Name what is drawn at a tile zoom: grids, communities or subdistricts."""
    if z >= GRIDS_FROM:
        return "grids"
    return "communities" if z >= COMMUNITIES_FROM else "subdistricts"


def detail_at(z: int) -> int:
    """Give the level of detail of a tile zoom: 0 as stored, 1 and 2 simplified."""
    return 0 if z >= 15 else 1 if z >= 13 else 2


def areas(session: Session, z: int, x: int, y: int, on: date, scope: Scope) -> bytes:
    """Cut a tile of the areas of a scope as they are on a day; empty when there are none."""
    bound = {
        "layer": layer_at(z),
        "lod": detail_at(z),
        "on": on,
        "prefixes": list(scope.prefixes),
    }
    return bytes(session.scalar(_AREAS, {**bound, "z": z, "x": x, "y": y}) or b"")


def base(session: Session, z: int, x: int, y: int) -> bytes:
    """Cut a tile of water, green, streets and, from zoom 15, buildings."""
    return bytes(session.scalar(_BASE, {"z": z, "x": x, "y": y}) or b"")


def buildings(session: Session, z: int, x: int, y: int, on: date, scope: Scope) -> bytes:
    """Cut a tile of the buildings of a scope with their code and households, from zoom 14."""
    bound = {"on": on, "prefixes": list(scope.prefixes), "z": z, "x": x, "y": y}
    return bytes(session.scalar(_BUILDINGS, bound) or b"") if z >= BUILDINGS_FROM else b""


def points(
    session: Session, layer: str, z: int, x: int, y: int, cells: list[tuple[float, float, int]]
) -> bytes:
    """Pack counted points (lon, lat, number; EPSG:4326) into a tile, as the property ``n``."""
    if not cells:
        return b""
    lon, lat, count = (list(column) for column in zip(*cells, strict=True))
    bound = {"layer": layer, "z": z, "x": x, "y": y, "lon": lon, "lat": lat, "n": count}
    return bytes(session.scalar(_POINTS, bound) or b"")
