"""A former map put back: asked for, agreed to, refused, taken back."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.plans.publication import asked, open_tables, told
from gridsvc.api.plans.review_forms import (
    PublicationAnswer,
    RefusalForm,
    RollbackForm,
    RollbackRequestAnswer,
    RollbackRequests,
    RollbackRequestsQuestion,
)
from gridsvc.plans.publishing.decisions import rollback, rollback_requests
from gridsvc.plans.publishing.models import RollbackRequest

blueprint = APIBlueprint("api_rollbacks", __name__, url_prefix="/api/v1", tag="plans")

_ROLLBACK = "/publications/rollbacks/<int(max=2147483647):number>"


@blueprint.post("/publications/rollback")
@requires(Permission.EDIT_PLANS)
@blueprint.input(RollbackForm, arg_name="given")
@blueprint.doc(
    responses={
        201: "Put back, where the setting lets one person do so",
        202: "Asked: it holds as soon as the street office agrees",
        409: "In force as it is, or asked already",
        422: "Another ground",
    }
)
def put_back(given: RollbackForm) -> tuple[dict[str, Any], int]:
    """Ask that an area has the grids of a former day again; a dry run answers the tables alone."""
    db = edge.session()
    if given.dry_run:
        _, change = rollback.drawn(db, given.within, given.to, given.effective_on, asked())
        _, seen = rollback.tables(db, change, given.to, edge.now())
        return open_tables(seen, edge.sight().full), 200
    what = (given.within, given.to, given.effective_on, asked(), given.reason)
    if not edge.settings().rollback_alone:
        wish = RollbackRequestAnswer.model_validate(_wish(rollback_requests.ask(db, *what)))
        return wish.model_dump(mode="json", by_alias=True), 202
    made = PublicationAnswer.model_validate(told(rollback.put_back(db, *what)))
    return made.model_dump(mode="json", by_alias=True), 201


@blueprint.get("/publications/rollbacks")
@requires(Permission.VIEW_PLANS)
@blueprint.input(RollbackRequestsQuestion, location="query", arg_name="given")
@blueprint.output(RollbackRequests)
def wishes(given: RollbackRequestsQuestion) -> dict[str, Any]:
    """List the wishes to put a former map back, newest first."""
    found = rollback_requests.requests(
        edge.session(),
        edge.sight().full,
        given.within or "",
        waiting=given.waiting,
        limit=given.limit,
    )
    return {"items": [_wish(one) for one in found]}


@blueprint.post(f"{_ROLLBACK}/approve")
@requires(Permission.APPROVE_PLANS)
@blueprint.output(PublicationAnswer, status_code=201)
@blueprint.doc(responses={404: "Not there", 409: "A newer map came", 422: "Decided, or one's own"})
def agree(number: int) -> dict[str, Any]:
    """Agree to a former map: it is in force at once."""
    return told(rollback_requests.approve(edge.session(), number, asked()))


@blueprint.post(f"{_ROLLBACK}/refuse")
@requires(Permission.APPROVE_PLANS)
@blueprint.input(RefusalForm, arg_name="given")
@blueprint.output(RollbackRequestAnswer, status_code=201)
def refuse(number: int, given: RefusalForm) -> dict[str, Any]:
    """Refuse to put a former map back."""
    return _wish(rollback_requests.refuse(edge.session(), number, asked(), given.reason))


@blueprint.post(f"{_ROLLBACK}/withdraw")
@requires(Permission.EDIT_PLANS)
@blueprint.output(RollbackRequestAnswer, status_code=201)
def withdraw(number: int) -> dict[str, Any]:
    """Take the wish to put a former map back again."""
    return _wish(rollback_requests.withdraw(edge.session(), number, asked()))


def _wish(wish: RollbackRequest) -> dict[str, Any]:
    own = ("id", "effective_on", "reason", "decided_at", "answer")
    return {name: getattr(wish, name) for name in own} | {
        "within": wish.scope_code,
        "to": wish.restores_on,
        "by": wish.asked_by.username,
        "at": wish.asked_at,
        "seen": open_tables(wish.seen, edge.sight().full),
        "decision": wish.decision.value if wish.decision else None,
        "decided_by": wish.decided_by.username if wish.decided_by else None,
        "publication": wish.publication_id,
    }
