"""Cases of the caller's scope; anybody else's is answered as one that is not there."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api import answers
from gridsvc.api.questions import IncidentsQuestion
from gridsvc.incidents import cases
from gridsvc.incidents.queries import wanted

blueprint = APIBlueprint("api_incidents", __name__, url_prefix="/api/v1", tag="incidents")


@blueprint.get("/incidents")
@requires(Permission.VIEW_CASES)
@blueprint.input(IncidentsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Cases)
def incidents(asked: IncidentsQuestion) -> dict[str, Any]:
    """List cases, newest first."""
    db = edge.session()
    found = cases.cases(
        db,
        edge.sight(),
        wanted(db, category=asked.category, level=asked.level),
        within=asked.within or "",
        status=asked.status,
        open_only=asked.open,
        before=asked.before,
        limit=asked.limit + 1,
    )
    page = found[: asked.limit]
    following = page[-1].incident.id if len(found) > len(page) else None
    return {"items": [_told(one) for one in page], "next": following}


@blueprint.get("/incidents/<int(max=9223372036854775807):number>")
@requires(Permission.VIEW_CASES)
@blueprint.output(answers.CaseWithHistory)
def incident(number: int) -> dict[str, Any]:
    """Give one case with its history."""
    found = cases.case(edge.session(), edge.sight(), number)
    return {**_told(found), "history": cases.history(edge.session(), number)}


_OWN = (
    "id", "kind", "status", "level", "outcome", "description", "accuracy_m", "provenance",
    "reported_at", "due_at", "closed_at", "grid_code", "division_code",
)  # fmt: skip


def _told(one: cases.Case) -> dict[str, Any]:
    return {name: getattr(one.incident, name) for name in _OWN} | {
        "category": one.category.code,
        "category_name": one.category.name,
        "lon": one.lon,
        "lat": one.lat,
        "team": one.team.code if one.team else None,
        "branch": one.branch.code if one.branch else None,
    }
