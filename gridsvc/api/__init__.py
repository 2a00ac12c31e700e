"""JSON and tiles for phones, partners and maps; siblings of the pages, never seen by them."""

from __future__ import annotations

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response

from gridsvc import edge
from gridsvc.api import reference, tokens
from gridsvc.api.cases import incidents, photos, routes, slips, steps
from gridsvc.api.errors import problem
from gridsvc.api.office import (
    agent_days,
    appraisals,
    campaigns,
    cycles,
    rates,
    staff_sheets,
    staffing,
    visits,
)
from gridsvc.api.open311 import reports, requests, services
from gridsvc.api.places import hot_spots, ogc, projects, service_points, territory, tiles, zones
from gridsvc.api.plans import comparisons, drafts, edits, history, publication, rollbacks, talk


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
        drafts,
        edits,
        comparisons,
        talk,
        publication,
        rollbacks,
        staffing,
        staff_sheets,
        service_points,
        agent_days,
        visits,
        zones,
        campaigns,
        routes,
        hot_spots,
        projects,
        rates,
        cycles,
        appraisals,
        incidents,
        steps,
        slips,
        photos,
        requests,
        reports,
        services,
        ogc,
        reference,
        tiles,
    ):
        app.register_blueprint(part.blueprint)


def _refused(error: HTTPError) -> Response:
    return problem(error, edge.request_id())
