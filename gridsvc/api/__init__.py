"""JSON and tiles for phones, partners and maps; siblings of the pages, never seen by them."""

from __future__ import annotations

from apiflask import APIFlask

from gridsvc.api import tiles


def register(app: APIFlask) -> None:
    """Add everything under ``/api/v1`` and ``/tiles`` to an application."""
    app.extensions["gridsvc.tiles"] = tiles.Kept(tiles.KEPT_BYTES)
    app.register_blueprint(tiles.blueprint)
