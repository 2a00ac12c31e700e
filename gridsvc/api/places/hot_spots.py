"""Hot spots: adjoining grids with more open cases per household than chance would place there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import PAGE_LIMIT, Dated, Within
from gridsvc.geo.analysis.hot_spots import LEVEL, Change
from gridsvc.incidents import queries
from gridsvc.incidents.rules import Level
from gridsvc.reports.hot_spots import hot_spots

blueprint = APIBlueprint("api_hot_spots", __name__, url_prefix="/api/v1", tag="reports")


class HotSpotsQuestion(Dated, Within):
    """A page of judged grids, and every hot spot."""

    days: int = Field(28, ge=1, le=3650, description="Days before ``on`` of the earlier judgement.")
    category: str | None = Field(None, max_length=100)
    level: Level | None = None
    older_than_days: int | None = Field(None, ge=1, le=3650)
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: str | None = Field(None, pattern=r"^[0-9]{15}$", description="Last code seen.")


class HotSpot(Answer):
    """Hot grids that touch each other, counted with those around them.

    ``expected`` are as many households' cases in the area.
    """

    codes: list[str]
    middle: str
    cases: int
    households: int
    expected: float


class JudgedGrid(Answer):
    """A grid; ``change`` is null where it is not marked on either day."""

    code: str
    cases: int
    cases_before: int
    households: int
    expected: float
    z: float = Field(description="Gi* in standard deviations.")
    q: float = Field(description="p, corrected after Benjamini and Hochberg.")
    hot: bool
    change: Change | None


class HotSpotsAnswer(Answer):
    """What was judged; ``next`` is the code to ask ``after`` for, null on the last page."""

    on: date
    before: date
    level: float
    judged: int
    hot_spots: list[HotSpot]
    grids: list[JudgedGrid]
    next: str | None


@blueprint.get("/hotspots")
@requires(Permission.VIEW_CASES)
@blueprint.input(HotSpotsQuestion, location="query", arg_name="asked")
@blueprint.output(HotSpotsAnswer)
def hotspots(asked: HotSpotsQuestion) -> dict[str, Any]:
    """Judge the grids whose open cases the caller counts exactly, in order of code."""
    db = edge.session()
    wanted = queries.wanted(
        db, category=asked.category, older_than_days=asked.older_than_days, level=asked.level
    )
    zone = edge.settings().time_zone
    found = hot_spots(
        db, edge.sight(), wanted, asked.day, edge.now(), zone,
        within=asked.within or "", days=asked.days,
    )  # fmt: skip
    judged = found.grids[found.grids["judged"]]
    following = judged[judged.index > (asked.after or "")]
    page = following[: asked.limit]
    return {
        "on": asked.day,
        "before": found.before,
        "level": LEVEL,
        "judged": found.judged,
        "hot_spots": [vars(one) | {"expected": round(one.expected, 1)} for one in found.clusters],
        "grids": [_grid(str(code), row) for code, row in page.iterrows()],
        "next": str(page.index[-1]) if len(following) > len(page) else None,
    }


def _grid(code: str, row: pd.Series[Any]) -> dict[str, Any]:
    whole = {name: int(row[name]) for name in ("cases", "cases_before", "households")}
    told = {"expected": round(row["expected"], 1), "z": round(row["z"], 2), "q": round(row["q"], 5)}
    return {"code": code, **whole, **told, "hot": row["hot"], "change": row["change"] or None}
