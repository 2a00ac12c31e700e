"""The map that the public sees too: grids, counters, tiles and the open interfaces."""

from __future__ import annotations

from gridsvc.accounts.rules import Role
from who_may.roles import EVERYBODY, MAP_READERS, OFFICE, PUBLIC_GRID, TILE

#: Rule → an address of it, and who gets an answer.
READING = {
    "/service-points/rounds": ("/service-points/rounds", MAP_READERS),
    "/api/v1/service-points/rounds": ("/api/v1/service-points/rounds", MAP_READERS),
    "/tiles/service_points/<z>/<x>/<y>.mvt": (f"/tiles/service_points/{TILE}", MAP_READERS),
    "/g": ("/g", MAP_READERS),
    "/g/<code>": (f"/g/{PUBLIC_GRID}", MAP_READERS),
    "/services": ("/services", MAP_READERS),
    "/grids/<grid_code>": (f"/grids/{PUBLIC_GRID}", MAP_READERS),
    "/grids/locate": ("/grids/locate?lon=108.0005&lat=27.7005", MAP_READERS),
    "/maps/coverage": ("/maps/coverage", MAP_READERS),
    "/maps/open-issues": ("/maps/open-issues", MAP_READERS),
    "/maps/grids": ("/maps/grids", MAP_READERS),
    "/maps/attention/figures": ("/maps/attention/figures", MAP_READERS),
    "/maps/coverage/figures": ("/maps/coverage/figures", MAP_READERS),
    "/maps/grids/figures": ("/maps/grids/figures", MAP_READERS),
    "/maps/hot-spots/figures": ("/maps/hot-spots/figures", OFFICE),
    "/hotspots": ("/hotspots", OFFICE),
    "/api/v1/hotspots": ("/api/v1/hotspots", OFFICE),
    "/maps/open-issues/figures": ("/maps/open-issues/figures", MAP_READERS),
    "/maps/open-issues/heat": ("/maps/open-issues/heat", MAP_READERS),
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
    "/api/v1/grids": ("/api/v1/grids", MAP_READERS),
    "/api/v1/grids/<code>": (f"/api/v1/grids/{PUBLIC_GRID}", MAP_READERS),
    "/api/v1/grids/locate": ("/api/v1/grids/locate?lon=108.0005&lat=27.7005", MAP_READERS),
    "/api/v1/divisions": ("/api/v1/divisions", MAP_READERS),
    "/api/v1/grids/<code>/lineage": (f"/api/v1/grids/{PUBLIC_GRID}/lineage", MAP_READERS),
    "/api/v1/grids/history": ("/api/v1/grids/history?lon=108.0005&lat=27.7005", MAP_READERS),
    "/api/v1/grids/versions": ("/api/v1/grids/versions", MAP_READERS),
    "/api/v1/teams": ("/api/v1/teams", MAP_READERS),
    "/api/v1/branches": ("/api/v1/branches", MAP_READERS),
}
