"""Vector tiles of contact zones, cut by PostGIS."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.zones.rules import ZONE_HOUSEHOLDS

_ZONES = text(files(__package__).joinpath("tile_zones.sql").read_text("utf-8"))

#: A zone of 20 m is five pixels wide from here: map zoom 15. Below, the map shows counts.
ZONES_FROM = 14


def zones(session: Session, z: int, x: int, y: int, on: date, scope: Scope) -> bytes:
    """Cut a tile of the contact zones of a scope on a day; empty below `ZONES_FROM`."""
    if z < ZONES_FROM:
        return b""
    low, high = ZONE_HOUSEHOLDS
    bound = {"on": on, "prefixes": list(scope.prefixes), "low": low, "high": high}
    return bytes(session.scalar(_ZONES, {**bound, "z": z, "x": x, "y": y}) or b"")
