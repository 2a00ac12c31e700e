"""Who is where: teams, posts, contact zones, quotas and appraisals."""

from __future__ import annotations

from gridsvc.accounts.rules import Role
from who_may.roles import (
    OFFICE,
    PACK_READERS,
    PLANNERS,
    PUBLIC_GRID,
    REPORT_READERS,
    TILE,
    VISITING,
)

QUARTER = "/appraisals/<int(max=2147483647):quarter_id>"
NUMBERED = "/appraisals/<int(max=2147483647):number>"
RATED = f"/api/v1{NUMBERED}/teams/<int(max=2147483647):team_id>"
RATERS = "<any(team, representatives, units, committee, street, branch):rater>"

#: Rule → an address of it, and who gets an answer.
READING = {
    "/quotas": ("/quotas", VISITING | {Role.DISTRICT}),
    "/quotas/teams/<int(max=2147483647):number>": (
        "/quotas/teams/{team}",
        VISITING | {Role.DISTRICT},
    ),
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
    "/grids/<grid_code>/zones": (f"/grids/{PUBLIC_GRID}/zones", OFFICE | {Role.ADMIN}),
    "/zones": ("/zones", OFFICE | {Role.ADMIN}),
    "/zones/orders/<int(max=2147483647):number>": ("/zones/orders/7", REPORT_READERS),
    "/zones/figures": ("/zones/figures", OFFICE | {Role.ADMIN}),
    "/tiles/zones/<z>/<x>/<y>.mvt": (f"/tiles/zones/{TILE}", OFFICE | {Role.ADMIN}),
    "/api/v1/zones": ("/api/v1/zones", OFFICE | {Role.ADMIN}),
    "/api/v1/staffing/sheets": ("/api/v1/staffing/sheets", REPORT_READERS),
    "/api/v1/service-points/agent-days": ("/api/v1/service-points/agent-days", REPORT_READERS),
    "/api/v1/appraisals": ("/api/v1/appraisals", REPORT_READERS),
    f"/api/v1{NUMBERED}": ("/api/v1/appraisals/{quarter}", REPORT_READERS),
    f"/api/v1{NUMBERED}/teams/<int(max=2147483647):team_id>": (
        "/api/v1/appraisals/{quarter}/teams/{team}",
        REPORT_READERS,
    ),
    "/api/v1/assignments": ("/api/v1/assignments", OFFICE | {Role.ADMIN}),
}

#: Rule → an address of it, and who may send to it.
WRITING = {
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
    "/zones/orders": ("/zones/orders", REPORT_READERS),
    "/zones/orders/<int(max=2147483647):number>/make": ("/zones/orders/7/make", REPORT_READERS),
    "/zones/orders/<int(max=2147483647):number>/stop": ("/zones/orders/7/stop", REPORT_READERS),
    "/api/v1/grids/<grid_code>/zones": (f"/api/v1/grids/{PUBLIC_GRID}/zones", REPORT_READERS),
    "/api/v1/zones/<int(max=2147483647):number>/contact": (
        "/api/v1/zones/1/contact",
        REPORT_READERS,
    ),
    "/api/v1/staffing/sheets": ("/api/v1/staffing/sheets", REPORT_READERS),
    "/api/v1/appraisals": ("/api/v1/appraisals", PACK_READERS),
    f"/api/v1{NUMBERED}/lock": ("/api/v1/appraisals/1/lock", PACK_READERS),
    f"{RATED}/ratings/{RATERS}": ("/api/v1/appraisals/1/teams/1/ratings/units", REPORT_READERS),
    f"{RATED}/self-rating": ("/api/v1/appraisals/1/teams/1/self-rating", {Role.LEADER}),
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
}

#: They are sent otherwise than by POST.
HOW = {
    "/api/v1/zones/<int(max=2147483647):number>/contact": "PUT",
    f"{RATED}/ratings/{RATERS}": "PUT",
    f"{RATED}/self-rating": "PUT",
}
