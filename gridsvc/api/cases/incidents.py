"""Reports come in, and cases of the caller's scope go out; anybody else's is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import request, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, from_a_phone, requires
from gridsvc.api import answers
from gridsvc.api.cases.forms import ReportAnswer, ReportForm
from gridsvc.api.open311.keys import repeat_key
from gridsvc.api.questions import IncidentsQuestion
from gridsvc.incidents import cases, past_work
from gridsvc.incidents.arrival.report import Report
from gridsvc.incidents.arrival.reporting import report_incident
from gridsvc.incidents.queries import moment, wanted
from gridsvc.incidents.rules.free_text import masked, screen
from gridsvc.incidents.work_list import ODD, Question

PERSONAL_NUMBER = "personal_number"

blueprint = APIBlueprint("api_incidents", __name__, url_prefix="/api/v1", tag="incidents")


@blueprint.get("/incidents")
@requires(Permission.VIEW_CASES)
@blueprint.input(IncidentsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Cases)
def incidents(asked: IncidentsQuestion) -> dict[str, Any]:
    """List cases, newest first; of a past day those that were open that evening."""
    db = edge.session()
    if (then := moment(asked.day, edge.now(), edge.settings().time_zone)).past:
        return _then(asked, then.at)
    found = cases.cases(
        db,
        edge.sight(),
        wanted(db, category=asked.category, level=asked.level),
        within=asked.within or "",
        status=asked.status,
        open_only=asked.open,
        odd_only=asked.odd,
        before=asked.before,
        limit=asked.limit + 1,
    )
    page = found[: asked.limit]
    following = page[-1].incident.id if len(found) > len(page) else None
    return {"items": [told(one) for one in page], "next": following}


def _then(asked: IncidentsQuestion, at: datetime) -> dict[str, Any]:
    """List the cases that were open at a past instant: state, level, team and deadline of then."""
    db = edge.session()
    question = Question(
        wanted(db, category=asked.category, level=asked.level),
        within=asked.within or "",
        status=asked.status,
        only=ODD if asked.odd else "",
    )
    before = asked.before or 2**63 - 1
    found = past_work.page(db, edge.sight(), question, at, before=before, limit=asked.limit + 1)
    page = found[: asked.limit]
    now = cases.cases_of(db, [one.incident.id for one in page])
    nothing = dict.fromkeys(("closed_at", "outcome", "rating", "merged_into_id", "reviewed_at"))
    own = ("status", "level", "urgency", "return_count", "due_at", "grid_code", "division_code")
    items = [
        told(now[one.incident.id])
        | nothing
        | {name: getattr(one.incident, name) for name in own}
        | {"team": one.team.code if one.team else None}
        for one in page
    ]
    following = page[-1].incident.id if len(found) > len(page) else None
    return {"items": items, "next": following}


@blueprint.get("/incidents/<int(max=9223372036854775807):number>")
@requires(Permission.VIEW_CASES)
@blueprint.output(answers.CaseWithHistory)
def incident(number: int) -> dict[str, Any]:
    """Give one case with its history."""
    found = cases.case(edge.session(), edge.sight(), number)
    steps = cases.history(edge.session(), number)
    own = ("seq", "at", "action", "from_status", "to_status")
    return told(found) | {
        "history": [
            {name: getattr(step, name) for name in own} | {"note": hidden(step.note)}
            for step in steps
        ]
    }


@blueprint.post("/incidents")
@requires(Permission.VIEW_CASES)
@from_a_phone
@blueprint.input(ReportForm, arg_name="given")
@blueprint.output(ReportAnswer, status_code=201)
@blueprint.doc(
    responses={
        200: "The same report came before: the case that it made",
        409: "The same id came before with other content: names the first case",
    }
)
def report(given: ReportForm) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Take a report in; answered only after it is stored for good."""
    db = edge.session()
    asked = {name: getattr(given, name) for name in ReportForm.model_fields}
    asked["client_report_id"] = repeat_key(
        request.headers, given.client_report_id, "client_report_id"
    )
    made = report_incident(db, Report(**asked), edge.now(), edge.user())
    answer = reported(made.incident.id)
    # A commit that fails must not leave behind an answer that says otherwise.
    db.commit()
    place = {"Location": url_for("api_incidents.incident", number=made.incident.id)}
    return answer, 201 if made.created else 200, place


def reported(number: int) -> dict[str, Any]:
    """Give the answer to a report, which its sender gets wherever the case lies."""
    one = cases.any_case(edge.session(), number)
    return told(one) | {
        "tracking_code": one.incident.tracking_code,
        "warnings": warnings(one.incident.description),
    }


def hidden(text: str | None) -> str | None:
    """Return words as lists and programs read them; handlers ask for the others, and are noted."""
    return masked(text) if text else text


def warnings(*texts: str | None) -> list[str]:
    """Say what a writer should know about his words: that they hold a number of a person."""
    return [PERSONAL_NUMBER] if any(screen(text) for text in texts if text) else []


_OWN = (
    "id", "kind", "status", "level", "urgency", "outcome", "accuracy_m", "provenance",
    "reported_at", "due_at", "closed_at", "grid_code", "division_code", "occurred_at",
    "received_at", "households_affected", "return_count", "rating", "merged_into_id",
    "original_lon", "original_lat", "datum", "reviewed_at",
)  # fmt: skip


def told(one: cases.Case) -> dict[str, Any]:
    """Give a case as the interface tells it; numbers that name a person are hidden in its words."""
    return {name: getattr(one.incident, name) for name in _OWN} | {
        "description": hidden(one.incident.description),
        "category": one.category.code,
        "category_name": one.category.name,
        "lon": one.lon,
        "lat": one.lat,
        "team": one.team.code if one.team else None,
        "branch": one.branch.code if one.branch else None,
        "review_reason": [each for each in (one.incident.review_reason or "").split(",") if each],
    }
