"""How drafts are told: plain values and GeoJSON, lon and lat in EPSG:4326."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

import geopandas as gpd
import shapely

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.errors import NotSignedIn
from gridsvc.incidents.queries import Moment, moment
from gridsvc.plans import queries
from gridsvc.plans.effects import Effect
from gridsvc.plans.findings import Finding, Severities, as_edit, severities_by
from gridsvc.plans.models import (
    Plan,
    PlanComment,
    PlanEdit,
    PlanJob,
    PlanLock,
)
from gridsvc.plans.rules import UNDER_WAY, Standing, can

PLAN = "/plans/<int(max=2147483647):number>"
_OWN = (
    "id", "name", "note", "scope_code", "base_on", "state", "log_number", "effective_on",
    "created_at", "changed_at",
)  # fmt: skip
_GRID = (
    "name", "households", "dwellings", "low", "high", "reading", "compactness", "area_m2",
    "open_cases", "visit_load", "team", "branch", "held", "posts", "changed", "locked",
)  # fmt: skip


def viewer() -> UserAccount:
    """Return who asks."""
    user = edge.user()
    if user is None:
        raise NotSignedIn("sign in first")
    return user


def plan_of(number: int, *, lock: bool = False) -> Plan:
    """Return a draft that lies in the asker's scope; anybody else's is not there."""
    return queries.plan_for(edge.session(), number, viewer().scope, lock=lock)


def moment_now() -> Moment:
    """Return the moment at which open work is counted."""
    return moment(edge.today(), edge.now(), edge.settings().time_zone)


def severities() -> Severities:
    """Return how grave each kind of finding is here."""
    return severities_by(edge.settings().findings)


def person(user: UserAccount | None) -> dict[str, str] | None:
    """Tell who did something: the account and its post, never a name."""
    return None if user is None else {"username": user.username, "title": user.title}


def plans(found: list[Plan]) -> list[dict[str, Any]]:
    """Tell drafts for a list."""
    db, user = edge.session(), viewer()
    ids = [one.id for one in found]
    sizes, jobs = queries.sizes(db, ids), queries.open_jobs(db, ids)
    told = []
    for one in found:
        size, work = sizes.get(one.id), jobs.get(one.id)
        rights = can(
            user.role,
            one.state,
            covers=user.scope.covers(one.scope_code),
            author=one.owner_id == user.id,
        )
        told.append(
            {name: getattr(one, name) for name in _OWN}
            | {
                "scope_name": one.division.name,
                "owner": person(one.owner),
                "grids": size.grids if size else 0,
                "households": size.households if size else 0,
                "overtaken": one.state in UNDER_WAY and bool(queries.overtaken(db, one)),
                "job": job(work) if work else None,
                "can": rights,
            }
        )
    return told


def plan(one: Plan) -> dict[str, Any]:
    """Tell one draft, with what undo and redo would do."""
    db = edge.session()
    stand = queries.standing_of(db, one.id)
    return plans([one])[0] | {
        "undo": _line_in_short(one, stand.undo),
        "redo": _line_in_short(one, stand.redo),
    }


def _line_in_short(one: Plan, seq: int | None) -> dict[str, Any] | None:
    if seq is None:
        return None
    found = edge.session().get_one(PlanEdit, (one.id, seq))
    return {"seq": seq, "kind": found.kind, "by": person(found.actor), "at": found.at}


def line(found: PlanEdit, stand: Standing) -> dict[str, Any]:
    """Tell a line of the log."""
    own = ("seq", "kind", "params", "at", "why", "grids", "households", "shifted_m")
    return {name: getattr(found, name) for name in own} | {
        "actor": person(found.actor),
        "of": found.of_seq,
        "standing": found.seq in stand.edits,
    }


def job(found: PlanJob) -> dict[str, Any]:
    """Tell a job; its result's fields stand beside its own."""
    own = (
        "id", "kind", "state", "done", "total", "error", "seen", "params", "created_at",
        "finished_at",
    )  # fmt: skip
    return {name: getattr(found, name) for name in own} | (found.result or {})


def finding(one: Finding) -> dict[str, Any]:
    """Tell a finding, with its fixes as edits that can be sent as they are."""
    own = ("kind", "severity", "grids", "community", "figure", "unit", "lon", "lat", "detail")
    waiver = one.waiver
    return {name: getattr(one, name) for name in own} | {
        "key": f"{one.kind}:{'+'.join(one.grids)}",
        "geometry": None if one.geometry is None else json.loads(shapely.to_geojson(one.geometry)),
        "waived": None
        if waiver is None
        else {"why": waiver.why, "by": person(waiver.by), "at": waiver.at},
        "fixes": [as_edit(fix) for fix in one.fixes],
    }


def comment(one: PlanComment) -> dict[str, Any]:
    """Tell a comment."""
    own = ("id", "at", "lon", "lat", "text", "closed_at", "closed_seq")
    return {name: getattr(one, name) for name in own} | {
        "author": person(one.author),
        "closed_by": person(one.closed_by),
    }


def lock(one: PlanLock) -> dict[str, Any]:
    """Tell a lock."""
    return {"code": one.code, "why": one.why, "by": person(one.by), "at": one.at}


def effect(one: Effect, found: Plan) -> dict[str, Any]:
    """Tell what an edit did, or would do."""
    made = one.outcome
    stand = queries.standing_of(edge.session(), found.id)
    base = queries.base_codes(edge.session(), found.id)
    return {
        "seq": made.seq,
        "kind": made.kind,
        "dry_run": made.seq is None,
        "repeated": made.repeated,
        "rebased": made.rebased,
        "log_number": found.log_number,
        "shifted_m": round(made.edit.shifted_m, 2),
        "undo": stand.undo,
        "redo": stand.redo,
        "grids": [_halves(one, code, base) for code in sorted(made.edit.grids)],
        "features": {
            "type": "FeatureCollection",
            "features": json.loads(features(one.after, base)),
        },
        "findings": [finding(each) for each in one.findings],
    }


def _halves(one: Effect, code: str, base: Collection[str]) -> dict[str, Any]:
    """Tell a grid before and after an edit."""
    after = _properties(one.after, code, base) if code in one.after.index else None
    before = _properties(one.before, code, base) if code in one.before.index else None
    told = dict(after or before or {"code": code})
    told["retired"] = after is None
    for name in ("households", "dwellings", "open_cases"):
        told[f"{name}_before"] = before[name] if before else None
        if after is None:
            told[name] = 0
    return told


def features(grids: gpd.GeoDataFrame, base: Collection[str]) -> str:
    """Write the features of grids, as `gridsvc.plans.figures.Facts` tells them, as a JSON array."""
    return joined(grids.geometry, {code: _properties(grids, code, base) for code in grids.index})


def joined(shapes: gpd.GeoSeries, properties: Mapping[Any, Mapping[str, Any]]) -> str:
    """Write features as a JSON array: GEOS writes the shapes, which is most of the text."""
    texts = shapely.to_geojson(shapes.to_numpy())
    rows = [
        f'{{"type":"Feature","id":{json.dumps(key)},"geometry":{text},'
        f'"properties":{json.dumps(properties[key], ensure_ascii=False)}}}'
        for key, text in zip(shapes.index.tolist(), texts, strict=True)
    ]
    return f"[{','.join(rows)}]"


def _properties(grids: gpd.GeoDataFrame, code: str, base: Collection[str]) -> dict[str, Any]:
    row = grids.loc[code]
    told = {name: _plain(row[name]) for name in _GRID if name in grids}
    told["posts_held"] = told.pop("held", None)
    return {"code": code, "community": code[:12], "new": code not in base} | told


def _plain(value: Any) -> Any:
    """Give a value of a frame as JSON has it."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float):
        return None if math.isnan(plain) else round(plain, 4)
    return plain
