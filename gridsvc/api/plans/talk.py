"""What goes with a draft: proposals and other work, comments, locks, and a new base."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.plans import answers as told
from gridsvc.api.plans.answers import PLAN, plan_of, viewer
from gridsvc.api.plans.edits import answer
from gridsvc.api.plans.forms import (
    CommentForm,
    LockForm,
    ProposalForm,
    ReasonForm,
    RebaseForm,
    TakeForm,
)
from gridsvc.api.plans.schemas import (
    CommentAnswer,
    Comments,
    DecisionAnswer,
    EffectAnswer,
    Features,
    JobAnswer,
    Jobs,
    LockAnswer,
    Locks,
    Misfits,
)
from gridsvc.errors import RuleViolation
from gridsvc.geo.atoms import outlines
from gridsvc.plans import comments, jobs, locks, log, proposals, queries
from gridsvc.plans import misfits as waiting
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import EDITABLE, Decision, EditKind, JobKind

blueprint = APIBlueprint("api_plan_talk", __name__, url_prefix="/api/v1", tag="plans")

_ID = "<int(max=2147483647):{}>"
_JOB = f"{PLAN}/jobs/{_ID.format('job')}"


@blueprint.post(f"{PLAN}/propose")
@requires(Permission.EDIT_PLANS)
@blueprint.input(ProposalForm, arg_name="given")
@blueprint.doc(responses={202: "Left to the worker; see jobs", 409: "Other work is under way"})
@blueprint.output(JobAnswer, status_code=202)
def propose(number: int, given: ProposalForm) -> tuple[dict[str, Any], int]:
    """Ask the machine for alternatives."""
    db, plan = edge.session(), plan_of(number, lock=True)
    params = proposals.parameters(
        db,
        plan,
        styles=given.styles,
        communities=given.communities,
        low=given.low,
        high=given.high,
        target=given.target,
        grids=given.grids,
        seed=given.seed,
    )
    return told.job(jobs.ask(db, plan, viewer(), JobKind.PROPOSE, params, edge.now())), 202


@blueprint.get(f"{PLAN}/jobs")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Jobs)
def every_job(number: int) -> dict[str, Any]:
    """List the work done for a draft, the newest first."""
    return {"items": [told.job(one) for one in jobs.jobs(edge.session(), plan_of(number).id)]}


@blueprint.get(_JOB)
@requires(Permission.VIEW_PLANS)
@blueprint.output(JobAnswer)
def one_job(number: int, job: int) -> dict[str, Any]:
    """Tell how far a job is, and what came of it."""
    return told.job(jobs.job_of(edge.session(), plan_of(number), job))


@blueprint.post(f"{_JOB}/cancel")
@requires(Permission.EDIT_PLANS)
@blueprint.output(JobAnswer)
def cancel(number: int, job: int) -> dict[str, Any]:
    """Stop a job; a draft that was being opened is given up with it."""
    db, plan = edge.session(), plan_of(number)
    found = jobs.job_of(db, plan, job)
    jobs.cancel(db, plan, found, edge.now())
    return told.job(found)


@blueprint.get(f"{_JOB}/alternatives/<style>")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Features, content_type="application/geo+json")
def alternative(number: int, job: int, style: str) -> Response:
    """Give the grids that an alternative would make, as GeoJSON."""
    db, plan = edge.session(), plan_of(number)
    wanted = proposals.drawn(db, plan, jobs.job_of(db, plan, job), style)
    grids = outlines(wanted)
    present = queries.outlines(db, plan.id, grids.index)
    rows = {
        code: {
            "code": code,
            "households": int(grids.at[code, "households"]),
            "new": code not in present.index,
            "changed": code not in present.index
            or not grids.geometry[code].equals(present.geometry[code]),
        }
        for code in grids.index
    }
    body = f'{{"type":"FeatureCollection","features":{told.joined(grids.geometry, rows)}}}'
    return Response(body, mimetype="application/geo+json")


@blueprint.post(f"{_JOB}/take")
@requires(Permission.EDIT_PLANS)
@blueprint.input(TakeForm, arg_name="given")
@blueprint.doc(responses={200: "A preview, or a repeat", 201: "Taken", 409: "Redrawn since"})
@blueprint.output(EffectAnswer, status_code=201)
def take(number: int, job: int, given: TakeForm) -> tuple[dict[str, Any], int]:
    """Make an alternative the draft's, as one line of its log."""
    db = edge.session()

    def perform(plan: Plan) -> log.Outcome:
        return proposals.take(
            db,
            plan,
            viewer(),
            jobs.job_of(db, plan, job),
            given.style,
            log.Asked(
                EditKind.PROPOSAL, {}, given.seen, given.client_id, given.why, tuple(given.closes)
            ),
            edge.now(),
            dry_run=given.dry_run,
        )

    return answer(number, given.dry_run, perform)


@blueprint.get(f"{PLAN}/comments")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Comments)
def said(number: int) -> dict[str, Any]:
    """List what was said about a draft, what is open first."""
    found = comments.comments(edge.session(), plan_of(number).id)
    return {"items": [told.comment(one) for one in found]}


@blueprint.post(f"{PLAN}/comments")
@requires(Permission.VIEW_PLANS)
@blueprint.input(CommentForm, arg_name="given")
@blueprint.output(CommentAnswer, status_code=201)
def say(number: int, given: CommentForm) -> tuple[dict[str, Any], int]:
    """Pin words to a place."""
    made = comments.say(
        edge.session(), plan_of(number), viewer(), given.lon, given.lat, given.text, edge.now()
    )
    return told.comment(made), 201


@blueprint.post(f"{PLAN}/comments/{_ID.format('comment')}/close")
@requires(Permission.VIEW_PLANS)
@blueprint.output(CommentAnswer)
def close(number: int, comment: int) -> dict[str, Any]:
    """Close a comment without an edit: its author, or a planner."""
    return told.comment(
        comments.close(edge.session(), plan_of(number), viewer(), comment, edge.now())
    )


@blueprint.get(f"{PLAN}/locks")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Locks)
def every_lock(number: int) -> dict[str, Any]:
    """List the grids and communities that stay as they are."""
    found = queries.locks(edge.session(), plan_of(number).id)
    return {"items": [told.lock(one) for one in found]}


@blueprint.post(f"{PLAN}/locks")
@requires(Permission.EDIT_PLANS)
@blueprint.input(LockForm, arg_name="given")
@blueprint.output(LockAnswer, status_code=201)
def lock(number: int, given: LockForm) -> tuple[dict[str, Any], int]:
    """Lock a grid or a community, with the reason that a refused edit will tell."""
    plan = plan_of(number, lock=True)
    made = locks.lock(edge.session(), plan, viewer(), given.code, given.why, edge.now())
    return told.lock(made), 201


@blueprint.delete(f"{PLAN}/locks/<code>")
@requires(Permission.EDIT_PLANS)
def unlock(number: int, code: str) -> tuple[str, int]:
    """Take a lock away."""
    locks.unlock(edge.session(), plan_of(number, lock=True), viewer(), code)
    return "", 204


@blueprint.post(f"{PLAN}/rebase")
@requires(Permission.EDIT_PLANS)
@blueprint.input(RebaseForm, arg_name="given")
@blueprint.doc(responses={202: "Left to the worker; see jobs", 422: "The base is the newest"})
@blueprint.output(JobAnswer, status_code=202)
def begin_anew(number: int, given: RebaseForm) -> tuple[dict[str, Any], int]:
    """Begin again from the newest territory and draw the edits that stand once more."""
    db, plan = edge.session(), plan_of(number, lock=True)
    if plan.state not in EDITABLE or not queries.overtaken(db, plan):
        raise RuleViolation("The draft stands on the newest territory already.", [plan.id])
    asked = {"dry_run": given.dry_run}
    return told.job(jobs.ask(db, plan, viewer(), JobKind.REBASE, asked, edge.now())), 202


@blueprint.get(f"{PLAN}/misfits")
@requires(Permission.VIEW_PLANS)
@blueprint.output(Misfits)
def misfits(number: int) -> dict[str, Any]:
    """List the edits that did not fit a new base, with what was decided."""
    found = waiting.misfits(edge.session(), plan_of(number).id)
    own = ("seq", "why", "lon", "lat", "decision", "decided_at")
    return {
        "items": [
            {name: getattr(one, name) for name in own} | {"kind": kind, "params": params}
            for one, kind, params in found
        ]
    }


@blueprint.post(f"{PLAN}/misfits/{_ID.format('seq')}/drop")
@requires(Permission.EDIT_PLANS)
@blueprint.input(ReasonForm, arg_name="given")
@blueprint.output(DecisionAnswer)
def drop(number: int, seq: int, given: ReasonForm) -> dict[str, Any]:
    """Say that an edit that no longer fits is not wanted any more."""
    db, plan = edge.session(), plan_of(number, lock=True)
    waiting.decide(db, plan, viewer(), seq, Decision.DROPPED, edge.now(), given.why)
    return {"seq": seq, "decision": Decision.DROPPED}
