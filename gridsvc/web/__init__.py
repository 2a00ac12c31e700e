"""Pages for people: HTML, in two languages, that work without another host."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from gridsvc.web import (
    frame,
    health,
    home,
    inbox,
    ladder,
    languages,
    records,
    sign_in,
    targets,
    undelivered,
)
from gridsvc.web.appraisals import appraisal_pages, appraised_pages, self_rating_pages
from gridsvc.web.atlas import (
    agent_round_pages,
    grid_pages,
    hot_spot_pages,
    map_pages,
    maps,
    service_point_pages,
    sheet_pages,
)
from gridsvc.web.campaigns import campaign_forms, campaign_pages, festival_pages
from gridsvc.web.cards import card_pages, order_pages
from gridsvc.web.cases import (
    bulk_pages,
    case_matters,
    case_pages,
    photo_pages,
    report,
    report_area,
    slip_pages,
    work,
)
from gridsvc.web.plans import compare_pages, file_pages, plan_pages, version_pages
from gridsvc.web.projects import project_forms, project_pages
from gridsvc.web.public import pledge_pages, public_grid_pages
from gridsvc.web.reports import cycle_pages, ledger_pages, pack_pages, rate_pages
from gridsvc.web.staff import (
    handover_pages,
    offer_pages,
    pairing_pages,
    rule_pages,
    special_team_pages,
    staff_pages,
    workbook_pages,
)
from gridsvc.web.visits import coverage_pages, quota_pages, sheet
from gridsvc.web.wishes import wish_pages
from gridsvc.web.zones import grid_zone_pages, zone_order_pages, zone_pages

#: Where templates, static files and translations lie.
FOLDER = Path(__file__).parent


#: Every room of pages, each with its blueprint.
PARTS = (
    health,
    sign_in,
    home,
    map_pages,
    hot_spot_pages,
    grid_pages,
    work,
    records,
    maps,
    report,
    report_area,
    case_pages,
    photo_pages,
    case_matters,
    slip_pages,
    bulk_pages,
    inbox,
    undelivered,
    ladder,
    plan_pages,
    version_pages,
    compare_pages,
    file_pages,
    sheet,
    coverage_pages,
    quota_pages,
    targets,
    campaign_pages,
    campaign_forms,
    festival_pages,
    sheet_pages,
    service_point_pages,
    agent_round_pages,
    rate_pages,
    ledger_pages,
    cycle_pages,
    pack_pages,
    appraisal_pages,
    appraised_pages,
    self_rating_pages,
    wish_pages,
    project_pages,
    project_forms,
    zone_pages,
    grid_zone_pages,
    zone_order_pages,
    staff_pages,
    handover_pages,
    workbook_pages,
    offer_pages,
    pairing_pages,
    special_team_pages,
    rule_pages,
    public_grid_pages,
    pledge_pages,
    card_pages,
    order_pages,
)


def register(app: Flask) -> None:
    """Hang the pages into an application."""
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    languages.register(app)
    frame.register(app)
