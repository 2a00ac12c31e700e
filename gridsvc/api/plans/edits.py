"""Redrawing a draft: edits with preview, undo and redo, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import request

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.plans import answers as told
from gridsvc.api.plans.answers import PLAN, plan_of, viewer
from gridsvc.api.plans.forms import EditForm, LogQuestion, StepForm, WaiverForm
from gridsvc.api.plans.schemas import EffectAnswer, Findings, Lines, WaiverAnswer
from gridsvc.errors import BadInput
from gridsvc.plans import effects, findings, log, queries
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import EditKind

blueprint = APIBlueprint("api_plan_edits", __name__, url_prefix="/api/v1", tag="plans")

_REFUSALS = {
    400: "It cannot be read, misses, or would make no valid shape: the problem has its place",
    404: "No such draft, or no such grid in it",
    409: "Others changed the same grids since (edits_meet, ids: their lines), or the id was used",
    422: "Locked, not open, or against a rule",
}


@blueprint.get(f"{PLAN}/edits")
@requires(Permission.VIEW_PLANS)
@blueprint.input(LogQuestion, location="query", arg_name="asked")
@blueprint.output(Lines)
def lines(number: int, asked: LogQuestion) -> dict[str, Any]:
    """Give the log of a draft, the newest line first."""
    db, plan = edge.session(), plan_of(number)
    stand = queries.standing_of(db, plan.id)
    found = queries.log_page(db, plan.id, before=asked.before, limit=asked.limit + 1)
    page = found[: asked.limit]
    return {
        "items": [told.line(one, stand) for one in page],
        "next": page[-1].seq if len(found) > len(page) else None,
        "log_number": plan.log_number,
        "undo": stand.undo,
        "redo": stand.redo,
    }


@blueprint.post(f"{PLAN}/edits")
@requires(Permission.EDIT_PLANS)
@blueprint.input(EditForm, arg_name="given")
@blueprint.doc(responses={200: "A preview, or a repeat", 201: "Made", **_REFUSALS})
@blueprint.output(EffectAnswer, status_code=201)
def edit(number: int, given: EditForm) -> tuple[dict[str, Any], int]:
    """Draw an edit, or with dry_run only tell what it would do."""
    asked = log.Asked(
        given.kind,
        given.params,
        given.seen,
        _key(given),
        given.why,
        tuple(given.closes),
        given.redoes,
    )
    return answer(
        number,
        given.dry_run,
        lambda plan: log.edit(
            edge.session(), plan, viewer(), asked, edge.now(), dry_run=given.dry_run
        ),
    )


@blueprint.post(f"{PLAN}/undo")
@requires(Permission.EDIT_PLANS)
@blueprint.input(StepForm, arg_name="given")
@blueprint.doc(responses={200: "A preview, or a repeat", 201: "Undone", **_REFUSALS})
@blueprint.output(EffectAnswer, status_code=201)
def undo(number: int, given: StepForm) -> tuple[dict[str, Any], int]:
    """Take the last edit that stands back."""
    return _turned(number, given, EditKind.UNDO, log.undo)


@blueprint.post(f"{PLAN}/redo")
@requires(Permission.EDIT_PLANS)
@blueprint.input(StepForm, arg_name="given")
@blueprint.doc(responses={200: "A preview, or a repeat", 201: "Back again", **_REFUSALS})
@blueprint.output(EffectAnswer, status_code=201)
def redo(number: int, given: StepForm) -> tuple[dict[str, Any], int]:
    """Bring the edit that was undone last back."""
    return _turned(number, given, EditKind.REDO, log.redo)


@blueprint.get(f"{PLAN}/findings")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Findings)
def found(number: int) -> dict[str, Any]:
    """List what is wrong with a draft, what blocks first."""
    plan = plan_of(number)
    every = findings.findings_of(edge.session(), plan, told.severities())
    return {
        "log_number": plan.log_number,
        "blocking": sum(one.blocking for one in every),
        "warnings": sum(one.open and not one.blocking for one in every),
        "items": [told.finding(one) for one in every],
    }


@blueprint.post(f"{PLAN}/findings/waive")
@requires(Permission.EDIT_PLANS)
@blueprint.input(WaiverForm, arg_name="given")
@blueprint.output(WaiverAnswer)
def waive(number: int, given: WaiverForm) -> dict[str, Any]:
    """Answer for a warning with a reason; null takes it back."""
    findings.waive(
        edge.session(),
        plan_of(number, lock=True),
        viewer(),
        given.kind,
        given.grids,
        given.why,
        edge.now(),
        told.severities(),
    )
    return {"kind": given.kind, "grids": given.grids, "why": given.why}


def answer(
    number: int, dry_run: bool, perform: Callable[[Plan], log.Outcome]
) -> tuple[dict[str, Any], int]:
    """Perform on a draft and tell the effect; only after it is stored for good."""
    db = edge.session()
    plan = plan_of(number, lock=not dry_run)
    outcome = perform(plan)
    effect = effects.effect_of(
        db, plan, outcome, edge.sight(), told.moment_now(), told.severities()
    )
    body = told.effect(effect, plan)
    if dry_run or outcome.repeated:
        return body, 200
    # A commit that fails must not leave behind an answer that says otherwise.
    db.commit()
    return body, 201


def _turned(
    number: int, given: StepForm, kind: EditKind, turn: Callable[..., log.Outcome]
) -> tuple[dict[str, Any], int]:
    asked = log.Asked(kind, {}, given.seen, _key(given), given.why)
    return answer(
        number,
        given.dry_run,
        lambda plan: turn(edge.session(), plan, viewer(), asked, edge.now(), dry_run=given.dry_run),
    )


def _key(given: StepForm) -> str | None:
    """Return the edit's id from the body or the header; both are fine when they agree."""
    in_header = request.headers.get("Idempotency-Key", "").strip().strip('"') or None
    if in_header and (
        len(in_header) > 100 or not in_header.isascii() or not in_header.isprintable()
    ):
        raise BadInput("Idempotency-Key must be at most 100 ASCII characters.", ["Idempotency-Key"])
    if in_header and given.client_id and in_header != given.client_id:
        raise BadInput("Idempotency-Key and client_id differ: send one.", ["client_id"])
    return given.client_id or in_header
