"""Review and publication: who decided what, who gets which grid and which open case."""

from __future__ import annotations

from datetime import date
from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.api.plans.answers import severities
from gridsvc.api.plans.review_forms import (
    HandoverQuestion,
    PublicationAnswer,
    PublicationDetail,
    Publications,
    PublicationsQuestion,
    PublishForm,
    ReasonForm,
    ReturnForm,
    ReviewAnswer,
    Reviews,
    StaffingForm,
    SubmitForm,
)
from gridsvc.api.plans.schemas import HandoverAnswer
from gridsvc.errors import NotSignedIn
from gridsvc.incidents.rules import masked_count
from gridsvc.plans import queries
from gridsvc.plans.publishing import past
from gridsvc.plans.publishing.change import prospect
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.plans.publishing.models import PlanReview, Publication

blueprint = APIBlueprint("api_publication", __name__, url_prefix="/api/v1", tag="plans")

_PLAN = "/plans/<int(max=2147483647):number>"
_PUBLICATION = "/publications/<int(max=2147483647):number>"


@blueprint.post(f"{_PLAN}/submit")
@requires(Permission.EDIT_PLANS)
@blueprint.input(SubmitForm, arg_name="given")
@blueprint.output(ReviewAnswer, status_code=201)
@blueprint.doc(responses={404: "Not there", 409: "A newer map came", 422: "Findings block it"})
def submit(number: int, given: SubmitForm) -> dict[str, Any]:
    """Hand a draft to the street office, with the tables of who gets what."""
    step = review.submit(edge.session(), number, asked(), given.effective_on, given.reason)
    return _step(step)


@blueprint.post(f"{_PLAN}/recall")
@requires(Permission.EDIT_PLANS)
@blueprint.input(ReasonForm, arg_name="given")
@blueprint.output(ReviewAnswer, status_code=201)
def recall(number: int, given: ReasonForm) -> dict[str, Any]:
    """Take a submitted or approved draft back, to draw on."""
    return _step(review.recall(edge.session(), number, asked(), given.reason))


@blueprint.post(f"{_PLAN}/approve")
@requires(Permission.APPROVE_PLANS)
@blueprint.input(ReasonForm, arg_name="given")
@blueprint.output(ReviewAnswer, status_code=201)
def approve(number: int, given: ReasonForm) -> dict[str, Any]:
    """Agree to a submitted draft; never its author."""
    return _step(review.approve(edge.session(), number, asked(), given.reason))


@blueprint.post(f"{_PLAN}/return")
@requires(Permission.APPROVE_PLANS)
@blueprint.input(ReturnForm, arg_name="given")
@blueprint.output(ReviewAnswer, status_code=201)
def send_back(number: int, given: ReturnForm) -> dict[str, Any]:
    """Return a submitted draft to its planner, with the reason."""
    return _step(review.send_back(edge.session(), number, asked(), given.reason))


@blueprint.post(f"{_PLAN}/publish")
@requires(Permission.EDIT_PLANS)
@blueprint.input(PublishForm, arg_name="given")
@blueprint.output(PublicationAnswer, status_code=201)
@blueprint.doc(responses={404: "Not there", 409: "A newer map came", 422: "Not approved"})
def publish(number: int, given: PublishForm) -> dict[str, Any]:
    """Put an approved draft in force, whole or not at all; 409 names the newer version."""
    return told(review.publish(edge.session(), number, asked(), given.effective_on))


@blueprint.get(f"{_PLAN}/reviews")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Reviews)
def reviews(number: int) -> dict[str, Any]:
    """List every decision about a draft, with the tables that it was about."""
    db = edge.session()
    plan = queries.plan_for(db, number, _scope())
    return {"state": plan.state, "items": [_step(one) for one in review.reviews(db, plan.id)]}


@blueprint.get(f"{_PLAN}/handover")
@requires(Permission.VIEW_PLANS)
@blueprint.input(HandoverQuestion, location="query", arg_name="given")
@blueprint.output(HandoverAnswer)
def handover(number: int, given: HandoverQuestion) -> dict[str, Any]:
    """Tell who would get which grid and which open case if the draft held from a day on."""
    return _prospect(number, given.effective_on)


@blueprint.put(f"{_PLAN}/staffing")
@requires(Permission.EDIT_PLANS)
@blueprint.input(StaffingForm, arg_name="given")
@blueprint.output(HandoverAnswer)
def choose(number: int, given: StaffingForm) -> dict[str, Any]:
    """Choose teams and branches for grids of a draft; answers the tables as they become."""
    table = {one.grid: (one.team, one.branch) for one in given.items}
    review.choose(edge.session(), number, asked(), table)
    return _prospect(number, None)


@blueprint.get("/publications")
@requires(Permission.VIEW_PLANS)
@blueprint.input(PublicationsQuestion, location="query", arg_name="given")
@blueprint.output(Publications)
def publications(given: PublicationsQuestion) -> dict[str, Any]:
    """List the versions of the map that concern the caller's area, newest first."""
    found = past.publications(
        edge.session(), _scope(), given.within or "", before=given.before, limit=given.limit + 1
    )
    page = found[: given.limit]
    more = len(found) > given.limit
    return {"items": [told(one) for one in page], "next": page[-1].id if more else None}


@blueprint.get(_PUBLICATION)
@requires(Permission.VIEW_PLANS)
@blueprint.output(PublicationDetail)
def publication(number: int) -> dict[str, Any]:
    """Give a publication with its lineage, the tables that were seen, and what came of them."""
    db = edge.session()
    found = past.publication(db, _scope(), number)
    went = past.carried(db, number)
    return told(found) | {
        "lineage": past.lineage_of(db, number),
        "seen": open_tables(found.seen, _scope()),
        "handed_over_at": went.at,
        "cases_handed_over": went.cases,
        "differences": went.differences,
    }


def _prospect(number: int, effective_on: date | None) -> dict[str, Any]:
    db = edge.session()
    plan = queries.plan_for(db, number, _scope())
    newest = queries.newest_day(db, plan.scope_code, edge.today())
    day = effective_on or plan.effective_on or newest
    return open_tables(prospect.tables(db, plan, day, edge.now())[1], _scope())


def asked() -> Asked:
    """Say who asks, and when, for a step of the review."""
    days_back = edge.settings().publish_days_back
    return Asked(_user(), edge.now(), edge.today(), days_back, severities())


def told(made: Publication) -> dict[str, Any]:
    """Give a publication as plain values."""
    own = (
        "id", "effective_on", "published_at", "reason", "restores_on", "grids_before",
        "grids_after", "households", "proof",
    )  # fmt: skip
    return {name: getattr(made, name) for name in own} | {
        "kind": made.kind.value,
        "plan": made.plan_id,
        "within": made.scope_code,
        "by": made.published_by.username,
    }


def open_tables(tables: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Leave out of the tables the cases that are not for everybody.

    Sensitive ones are the handling team's alone: of those a masked count is told.
    """
    cases = [
        one
        for one in tables["cases"]
        if scope.covers(one["grid_from"]) or scope.covers(one["grid_to"])
    ]
    shown = [{n: v for n, v in one.items() if n != "sensitive"} for one in cases
             if not one["sensitive"]]  # fmt: skip
    return tables | {"cases": shown, "sensitive_cases": masked_count(len(cases) - len(shown))}


def _step(step: PlanReview) -> dict[str, Any]:
    own = {name: getattr(step, name) for name in ("at", "reason", "effective_on")}
    return own | {
        "action": step.action.value,
        "by": step.by.username,
        "log_number": step.plan_log,
        "seen": open_tables(step.seen, _scope()) if step.seen else None,
    }


def _scope() -> Scope:
    return edge.sight().full


def _user() -> UserAccount:
    user = edge.user()
    if user is None:
        raise NotSignedIn("sign in first")
    return user
