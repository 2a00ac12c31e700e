"""/api/v1/campaigns: campaigns of visits, what they have reached, and by which grids."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import PAGE_LIMIT, Cursor, Day, Within
from gridsvc.campaigns.models import Campaign
from gridsvc.campaigns.queries import by_grid, campaigns, frame_of, reached
from gridsvc.campaigns.rules import Measure, burn_up, even
from gridsvc.campaigns.services import campaign
from gridsvc.grids.queries import covered

blueprint = APIBlueprint("api_campaigns", __name__, url_prefix="/api/v1", tag="visits")


class CampaignsQuestion(Within):
    """A page of campaigns, the newest first."""

    on: Day | None = Field(None, description="Only those that run on this day.")
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(20, ge=1, le=100)


class CampaignQuestion(Within):
    """One campaign, with a page of its grids."""

    after: str = Field("", pattern=r"^([0-9]{15})?$", description="Last grid code seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT, description="Grids of a page.")


class CampaignAnswer(Answer):
    """A campaign; ``ends_on`` belongs to it, ``even`` is where an even pace stands today."""

    id: int
    name: str
    purpose: str
    topic: str | None
    starts_on: date
    ends_on: date
    measure: Measure
    goal: int
    areas: list[str]
    festival_on: date | None
    so_far: int
    even: float
    as_of: datetime


class Stand(Answer):
    """At the end of a day: what was reached, null for days to come, and the even pace."""

    day: date
    so_far: int | None
    even: float


class CampaignGrid(Answer):
    """What a grid brought; ``dwellings`` is null where they were never counted."""

    code: str
    dwellings: int | None
    reached: int
    rounds: int


class CampaignWhole(CampaignAnswer):
    """A campaign with its burn-up, and the grids of the caller's area."""

    burn_up: list[Stand]
    grids: list[CampaignGrid]
    next: str | None


class Campaigns(Answer):
    """A page of campaigns; ``next`` is the id to ask ``before`` for, null on the last."""

    items: list[CampaignAnswer]
    next: int | None


@blueprint.get("/campaigns")
@requires(Permission.VIEW_MAPS)
@blueprint.input(CampaignsQuestion, location="query", arg_name="asked")
@blueprint.output(Campaigns)
def listed(asked: CampaignsQuestion) -> Campaigns:
    """List the campaigns that concern the caller's area."""
    scope = edge.sight().full.narrowed(asked.within or "")
    found = campaigns(edge.session(), scope, on=asked.on, after=asked.before, limit=asked.limit + 1)
    page = found[: asked.limit]
    further = page[-1].id if len(found) > len(page) else None
    return Campaigns(items=[CampaignAnswer(**_told(one)) for one in page], next=further)


@blueprint.get("/campaigns/<int(max=2147483647):number>")
@requires(Permission.VIEW_MAPS)
@blueprint.input(CampaignQuestion, location="query", arg_name="asked")
@blueprint.output(CampaignWhole)
def one(number: int, asked: CampaignQuestion) -> CampaignWhole:
    """Answer a campaign with its course and its grids, in order of code."""
    db, full = edge.session(), edge.sight().full
    found = campaign(db, number, full)
    frame = frame_of(db, found)
    rows = reached(db, frame, edge.now())
    grids = by_grid(db, frame, rows, min(max(frame.first, edge.today()), frame.last))
    grids = grids[covered(grids.index, full.narrowed(asked.within or ""))]
    grids = grids[grids.index > asked.after]
    page = grids.iloc[: asked.limit]
    counts = rows.groupby("day")[_column(found)].sum().to_dict()
    stands = burn_up(found.goal, frame.first, frame.last, counts, edge.today())
    return CampaignWhole(
        **_told(found),
        burn_up=[Stand(day=s.day, so_far=s.so_far, even=round(s.even, 2)) for s in stands],
        grids=[
            CampaignGrid(
                code=str(line.Index),
                dwellings=None if line.dwellings != line.dwellings else int(line.dwellings),
                reached=line.reached,
                rounds=line.rounds,
            )
            for line in page.itertuples()
        ],
        next=str(page.index[-1]) if len(grids) > len(page) else None,
    )


def _column(found: Campaign) -> str:
    return "reached" if found.measure is Measure.DWELLINGS else "rounds"


def _told(found: Campaign) -> dict[str, Any]:
    db = edge.session()
    so_far = int(reached(db, frame_of(db, found), edge.now())[_column(found)].sum())
    own = {
        name: getattr(found, name)
        for name in CampaignAnswer.model_fields
        if hasattr(found, name) and name != "areas"
    }
    pace = even(found.goal, found.starts_on, found.ends_on, edge.today())
    return {
        **own,
        "areas": list(found.prefixes),
        "so_far": so_far,
        "even": round(pace, 2),
        "as_of": edge.now(),
    }
