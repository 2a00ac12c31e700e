"""Two maps beside each other: a draft and what was there before it, or the maps of two days."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.plans import answers as told
from gridsvc.api.plans.answers import PLAN, plan_of, viewer
from gridsvc.api.plans.forms import CompareQuestion, DaysQuestion
from gridsvc.api.plans.schemas import CompareAnswer, DaysAnswer
from gridsvc.plans import comparison, two_days
from gridsvc.plans.comparison import Beside

blueprint = APIBlueprint("api_plan_comparisons", __name__, url_prefix="/api/v1", tag="plans")


@blueprint.get(f"{PLAN}/compare")
@requires(Permission.VIEW_PLANS)
@blueprint.input(CompareQuestion, location="query", arg_name="asked")
@blueprint.output(CompareAnswer)
def compare(number: int, asked: CompareQuestion) -> dict[str, Any]:
    """Tell what is different in a draft: ground, households, who is concerned, which cases."""
    plan = plan_of(number)
    both = comparison.beside(
        edge.session(), plan, asked.other, viewer().scope, edge.sight(), told.moment_now()
    )
    sides = {"before": asked.other, "after": f"plan:{plan.id}", "log_number": plan.log_number}
    return sides | _compared(both, both.comparison.moved_share)


@blueprint.get("/compare")
@requires(Permission.VIEW_PLANS)
@blueprint.input(DaysQuestion, location="query", arg_name="asked")
@blueprint.doc(responses={404: "No such division here, or it had no grids on one of the days"})
@blueprint.output(DaysAnswer)
def days(asked: DaysQuestion) -> dict[str, Any]:
    """Tell what is different between the maps of two days; ``before`` is the earlier one.

    The cases are those that are open now, on ground that changed hands between the days.
    """
    both = two_days.between(
        edge.session(),
        viewer(),
        asked.within,
        (asked.other, asked.day),
        edge.sight(),
        told.moment_now(),
    )
    sides = {"before": both.before.isoformat(), "after": both.after.isoformat()}
    return sides | _compared(both, both.moved_share) | {"parties": _rows(both.parties)}


def _compared(both: Beside, share: float) -> dict[str, Any]:
    made = both.comparison
    changed = made.pieces.drop(columns=made.pieces.geometry.name)
    pieces = {row["i"]: row for row in _rows(changed, "i")}
    return {
        "moved_households": made.moved_households,
        "moved_share": round(share, 6),
        "estimated": made.estimated,
        "renumbered": made.renumbered,
        "pieces": {
            "type": "FeatureCollection",
            "features": json.loads(told.joined(made.pieces.geometry, pieces)),
        },
        "flows": _rows(made.flows),
        "grids": _rows(made.grids.join(both.staff), "code"),
        "cases": _rows(both.cases, "id"),
    }


def _rows(table: pd.DataFrame, index: str | None = None) -> list[dict[str, Any]]:
    """Give a frame as plain rows, its index under a name."""
    named = table.rename_axis(index).reset_index() if index else table
    plain = named.astype(object).where(named.notna(), None)
    return [
        {
            str(name): value.item() if hasattr(value, "item") else value
            for name, value in row.items()
        }
        for row in plain.to_dict("records")
    ]
