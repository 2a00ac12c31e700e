"""Every route × every role and the visitor, against a table written by hand.

A route that is not in the table fails the walk, so nobody can add one without saying here who may
use it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import peopled_town
import pytest
import toy_town
from apiflask import APIFlask
from flask.testing import FlaskClient
from peopled_town import TOWN, Viewer
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridsvc.accounts import services
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import PERMISSIONS, Permission, Role, requires
from gridsvc.appraisals import services as appraising
from gridsvc.cards.models import CardOrder, CardPart
from gridsvc.cards.rules import CardKind, OrderState, Paper
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident
from gridsvc.plans import drafts, jobs
from gridsvc.plans.models import PlanJob
from gridsvc.plans.publishing.models import Publication
from gridsvc.plans.publishing.rules import PublicationKind
from gridsvc.plans.rules import JobKind, JobState, PlanState
from gridsvc.reports import cycles
from gridsvc.reports.rules.periods import PeriodKind
from gridsvc.settings import Settings
from gridsvc.staffing.models import Team

VISITOR = None
OFFICE = frozenset(
    {
        Role.LEADER,
        Role.TEAM_MEMBER,
        Role.COMMUNITY_STAFF,
        Role.STREET_STAFF,
        Role.PLANNER,
        Role.DISTRICT,
    }
)
#: Who goes from door to door, or records for those who do.
VISITING = OFFICE - {Role.PLANNER, Role.DISTRICT}
SIGNED_IN = frozenset(Role)
EVERYBODY = SIGNED_IN | {VISITOR}
#: Who is asked for figures, and answers for them.
REPORT_READERS = {Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.DISTRICT}
#: Who closes the office's periods.
PACK_READERS = {Role.STREET_STAFF, Role.DISTRICT}
#: Who reads drafts and versions of the map; of them the planner draws and the street approves.
PLAN_READERS = {Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.PLANNER, Role.DISTRICT}
#: Whoever is signed in never sees less of the public's pages than a visitor.
MAP_READERS = EVERYBODY

PLANNERS = {Role.PLANNER}

QUARTER = "/appraisals/<int(max=2147483647):quarter_id>"
PROJECT = "/projects/<int(max=2147483647):number>"
WISH = "/wishes/<int(max=9223372036854775807):number>"
CYCLE_OVER = datetime(2026, 9, 15, 0, tzinfo=UTC)
PUBLIC_GRID = toy_town.code(2, 1)
TILE = "15/26214/13745.mvt?on=2026-09-16&v=0"

AT = "lon=108.0005&lat=27.7005&category=noise"
CASE = "/api/v1/incidents/<int(max=9223372036854775807):number>"
PHOTO = f"{CASE}/photos/<int(max=9223372036854775807):photo>"
FORM = "<any(json, xml):form>"
#: Service point 9, at the house of the public grid.
SERVICE_POINT = text(
    "insert into gridsvc.service_point (id, code, name, tier, services, geom, valid_from)"
    f" select 9, 'S9', 'x', 'agent', '{{}}', anchor, valid_from from gridsvc.building"
    f" where code = 'B{PUBLIC_GRID}'"
)
CAMPAIGN = "/campaigns/<int(max=2147483647):number>"
#: Campaign 7, in the public community.
PROJECT_ROWS = text(
    f"""insert into gridsvc.area_project (id, division_code, title, work)
    values (7, '{TOWN}002', 'x', 'x');
    insert into gridsvc.area_project_step
    (project_id, number, stage, reached_on, planned_from, planned_until)
    values (7, 1, 'planned', '2026-01-01', '2026-01-01', '2026-12-31')"""
)
CAMPAIGN_ROWS = text(
    "with made as (insert into gridsvc.campaign"
    " (id, division_code, name, purpose, starts_on, ends_on, measure, goal)"
    f" values (7, '{TOWN}', 'x', 'x', '2026-09-01', '2026-09-30', 'dwellings', 10) returning id)"
    f" insert into gridsvc.campaign_area select id, '{TOWN}002' from made"
)
PLAN = "/api/v1/plans/<int(max=2147483647):number>"
ROLLBACK = "/api/v1/publications/rollbacks/<int(max=2147483647):number>"
JOB = f"{PLAN}/jobs/<int(max=2147483647):job>"

#: Rule → an address of it, and who gets an answer.
READING = {
    "/": ("/", EVERYBODY),
    "/favicon.ico": ("/favicon.ico", EVERYBODY),
    "/static/<path:filename>": ("/static/css/app.css", EVERYBODY),
    "/health/live": ("/health/live", EVERYBODY),
    "/health/ready": ("/health/ready", EVERYBODY),
    "/sign-in": ("/sign-in", EVERYBODY),
    "/audit": ("/audit", {Role.AUDITOR}),
    "/users": ("/users", {Role.ADMIN}),
    "/work": ("/work", OFFICE),
    "/work/<int(max=9223372036854775807):number>": ("/work/{case}", OFFICE),
    "/work/<int(max=9223372036854775807):number>/photos/<int(max=9223372036854775807):photo>": (
        "/work/{case}/photos/{photo}",
        OFFICE,
    ),
    "/rates": ("/rates", REPORT_READERS),
    "/rates/cases": ("/rates/cases", REPORT_READERS),
    "/ledgers": ("/ledgers", REPORT_READERS),
    "/quotas": ("/quotas", VISITING | {Role.DISTRICT}),
    "/quotas/teams/<int(max=2147483647):number>": (
        "/quotas/teams/{team}",
        VISITING | {Role.DISTRICT},
    ),
    "/targets": ("/targets", REPORT_READERS),
    "/campaigns": ("/campaigns", OFFICE | {Role.ADMIN}),
    "/campaigns/new": ("/campaigns/new", PACK_READERS),
    CAMPAIGN: ("/campaigns/7", OFFICE | {Role.ADMIN}),
    f"{CAMPAIGN}/change": ("/campaigns/7/change", PACK_READERS),
    f"{CAMPAIGN}/grids/<code>": (f"/campaigns/7/grids/{PUBLIC_GRID}", OFFICE | {Role.ADMIN}),
    "/festivals": ("/festivals", OFFICE | {Role.ADMIN}),
    "/api/v1/campaigns": ("/api/v1/campaigns", OFFICE | {Role.ADMIN}),
    f"/api/v1{CAMPAIGN}": ("/api/v1/campaigns/7", OFFICE | {Role.ADMIN}),
    "/service-points/rounds": ("/service-points/rounds", MAP_READERS),
    "/api/v1/service-points/rounds": ("/api/v1/service-points/rounds", MAP_READERS),
    "/tiles/service_points/<z>/<x>/<y>.mvt": (f"/tiles/service_points/{TILE}", MAP_READERS),
    "/coverage": ("/coverage", REPORT_READERS),
    "/coverage/grids": ("/coverage/grids", REPORT_READERS),
    "/staff": ("/staff", REPORT_READERS),
    "/staff/hand-over": ("/staff/hand-over", REPORT_READERS),
    "/staff/sheet": ("/staff/sheet", REPORT_READERS),
    "/staff/offers": ("/staff/offers", OFFICE - PLANNERS),
    "/staff/pairings": ("/staff/pairings", REPORT_READERS),
    "/staff/teams": ("/staff/teams", REPORT_READERS),
    "/staff/rules": ("/staff/rules", REPORT_READERS),
    "/appraisals": ("/appraisals", REPORT_READERS),
    "/self-rating": ("/self-rating", {Role.LEADER}),
    f"{QUARTER}/teams/<int(max=2147483647):team_id>": (
        "/appraisals/{quarter}/teams/{team}",
        REPORT_READERS,
    ),
    "/cycles": ("/cycles", REPORT_READERS),
    "/cycles/<int(max=2147483647):number>": ("/cycles/{pack}", REPORT_READERS),
    "/g": ("/g", MAP_READERS),
    "/g/<code>": (f"/g/{PUBLIC_GRID}", MAP_READERS),
    "/services": ("/services", MAP_READERS),
    "/pledges": ("/pledges", PACK_READERS),
    "/cards": ("/cards", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>": ("/cards/orders/{order}", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>.zip": (
        "/cards/orders/{order}.zip",
        REPORT_READERS,
    ),
    "/cards/<code>/<any(contact, service, poster):kind>.pdf": (
        f"/cards/{PUBLIC_GRID}/contact.pdf",
        VISITING | {Role.DISTRICT},
    ),
    "/wishes": ("/wishes", OFFICE),
    "/inbox": ("/inbox", OFFICE),
    "/ladder": ("/ladder", {Role.DISTRICT, Role.ADMIN}),
    "/notices/undelivered": ("/notices/undelivered", {Role.ADMIN}),
    "/report": ("/report", OFFICE),
    "/report/area": ("/report/area", OFFICE),
    "/report/places": ("/report/places?q=x", OFFICE),
    "/report/session": ("/report/session", OFFICE),
    "/report/visits": ("/report/visits", VISITING),
    "/report/rounds": ("/report/rounds", VISITING),
    "/report_worker.js": ("/report_worker.js", EVERYBODY),
    "/grids/<grid_code>": (f"/grids/{PUBLIC_GRID}", MAP_READERS),
    "/grids/<grid_code>/zones": (f"/grids/{PUBLIC_GRID}/zones", OFFICE | {Role.ADMIN}),
    "/zones": ("/zones", OFFICE | {Role.ADMIN}),
    "/zones/figures": ("/zones/figures", OFFICE | {Role.ADMIN}),
    "/tiles/zones/<z>/<x>/<y>.mvt": (f"/tiles/zones/{TILE}", OFFICE | {Role.ADMIN}),
    "/api/v1/zones": ("/api/v1/zones", OFFICE | {Role.ADMIN}),
    "/grids/locate": ("/grids/locate?lon=108.0005&lat=27.7005", MAP_READERS),
    "/maps/coverage": ("/maps/coverage", MAP_READERS),
    "/maps/open-issues": ("/maps/open-issues", MAP_READERS),
    "/maps/grids": ("/maps/grids", MAP_READERS),
    "/maps/attention/figures": ("/maps/attention/figures", MAP_READERS),
    "/maps/coverage/figures": ("/maps/coverage/figures", MAP_READERS),
    "/maps/grids/figures": ("/maps/grids/figures", MAP_READERS),
    "/maps/hot-spots/figures": ("/maps/hot-spots/figures", OFFICE),
    "/hotspots": ("/hotspots", OFFICE),
    "/projects": ("/projects", MAP_READERS),
    "/projects/new": ("/projects/new", REPORT_READERS),
    PROJECT: ("/projects/7", MAP_READERS),
    "/api/v1/projects": ("/api/v1/projects", MAP_READERS),
    f"/api/v1{PROJECT}": ("/api/v1/projects/7", MAP_READERS),
    "/api/v1/hotspots": ("/api/v1/hotspots", OFFICE),
    "/maps/open-issues/figures": ("/maps/open-issues/figures", MAP_READERS),
    "/maps/open-issues/heat": ("/maps/open-issues/heat", MAP_READERS),
    "/plans": ("/plans", PLAN_READERS),
    "/plans/versions": ("/plans/versions", PLAN_READERS),
    "/plans/compare": (f"/plans/compare?in={TOWN}&with=2026-09-16", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/file": ("/plans/{plan}/file", PLANNERS),
    "/plans/<int(max=2147483647):number>": ("/plans/{plan}", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/names": ("/plans/{plan}/names", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/sheet": ("/plans/{plan}/sheet", PLAN_READERS),
    "/service-points": ("/service-points", MAP_READERS),
    "/api/v1/service-points": ("/api/v1/service-points", MAP_READERS),
    "/api/v1/service-points/nearest": (
        "/api/v1/service-points/nearest?lon=108.0005&lat=27.7005",
        MAP_READERS,
    ),
    "/ogc/": ("/ogc/", EVERYBODY),
    "/ogc/conformance": ("/ogc/conformance", EVERYBODY),
    "/ogc/collections": ("/ogc/collections", EVERYBODY),
    "/ogc/collections/<name>": ("/ogc/collections/grids", EVERYBODY),
    "/ogc/collections/<name>/items": ("/ogc/collections/grids/items", MAP_READERS),
    "/ogc/collections/<name>/items/<int(max=9223372036854775807):number>": (
        "/ogc/collections/service_points/items/9",
        MAP_READERS,
    ),
    "/maps/sheet": ("/maps/sheet", MAP_READERS),
    "/maps/findings": ("/maps/findings", MAP_READERS),
    "/maps/<any(attention, coverage, 'open-issues', grids):map_name>/cards/<code>": (
        f"/maps/coverage/cards/{PUBLIC_GRID}",
        MAP_READERS,
    ),
    "/tiles/grids/<z>/<x>/<y>.mvt": (f"/tiles/grids/{TILE}", MAP_READERS),
    "/tiles/buildings/<z>/<x>/<y>.mvt": (f"/tiles/buildings/{TILE}", OFFICE | {Role.ADMIN}),
    "/tiles/issues/<z>/<x>/<y>.mvt": (f"/tiles/issues/{TILE}", MAP_READERS),
    "/tiles/base/<z>/<x>/<y>.mvt": (f"/tiles/base/{TILE}", MAP_READERS),
    "/api/v1/openapi.json": ("/api/v1/openapi.json", EVERYBODY),
    "/api/v1/docs": ("/api/v1/docs", EVERYBODY),
    "/api/v1/grids": ("/api/v1/grids", MAP_READERS),
    "/api/v1/grids/<code>": (f"/api/v1/grids/{PUBLIC_GRID}", MAP_READERS),
    "/api/v1/grids/locate": ("/api/v1/grids/locate?lon=108.0005&lat=27.7005", MAP_READERS),
    "/api/v1/divisions": ("/api/v1/divisions", MAP_READERS),
    "/api/v1/grids/<code>/lineage": (f"/api/v1/grids/{PUBLIC_GRID}/lineage", MAP_READERS),
    "/api/v1/grids/history": ("/api/v1/grids/history?lon=108.0005&lat=27.7005", MAP_READERS),
    "/api/v1/grids/versions": ("/api/v1/grids/versions", MAP_READERS),
    "/api/v1/publications": ("/api/v1/publications", PLAN_READERS),
    "/api/v1/publications/rollbacks": ("/api/v1/publications/rollbacks", PLAN_READERS),
    "/api/v1/plans": ("/api/v1/plans", PLAN_READERS),
    PLAN: ("/api/v1/plans/{plan}", PLAN_READERS),
    f"{PLAN}/grids": ("/api/v1/plans/{plan}/grids", PLAN_READERS),
    f"{PLAN}/base": ("/api/v1/plans/{plan}/base", PLAN_READERS),
    f"{PLAN}/atoms": (f"/api/v1/plans/{{plan}}/atoms?grids={PUBLIC_GRID}", PLAN_READERS),
    f"{PLAN}/edits": ("/api/v1/plans/{plan}/edits", PLAN_READERS),
    f"{PLAN}/findings": ("/api/v1/plans/{plan}/findings", PLAN_READERS),
    f"{PLAN}/compare": ("/api/v1/plans/{plan}/compare", PLAN_READERS),
    "/api/v1/compare": (f"/api/v1/compare?in={TOWN}&with=2026-09-16", PLAN_READERS),
    f"{PLAN}/comments": ("/api/v1/plans/{plan}/comments", PLAN_READERS),
    f"{PLAN}/locks": ("/api/v1/plans/{plan}/locks", PLAN_READERS),
    f"{PLAN}/misfits": ("/api/v1/plans/{plan}/misfits", PLAN_READERS),
    f"{PLAN}/jobs": ("/api/v1/plans/{plan}/jobs", PLAN_READERS),
    f"{PLAN}/handover": ("/api/v1/plans/{plan}/handover", PLAN_READERS),
    f"{PLAN}/reviews": ("/api/v1/plans/{plan}/reviews", PLAN_READERS),
    "/api/v1/publications/<int(max=2147483647):number>": (
        "/api/v1/publications/{version}",
        PLAN_READERS,
    ),
    JOB: ("/api/v1/plans/{plan}/jobs/{job}", PLAN_READERS),
    f"{JOB}/alternatives/<style>": (
        "/api/v1/plans/{plan}/jobs/{job}/alternatives/balanced",
        PLAN_READERS,
    ),
    "/api/v1/teams": ("/api/v1/teams", MAP_READERS),
    "/api/v1/branches": ("/api/v1/branches", MAP_READERS),
    "/api/v1/assignments": ("/api/v1/assignments", OFFICE | {Role.ADMIN}),
    "/api/v1/visits": ("/api/v1/visits", OFFICE | {Role.ADMIN}),
    "/api/v1/rates": ("/api/v1/rates", REPORT_READERS),
    "/api/v1/incidents": ("/api/v1/incidents", OFFICE),
    "/api/v1/incidents/<int(max=9223372036854775807):number>": (
        "/api/v1/incidents/{case}",
        OFFICE,
    ),
    f"{CASE}/slips": ("/api/v1/incidents/{case}/slips", OFFICE),
    f"{CASE}/history": ("/api/v1/incidents/{case}/history", OFFICE),
    f"{CASE}/photos": ("/api/v1/incidents/{case}/photos", OFFICE),
    f"{PHOTO}.jpg": ("/api/v1/incidents/{case}/photos/{photo}.jpg", OFFICE),
    "/api/v1/incidents/duplicates": (f"/api/v1/incidents/duplicates?{AT}", OFFICE),
    "/api/v1/route": (f"/api/v1/route?{AT}", OFFICE),
    "/open311/v2/services": ("/open311/v2/services", EVERYBODY),
    "/open311/v2/requests": ("/open311/v2/requests", EVERYBODY),
    f"/open311/v2/services.{FORM}": ("/open311/v2/services.xml", EVERYBODY),
    f"/open311/v2/requests.{FORM}": ("/open311/v2/requests.xml", EVERYBODY),
    f"/open311/v2/discovery.{FORM}": ("/open311/v2/discovery.xml", EVERYBODY),
}
#: Rule → an address of something that is not there: everybody is heard, and told so.
HEARD = {
    "/open311/v2/photos/<int(max=9223372036854775807):number>.jpg": "/open311/v2/photos/9.jpg",
    "/open311/v2/requests/<number>": "/open311/v2/requests/no",
    f"/open311/v2/requests/<number>.{FORM}": "/open311/v2/requests/no.json",
    "/open311/v2/services/<code>": "/open311/v2/services/no",
    f"/open311/v2/services/<code>.{FORM}": "/open311/v2/services/no.json",
    "/open311/v2/tokens/<token>": "/open311/v2/tokens/no",
    f"/open311/v2/tokens/<token>.{FORM}": "/open311/v2/tokens/no.json",
}
#: Rule → an address of it, and who may send to it.
WRITING = {
    "/sign-in": ("/sign-in", EVERYBODY),
    "/sign-out": ("/sign-out", SIGNED_IN),
    "/language/<language>": ("/language/en", EVERYBODY),
    "/api/v1/tokens": ("/api/v1/tokens", EVERYBODY),
    "/open311/v2/requests": ("/open311/v2/requests", EVERYBODY),
    f"/open311/v2/requests.{FORM}": ("/open311/v2/requests.json", EVERYBODY),
    "/ladder": ("/ladder", {Role.DISTRICT, Role.ADMIN}),
    "/notices/undelivered": ("/notices/undelivered", {Role.ADMIN}),
    "/inbox/read": ("/inbox/read", OFFICE),
    "/ledgers/<any(visits, requests, feedback):name>.xlsx": (
        "/ledgers/visits.xlsx",
        REPORT_READERS,
    ),
    "/staff/hand-over": ("/staff/hand-over", REPORT_READERS),
    "/staff/sheet": ("/staff/sheet", REPORT_READERS),
    "/staff/offers": ("/staff/offers", REPORT_READERS),
    "/staff/offers/claim": ("/staff/offers/claim", {Role.LEADER, Role.TEAM_MEMBER}),
    "/staff/offers/<any(confirmed, declined, withdrawn):decision>": (
        "/staff/offers/confirmed",
        REPORT_READERS,
    ),
    "/staff/pairings": ("/staff/pairings", REPORT_READERS),
    "/staff/teams": ("/staff/teams", REPORT_READERS),
    "/staff/rules": ("/staff/rules", REPORT_READERS),
    "/grids/<grid_code>/zones": (f"/grids/{PUBLIC_GRID}/zones", REPORT_READERS),
    "/grids/<grid_code>/zones/contact": (f"/grids/{PUBLIC_GRID}/zones/contact", REPORT_READERS),
    "/api/v1/grids/<grid_code>/zones": (f"/api/v1/grids/{PUBLIC_GRID}/zones", REPORT_READERS),
    "/api/v1/zones/<int(max=2147483647):number>/contact": (
        "/api/v1/zones/1/contact",
        REPORT_READERS,
    ),
    "/staff/sheet.xlsx": ("/staff/sheet.xlsx", REPORT_READERS),
    "/appraisals": ("/appraisals", PACK_READERS),
    "/self-rating": ("/self-rating", {Role.LEADER}),
    "/appraisals/scheme": ("/appraisals/scheme", PACK_READERS),
    "/appraisals/<int(max=2147483647):number>/lock": ("/appraisals/1/lock", PACK_READERS),
    f"{QUARTER}/teams/<int(max=2147483647):team_id>": ("/appraisals/1/teams/1", REPORT_READERS),
    f"{QUARTER}/teams/<int(max=2147483647):team_id>/panel": (
        "/appraisals/1/teams/1/panel",
        REPORT_READERS,
    ),
    "/targets": ("/targets", PACK_READERS),
    "/campaigns": ("/campaigns", PACK_READERS),
    CAMPAIGN: ("/campaigns/7", PACK_READERS),
    f"{CAMPAIGN}/end": ("/campaigns/7/end", PACK_READERS),
    "/festivals": ("/festivals", PACK_READERS),
    "/festivals/<int(max=2147483647):number>/remove": ("/festivals/1/remove", PACK_READERS),
    "/cycles": ("/cycles", PACK_READERS),
    "/cycles/days": ("/cycles/days", PACK_READERS),
    "/cycles/<int(max=2147483647):number>/pack.<any(xlsx, pdf):form>": (
        "/cycles/1/pack.pdf",
        REPORT_READERS,
    ),
    "/pledges": ("/pledges", PACK_READERS),
    "/pledges/<int(max=2147483647):number>/end": ("/pledges/1/end", PACK_READERS),
    "/cards": ("/cards", REPORT_READERS),
    "/cards/orders": ("/cards/orders", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>/cancel": (
        "/cards/orders/1/cancel",
        REPORT_READERS,
    ),
    "/cards/orders/<int(max=2147483647):number>/book": ("/cards/orders/1/book", REPORT_READERS),
    "/projects": ("/projects", REPORT_READERS),
    f"{PROJECT}/steps": ("/projects/7/steps", REPORT_READERS),
    f"{PROJECT}/cases": ("/projects/7/cases", REPORT_READERS),
    "/api/v1/projects": ("/api/v1/projects", REPORT_READERS),
    f"/api/v1{PROJECT}/steps": ("/api/v1/projects/7/steps", REPORT_READERS),
    f"/api/v1{PROJECT}/cases": ("/api/v1/projects/7/cases", REPORT_READERS),
    f"/api/v1{PROJECT}/cases/<int(max=9223372036854775807):case>": (
        "/api/v1/projects/7/cases/1",
        REPORT_READERS,
    ),
    f"{WISH}/claim": ("/wishes/1/claim", OFFICE),
    f"{WISH}/topic": ("/wishes/1/topic", REPORT_READERS),
    "/wishes/topics": ("/wishes/topics", REPORT_READERS),
    "/wishes/services": ("/wishes/services", REPORT_READERS),
    "/wishes/services/<int(max=2147483647):number>/end": (
        "/wishes/services/1/end",
        REPORT_READERS,
    ),
    "/work/bulk": ("/work/bulk", OFFICE),
    "/work/undo": ("/work/undo", OFFICE),
    "/work/<int(max=9223372036854775807):number>/steps": ("/work/1/steps", OFFICE),
    "/work/<int(max=9223372036854775807):number>/contact": ("/work/1/contact", OFFICE),
    "/work/<int(max=9223372036854775807):number>/words": ("/work/1/words", OFFICE),
    "/work/<int(max=9223372036854775807):number>/slips": ("/work/1/slips", OFFICE),
    "/work/<int(max=9223372036854775807):number>/photos/<int(max=9223372036854775807):photo>": (
        "/work/1/photos/1",
        OFFICE,
    ),
    "/work/<int(max=9223372036854775807):number>/slips/<int(max=9223372036854775807):slip>/close": (
        "/work/1/slips/1/close",
        OFFICE,
    ),
    "/work/<int(max=9223372036854775807):number>/slips/<int(max=9223372036854775807):slip>": (
        "/work/1/slips/1",
        OFFICE,
    ),
    "/api/v1/incidents": ("/api/v1/incidents", OFFICE),
    "/api/v1/visits": ("/api/v1/visits", VISITING),
    "/report/pass": ("/report/pass", OFFICE),
    "/api/v1/ratings": ("/api/v1/ratings", EVERYBODY),
    "/plans/versions": ("/plans/versions", PLANNERS),
    "/plans/<int(max=2147483647):number>/file": ("/plans/1/file", PLANNERS),
    "/api/v1/plans": ("/api/v1/plans", PLANNERS),
    PLAN: ("/api/v1/plans/1", PLANNERS),
    f"{PLAN}/edits": ("/api/v1/plans/1/edits", PLANNERS),
    f"{PLAN}/undo": ("/api/v1/plans/1/undo", PLANNERS),
    f"{PLAN}/redo": ("/api/v1/plans/1/redo", PLANNERS),
    f"{PLAN}/findings/waive": ("/api/v1/plans/1/findings/waive", PLANNERS),
    f"{PLAN}/propose": ("/api/v1/plans/1/propose", PLANNERS),
    f"{JOB}/cancel": ("/api/v1/plans/1/jobs/1/cancel", PLANNERS),
    f"{JOB}/take": ("/api/v1/plans/1/jobs/1/take", PLANNERS),
    f"{PLAN}/comments": ("/api/v1/plans/1/comments", PLAN_READERS),
    f"{PLAN}/comments/<int(max=2147483647):comment>/close": (
        "/api/v1/plans/1/comments/1/close",
        PLAN_READERS,
    ),
    f"{PLAN}/locks": ("/api/v1/plans/1/locks", PLANNERS),
    f"{PLAN}/locks/<code>": (f"/api/v1/plans/1/locks/{PUBLIC_GRID}", PLANNERS),
    f"{PLAN}/rebase": ("/api/v1/plans/1/rebase", PLANNERS),
    f"{PLAN}/submit": ("/api/v1/plans/1/submit", PLANNERS),
    f"{PLAN}/recall": ("/api/v1/plans/1/recall", PLANNERS),
    f"{PLAN}/staffing": ("/api/v1/plans/1/staffing", PLANNERS),
    f"{PLAN}/publish": ("/api/v1/plans/1/publish", PLANNERS),
    f"{PLAN}/approve": ("/api/v1/plans/1/approve", {Role.STREET_STAFF}),
    f"{PLAN}/return": ("/api/v1/plans/1/return", {Role.STREET_STAFF}),
    "/api/v1/publications/rollback": ("/api/v1/publications/rollback", PLANNERS),
    f"{ROLLBACK}/approve": ("/api/v1/publications/rollbacks/1/approve", {Role.STREET_STAFF}),
    f"{ROLLBACK}/refuse": ("/api/v1/publications/rollbacks/1/refuse", {Role.STREET_STAFF}),
    f"{ROLLBACK}/withdraw": ("/api/v1/publications/rollbacks/1/withdraw", PLANNERS),
    "/plans/versions/<int(max=2147483647):number>/<any(approve, refuse):word>": (
        "/plans/versions/1/approve",
        {Role.STREET_STAFF},
    ),
    "/plans/versions/<int(max=2147483647):number>/withdraw": (
        "/plans/versions/1/withdraw",
        PLANNERS,
    ),
    f"{PLAN}/misfits/<int(max=2147483647):seq>/drop": (
        "/api/v1/plans/1/misfits/1/drop",
        PLANNERS,
    ),
    f"{CASE}/contact": ("/api/v1/incidents/1/contact", OFFICE),
    f"{CASE}/words": ("/api/v1/incidents/1/words", OFFICE),
    f"{CASE}/slips": ("/api/v1/incidents/1/slips", OFFICE),
    f"{CASE}/slips/<int(max=9223372036854775807):slip>/answer": (
        "/api/v1/incidents/1/slips/1/answer",
        OFFICE,
    ),
    f"{CASE}/slips/<int(max=9223372036854775807):slip>/close": (
        "/api/v1/incidents/1/slips/1/close",
        OFFICE,
    ),
    f"{CASE}/join": ("/api/v1/incidents/1/join", OFFICE),
    f"{CASE}/photos": ("/api/v1/incidents/1/photos", OFFICE),
    f"{CASE}/transitions": ("/api/v1/incidents/1/transitions", OFFICE),
    f"{PHOTO}/covers": ("/api/v1/incidents/1/photos/1/covers", OFFICE),
}
#: They are sent otherwise than by POST.
HOW = {
    f"{PHOTO}/covers": "PUT",
    f"{PLAN}/staffing": "PUT",
    "/api/v1/zones/<int(max=2147483647):number>/contact": "PUT",
    PLAN: "PATCH",
    f"{PLAN}/locks/<code>": "DELETE",
    f"/api/v1{PROJECT}/cases/<int(max=9223372036854775807):case>": "DELETE",
}
#: They take no cookie, so that there is nothing to forge.
WITHOUT_COOKIE = {
    "/api/v1/tokens",
    "/open311/v2/requests",
    f"/open311/v2/requests.{FORM}",
}


@dataclass(frozen=True)
class House:
    """The application over the peopled town, and a viewer for every role."""

    app: APIFlask
    session: Session
    viewers: dict[Role | None, Viewer]
    case: int
    photo: int
    plan: int
    job: int
    version: int
    pack: int
    quarter: int
    team: int
    order: int

    def address(self, pattern: str) -> str:
        return pattern.format(**vars(self))


@pytest.fixture(scope="module")
def house(engine: Engine, database: Settings) -> Iterator[House]:
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
    peopled_town.build(session)
    session.execute(SERVICE_POINT)
    session.execute(CAMPAIGN_ROWS)
    session.execute(PROJECT_ROWS)
    app = peopled_town.app_in(session, database)
    app.add_url_rule("/untagged", view_func=lambda: "open?", endpoint="untagged")
    viewers = {role: Viewer(app, session, role, TOWN) for role in (*Role, VISITOR)}
    public = (
        session.query(Incident.id).filter_by(grid_code=PUBLIC_GRID).order_by(Incident.id).first()
    )
    assert public is not None
    pixels = BytesIO()
    Image.new("RGB", (64, 48)).save(pixels, "JPEG")
    photo = photos.take(
        session, public[0], pixels.getvalue(), None, "report", None, peopled_town.NOW
    )
    job = drafted(session)
    session.commit()
    version = published(session)
    session.commit()
    pack = cycles.close(session, TOWN, PeriodKind.CYCLE, date(2026, 8, 29), None, CYCLE_OVER)
    quarter = appraising.open_quarter(session, TOWN, peopled_town.TODAY, None, peopled_town.NOW)
    team = session.query(Team).filter_by(code="T1").one()
    order = printed(session)
    session.commit()
    yield House(
        app, session, viewers, public[0], photo.id, job.plan_id, job.id, version, pack.id,
        quarter.id, team.id, order,
    )  # fmt: skip
    session.close()
    transaction.rollback()
    connection.close()


def drafted(session: Session) -> PlanJob:
    """A draft of the town, and a proposal made for it."""
    now, today = peopled_town.NOW, peopled_town.TODAY
    user = session.query(UserAccount).filter_by(role=Role.PLANNER).one()
    plan = drafts.begin(session, user, name="x", scope=TOWN, now=now, today=today)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    job = jobs.ask(session, plan, user, JobKind.PROPOSE, {}, now)
    job.state, job.result = JobState.DONE, {}
    job.labels = zlib.compress(json.dumps({"balanced": {"1": toy_town.code(1, 2)}}).encode())
    return job


def published(session: Session) -> int:
    """A version of the map, which changed nothing."""
    user = session.query(UserAccount).filter_by(role=Role.PLANNER).one()
    made = Publication(
        kind=PublicationKind.ROLLBACK, scope_code=TOWN, effective_on=peopled_town.TODAY,
        restores_on=peopled_town.SINCE, published_at=peopled_town.NOW, published_by_id=user.id,
        grids_before=9, grids_after=9, households=1500, proof={}, seen={"cases": []},
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def printed(session: Session) -> int:
    """A printing of one card, done."""
    user = session.query(UserAccount).filter_by(role=Role.STREET_STAFF).one()
    made = CardOrder(
        kind=CardKind.CONTACT, paper=Paper.A4, copies=1, grid_codes=[PUBLIC_GRID], within=TOWN,
        base_url="", language="zh", state=OrderState.DONE, done=1, asked_by_id=user.id,
        asked_at=peopled_town.NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(CardPart(order_id=made.id, number=0, name="x.pdf", pdf=b"%PDF"))
    return made.id


def rules(app: APIFlask, *, safe: bool) -> set[str]:
    methods = {"GET"} if safe else {"POST", "PUT", "PATCH", "DELETE"}
    found = {one.rule for one in app.url_map.iter_rules() if one.methods & methods}
    return found - {"/untagged"}


def asked(viewer: Viewer, path: str) -> int:
    answer = viewer.get(path)
    answer.close()
    return answer.status_code


def test_every_route_stands_in_the_table(house: House) -> None:
    assert rules(house.app, safe=True) == set(READING) | set(HEARD)
    assert rules(house.app, safe=False) == set(WRITING)


@pytest.mark.parametrize("rule", sorted(READING))
def test_a_route_answers_those_of_the_table_and_refuses_the_others(house: House, rule: str) -> None:
    pattern, allowed = READING[rule]
    told = {role: asked(one, house.address(pattern)) for role, one in house.viewers.items()}
    for role, status in told.items():
        refused = 401 if role is VISITOR else 403
        assert status < 400 if role in allowed else status == refused, told


@pytest.mark.parametrize("path", HEARD.values())
def test_a_public_address_of_nothing_is_answered_alike_for_everybody(
    house: House, path: str
) -> None:
    assert {asked(one, path) for one in house.viewers.values()} == {404}


def test_whoever_is_signed_in_may_all_that_a_visitor_may() -> None:
    assert all(PERMISSIONS[None] <= held for held in PERMISSIONS.values())
    opened = [allowed for _, allowed in READING.values() if VISITOR in allowed]
    assert opened and all(allowed == EVERYBODY for allowed in opened)


def test_a_view_without_a_tag_is_refused_to_everybody(house: House) -> None:
    told = {viewer.get("/untagged").status_code for viewer in house.viewers.values()}
    assert told == {403}


def test_a_tag_is_what_opens_a_view(house: House) -> None:
    view = house.app.view_functions["untagged"]
    try:
        requires(Permission.OPEN)(view)
        assert house.viewers[VISITOR].get("/untagged").status_code == 200
    finally:
        del view.permission


def signed_in(house: House, role: Role) -> FlaskClient:
    """A browser with a session cookie, as the form leaves it; set directly, tokens are tested."""
    client = house.app.test_client()
    made = services.sign_in(
        house.session,
        username=f"{role.value}{TOWN}",
        password="correct horse",
        address=None,
        now=datetime.now(UTC),
    )
    assert made is not None
    with client.session_transaction() as cookie:
        cookie["token"] = made[0]
    return client


@pytest.mark.parametrize("rule", sorted(set(WRITING) - WITHOUT_COOKIE))
def test_nothing_is_sent_with_a_cookie_and_without_its_token(house: House, rule: str) -> None:
    client, how = signed_in(house, Role.STREET_STAFF), HOW.get(rule, "POST")
    assert client.open(WRITING[rule][0], method=how).status_code in (400, 403)
    nobody = house.app.test_client().open(WRITING[rule][0], method=how)
    assert nobody.status_code in (400, 401, 403)


@pytest.mark.parametrize("rule", sorted(WRITING))
def test_what_is_sent_is_refused_to_roles_that_do_not_stand_in_the_table(
    house: House, rule: str
) -> None:
    path, allowed = WRITING[rule]
    for role in SIGNED_IN - set(allowed):
        sender, how = house.viewers[role], HOW.get(rule, "POST")
        answer = sender._client.open(path, method=how, headers=sender._headers)
        assert answer.status_code == 403, role


def test_the_token_of_the_page_is_what_lets_a_form_through(house: House) -> None:
    client = signed_in(house, Role.STREET_STAFF)
    page = client.get("/work").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "next": "/work"}
    assert client.post("/language/en", data=sent).headers["Location"] == "/work"
    elsewhere = {**sent, "next": "//elsewhere.example/"}
    assert client.post("/language/zh", data=elsewhere).headers["Location"] == "/"


def test_reading_changes_nothing(house: House) -> None:
    before = fingerprint(house.session)
    for pattern, _ in READING.values():
        for viewer in house.viewers.values():
            asked(viewer, house.address(pattern))
    assert fingerprint(house.session) == before


def fingerprint(session: Session) -> dict[str, str]:
    """A hash of every table; whoever reads changes none of them but when the account was seen."""
    names = session.scalars(text("select tablename from pg_tables where schemaname = 'gridsvc'"))
    row = """
        select md5(coalesce(string_agg(told::text, '|' order by told::text), ''))
        from (select to_jsonb(t) - 'seen_at' as told from gridsvc.{} t) rows
    """
    return {name: session.scalar(text(row.format(name))) for name in names.all()}


@pytest.fixture(scope="module")
def leader(house: House) -> Viewer:
    """A leader of one grid that is not on the public map."""
    return Viewer(house.app, house.session, Role.LEADER, toy_town.code(1, 1))


@pytest.mark.parametrize("page", ["/grids/{}", "/maps/coverage/cards/{}", "/api/v1/grids/{}"])
def test_a_grid_outside_the_area_is_as_if_it_were_not_there(leader: Viewer, page: str) -> None:
    assert leader.get(page.format(toy_town.code(1, 1))).status_code == 200
    hidden = leader.get(page.format(toy_town.code(1, 2)))
    missing = leader.get(page.format("520302001001777"))
    assert hidden.status_code == missing.status_code == 404
    told = [one.json["detail"].replace(code, "") for one, code in (
        (hidden, toy_town.code(1, 2)), (missing, "520302001001777"))]  # fmt: skip
    assert told[0] == told[1]


def test_somebody_elses_case_is_as_if_it_were_not_there(house: House, leader: Viewer) -> None:
    own = house.session.query(Incident.id).filter_by(grid_code=toy_town.code(1, 1)).first()[0]
    for page in ("/work/{}", "/api/v1/incidents/{}"):
        assert leader.get(page.format(own)).status_code == 200
        assert leader.get(page.format(house.case)).status_code == 404
        assert leader.get(page.format(2**62)).status_code == 404


def test_the_work_list_holds_the_own_area_alone(house: House, leader: Viewer) -> None:
    page = leader.get("/work").get_data(as_text=True)
    assert page.count('<td class="n"><a href="/work/') == 7
    outside = leader.get(f"/work?in={PUBLIC_GRID}").get_data(as_text=True)
    assert "/work/" not in outside.split("<main")[1]


def test_a_disabled_account_is_out_at_its_next_request(house: House) -> None:
    lost = Viewer(house.app, house.session, Role.STREET_STAFF, "520303")
    assert lost.get("/work").status_code == 200
    services.disable_user(house.session, username="street_staff520303", now=datetime.now(UTC))
    assert lost.get("/work").status_code == 401
