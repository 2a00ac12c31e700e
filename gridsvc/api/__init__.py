"""JSON and tiles for phones, partners and maps; siblings of the pages, never seen by them."""

from __future__ import annotations

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response

from gridsvc import edge
from gridsvc.api import (
    campaigns,
    case_steps,
    history,
    hot_spots,
    incidents,
    ogc,
    open311,
    photos,
    plan_edits,
    plan_publication,
    plan_talk,
    plans,
    projects,
    rates,
    reference,
    routes,
    service_points,
    slips,
    staffing,
    territory,
    tiles,
    tokens,
    visits,
    zones,
)
from gridsvc.api.errors import problem


def register(app: APIFlask) -> None:
    """Add everything under ``/api/v1`` and ``/tiles`` to an application."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_SERVERS=False,
        VALIDATION_ERROR_STATUS_CODE=400,
        SECURITY_SCHEMES={"bearer": {"type": "http", "scheme": "bearer"}},
    )
    app.error_processor(_refused)
    app.spec_processor(reference.complete)
    app.extensions["gridsvc.tiles"] = tiles.Kept(tiles.KEPT_BYTES)
    for part in (
        tokens,
        territory,
        history,
        plans,
        plan_edits,
        plan_talk,
        plan_publication,
        staffing,
        service_points,
        visits,
        zones,
        campaigns,
        routes,
        hot_spots,
        projects,
        rates,
        incidents,
        case_steps,
        slips,
        photos,
        open311,
        ogc,
        reference,
        tiles,
    ):
        app.register_blueprint(part.blueprint)


def _refused(error: HTTPError) -> Response:
    return problem(error, edge.request_id())
