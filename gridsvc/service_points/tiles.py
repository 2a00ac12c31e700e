"""Vector tiles of service points: thousands on a map without a list of them in the page."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.service_points.rules import Tier

_POINTS = text(files(__package__).joinpath("tile_service_points.sql").read_text("utf-8"))

#: The layer whose version rises when points are loaded (`gridsvc.grids.territory.bump`).
LAYER = "service_points"


def points(
    session: Session, z: int, x: int, y: int, on: date, scope: Scope, tier: Tier | None = None
) -> bytes:
    """Cut a tile of the service points of a day in a scope, with code and tier."""
    bound = {
        "z": z, "x": x, "y": y, "on": on, "tier": tier and tier.value,
        "prefixes": list(scope.prefixes),
    }  # fmt: skip
    return bytes(session.scalar(_POINTS, bound) or b"")
