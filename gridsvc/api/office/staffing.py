"""Teams, branches and assignments: posts and counts, no persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api import answers
from gridsvc.api.questions import AssignmentsQuestion, PartiesQuestion
from gridsvc.grids.queries import shown
from gridsvc.staffing import queries

blueprint = APIBlueprint("api_staffing", __name__, url_prefix="/api/v1", tag="staffing")


@blueprint.get("/teams")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(PartiesQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Teams)
def teams(asked: PartiesQuestion) -> dict[str, Any]:
    """List teams with their duty phones, in order of code."""
    return _parties(queries.teams, asked)


@blueprint.get("/branches")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(PartiesQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Branches)
def branches(asked: PartiesQuestion) -> dict[str, Any]:
    """List branches, in order of code."""
    return _parties(queries.branches, asked)


@blueprint.get("/assignments")
@requires(Permission.VIEW_MAPS)
@blueprint.input(AssignmentsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Assignments)
def assignments(asked: AssignmentsQuestion) -> dict[str, Any]:
    """List who looked after the grids of the caller's scope, on a day or ever."""
    found = queries.assignments(
        edge.session(),
        edge.sight().full.narrowed(asked.within or ""),
        asked.on,
        after=asked.after,
        limit=asked.limit,
    )
    full = len({one.grid_code for one in found}) == asked.limit
    return {"items": found, "next": found[-1].grid_code if full else None}


def _parties(listed: Callable[..., Sequence[Any]], asked: PartiesQuestion) -> dict[str, Any]:
    scope = shown(edge.sight(), asked.within or "")
    # One more than was asked for tells whether there is a next page.
    found = listed(edge.session(), scope, asked.day, after=asked.after, limit=asked.limit + 1)
    page = found[: asked.limit]
    return {"items": page, "next": page[-1].code if len(found) > asked.limit else None}
