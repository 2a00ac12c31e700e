"""Before a report is sent: who would get it, and which open case it might repeat."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.cases.forms import DuplicatesQuestion, LikelyCases, RouteAnswer, RouteQuestion
from gridsvc.api.cases.incidents import hidden
from gridsvc.geo.datum import to_wgs84
from gridsvc.incidents import clock
from gridsvc.incidents.arrival import duplicates, routing
from gridsvc.incidents.arrival.report import Report

blueprint = APIBlueprint("api_routes", __name__, url_prefix="/api/v1", tag="incidents")


@blueprint.get("/route")
@requires(Permission.VIEW_CASES)
@blueprint.input(RouteQuestion, location="query", arg_name="asked")
@blueprint.output(RouteAnswer)
def route(asked: RouteQuestion) -> dict[str, Any]:
    """Tell who would get a report at a place, why, and when it would be due."""
    db = edge.session()
    sent = Report(
        asked.category,
        asked.lon,
        asked.lat,
        datum=asked.datum,
        accuracy_m=asked.accuracy_m,
        kind=asked.kind,
    )
    viewer = edge.user()
    found = routing.of_report(db, sent, asked.day, viewer.scope if viewer else None)
    told = routing.summary(found) | clock_of(found)
    if found.grid and not edge.sight().sees(found.grid.code):
        # Who works in a grid is for those who may see it; whose place it is, for who reports it.
        told |= dict.fromkeys(("team", "team_name", "duty_phone", "branch", "lead_post"))
        told |= {"specialists": [], "specialist_names": []}
    return told


def clock_of(found: routing.Route) -> dict[str, Any]:
    """Give the limit of a route's category, and when a case reported now would be due."""
    kind, count = clock.limit_of(found.category)
    place = found.grid.code if found.grid else found.division_code
    due = clock.expected(edge.session(), found.category, place, edge.now())
    return {
        "limit_kind": kind.value,
        "limit_count": count,
        "due_at": due.due_at,
        "due_uncertain": due.uncertain,
    }


@blueprint.get("/incidents/duplicates")
@requires(Permission.VIEW_CASES)
@blueprint.input(DuplicatesQuestion, location="query", arg_name="asked")
@blueprint.output(LikelyCases)
def likely(asked: DuplicatesQuestion) -> dict[str, Any]:
    """List open cases that a report might repeat: those that the caller may see or reported."""
    db = edge.session()
    moved = to_wgs84(asked.lon, asked.lat, asked.datum)
    about = routing.find_category(db, asked.category, asked.day, asked.kind)
    viewer = user.id if (user := edge.user()) else None
    found = duplicates.likely(
        db, float(moved[0]), float(moved[1]), about.id, edge.now(), edge.sight(), edge.user()
    )
    own, others = ("id", "reported_at"), ("status", "households_affected")
    return {
        "items": [
            {name: getattr(one.incident, name) for name in own}
            | {name: getattr(one.incident, name) if one.seen else None for name in others}
            | {
                "own": one.incident.reporter_user_id == viewer,
                "distance_m": round(one.distance_m, 1),
                "description": hidden(one.incident.description),
            }
            for one in found
        ]
    }
