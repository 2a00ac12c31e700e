"""/api/v1/service-points/agent-days: what became of the agents' weekly plan, by agent point."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import Dated, Within
from gridsvc.service_points.rounds import week_of
from gridsvc.visits.agent_days import agent_days
from gridsvc.visits.quotas import monday

blueprint = APIBlueprint("api_agent_days", __name__, url_prefix="/api/v1", tag="visits")


class AgentDaysQuestion(Dated, Within):
    """The week that a day lies in."""


class AgentPointDays(Answer):
    """The days of an agent point; nobody's whereabouts, only grids in which rounds were walked."""

    agent_point: str
    grid_code: str
    planned: int = Field(description="Days of its plan, without days off.")
    due: int = Field(description="Those of them that have begun.")
    done: int = Field(description="Those of them with a round recorded where it was to be met.")
    quota: int | None


class AgentWeekAnswer(Answer):
    """The agent points of the caller's scope, those that lack most first."""

    week: date = Field(description="Its Monday.")
    as_of: datetime
    items: list[AgentPointDays]


@blueprint.get("/service-points/agent-days")
@requires(Permission.VIEW_REPORTS)
@blueprint.input(AgentDaysQuestion, location="query", arg_name="asked")
@blueprint.output(AgentWeekAnswer)
def listed(asked: AgentDaysQuestion) -> dict[str, Any]:
    """Compare the plan of each agent with what was recorded and with its quota, for a week."""
    db, now, week = edge.session(), edge.now(), monday(asked.day)
    scope = edge.sight().full.narrowed(asked.within or "")
    meetings = week_of(db, scope, week, now)
    found = agent_days(db, scope, week, meetings, edge.today(), now)
    items = [
        {
            "agent_point": one.found.point.code,
            "grid_code": one.found.grid_code,
            "planned": one.planned,
            "due": one.due,
            "done": one.done,
            "quota": one.quota,
        }
        for one in found
    ]
    return {"week": week, "as_of": now, "items": items}
