"""Drafts of another division into grids: listed, begun, and shown with their live figures."""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from sqlalchemy import func, select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.plans import answers as told
from gridsvc.api.plans.answers import PLAN, plan_of, viewer
from gridsvc.api.plans.forms import AtomsQuestion, PlanChange, PlanForm, PlansQuestion
from gridsvc.api.plans.schemas import DraftFeatures, PlanAnswer, Plans
from gridsvc.incidents.models import IncidentEvent
from gridsvc.plans import atoms as store
from gridsvc.plans import drafts, figures, jobs, queries
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import AT_ONCE_GRIDS, JobKind, PlanState

blueprint = APIBlueprint("api_plans", __name__, url_prefix="/api/v1", tag="plans")

GEOJSON = "application/geo+json"


@blueprint.get("/plans")
@requires(Permission.VIEW_PLANS)
@blueprint.input(PlansQuestion, location="query", arg_name="asked")
@blueprint.output(Plans)
def plans(asked: PlansQuestion) -> dict[str, Any]:
    """List the drafts of the caller's area, the newest first."""
    scope = viewer().scope.narrowed(asked.within or "")
    found = queries.plans(
        edge.session(), scope, state=asked.state, before=asked.before, limit=asked.limit + 1
    )
    page = found[: asked.limit]
    return {
        "items": told.plans(page),
        "next": page[-1].id if len(found) > len(page) else None,
    }


@blueprint.post("/plans")
@requires(Permission.EDIT_PLANS)
@blueprint.input(PlanForm, arg_name="given")
@blueprint.doc(responses={201: "Begun; a large one is opened by the worker: see job"})
@blueprint.output(PlanAnswer, status_code=201)
def begin(given: PlanForm) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Begin a draft from the territory of a day."""
    db, user = edge.session(), viewer()
    plan = drafts.begin(
        db,
        user,
        name=given.name,
        scope=given.scope,
        note=given.note,
        base_on=given.base_on,
        now=edge.now(),
        today=edge.today(),
    )
    if drafts.grids_to_open(db, given.scope, plan.base_on) <= AT_ONCE_GRIDS:
        drafts.fill(db, plan)
        plan.state = PlanState.DRAFT
    else:
        jobs.ask(db, plan, user, JobKind.OPEN, {}, edge.now())
    db.flush()
    place = {"Location": url_for("api_plans.plan", number=plan.id)}
    return told.plan(plan), 201, place


@blueprint.get(PLAN)
@requires(Permission.VIEW_PLANS)
@blueprint.output(PlanAnswer)
def plan(number: int) -> dict[str, Any]:
    """Give one draft."""
    return told.plan(plan_of(number))


@blueprint.patch(PLAN)
@requires(Permission.EDIT_PLANS)
@blueprint.input(PlanChange, arg_name="given")
@blueprint.output(PlanAnswer)
def change(number: int, given: PlanChange) -> dict[str, Any]:
    """Change what is said of a draft, give it up, or take that back."""
    found = plan_of(number, lock=True)
    said = {name: getattr(given, name) for name in given.model_fields_set}
    return told.plan(drafts.change(edge.session(), found, viewer(), edge.now(), **said))


@blueprint.get(f"{PLAN}/grids")
@requires(Permission.VIEW_PLANS)
@blueprint.output(DraftFeatures, content_type=GEOJSON)
def grids(number: int) -> Response:
    """Give the grids of a draft with their live figures, as GeoJSON."""
    found = plan_of(number)
    tag = _tag(found)
    if request.if_none_match.contains(tag):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    db = edge.session()
    drawn = queries.outlines(db, found.id)
    known = figures.facts(db, found.id, drawn.index, edge.sight(), told.moment_now())
    base = queries.base_codes(db, found.id)
    return _collection(told.features(known.about(drawn), base), found.log_number, tag)


@blueprint.get(f"{PLAN}/base")
@requires(Permission.VIEW_PLANS)
@blueprint.output(DraftFeatures, content_type=GEOJSON)
def base(number: int) -> Response:
    """Give the grids that a draft began from, as GeoJSON."""
    found = plan_of(number)
    began = queries.base_outlines(edge.session(), found.id)
    counts = {
        code: {"code": code, "households": int(row.households), "dwellings": int(row.dwellings)}
        for code, row in zip(began.index, began.itertuples(), strict=True)
    }
    return _collection(told.joined(began.geometry, counts), found.log_number)


@blueprint.get(f"{PLAN}/atoms")
@requires(Permission.VIEW_PLANS)
@blueprint.input(AtomsQuestion, location="query", arg_name="asked")
@blueprint.output(DraftFeatures, content_type=GEOJSON)
def atoms(number: int, asked: AtomsQuestion) -> Response:
    """Give the atoms of some grids or communities, as GeoJSON."""
    found = plan_of(number)
    held = store.load(edge.session(), found.id, asked.grids.split(","))
    names = ("grid", "households", "dwellings", "building", "block")
    rows = held[[*names]].astype(object).where(held[[*names]].notna(), None)
    properties = {
        atom: {"atom": atom, **dict(zip(names, row, strict=True))}
        for atom, row in zip(held.index.tolist(), rows.values.tolist(), strict=True)
    }
    return _collection(told.joined(held.geometry, properties), found.log_number)


def _tag(plan: Plan) -> str:
    """Name the state of a draft's figures: its log, its locks, and the cases of the day."""
    db = edge.session()
    newest_case = db.scalar(select(func.max(IncidentEvent.id))) or 0
    locks = queries.locks(db, plan.id)
    locked = f"{len(locks)}.{max((one.at.timestamp() for one in locks), default=0):.0f}"
    day = edge.today().toordinal()
    return f"{plan.id}-{plan.log_number}-{plan.state.value}-{locked}-{newest_case}-{day}"


def _collection(features: str, log_number: int, tag: str | None = None) -> Response:
    head = json.dumps({"type": "FeatureCollection", "log_number": log_number})
    answer = Response(f'{head[:-1]}, "features": {features}}}', mimetype=GEOJSON)
    answer.headers["Cache-Control"] = "private, no-cache"
    if tag:
        answer.headers["ETag"] = f'"{tag}"'
    return answer
