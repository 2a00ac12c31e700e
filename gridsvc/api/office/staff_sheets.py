"""/api/v1/staffing/sheets: assignments and posts from a spreadsheet, tried out before they load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.api.answers import Answer
from gridsvc.api.questions import Cursor, Day, Question
from gridsvc.errors import BadInput, Conflict
from gridsvc.staffing.queries import assigned_on
from gridsvc.staffing.rules import Source
from gridsvc.staffing.sheet import words
from gridsvc.staffing.sheet.judged import Judged, Said
from gridsvc.staffing.sheet.judging import judge
from gridsvc.staffing.sheet.loading import LOADED, load, loads, wait_for_others
from gridsvc.staffing.sheet.reading import Table, read

blueprint = APIBlueprint("api_staff_sheets", __name__, url_prefix="/api/v1", tag="staffing")


class SaidAnswer(BaseModel):
    """A fault or a note: the column it is about (empty: the row), a stable reason, a sentence."""

    field: str
    reason: str
    detail: str


class RowAnswer(BaseModel):
    """A row as it was understood; one with faults is to be changed."""

    number: int = Field(description="As the spreadsheet counts, from 1.")
    values: dict[str, Any]
    team_now: str | None = Field(description="Code of who looks after its grid on ``begin``.")
    branch_now: str | None
    faults: list[SaidAnswer]
    notes: list[SaidAnswer]


class TrialAnswer(BaseModel):
    """What a sheet would do; ``tag`` (also the ETag) is what ``If-Match`` confirms."""

    tag: str
    begin: date
    to_change: int = Field(description="Rows with faults; nothing loads while there is one.")
    new_teams: list[str]
    new_branches: list[str]
    rows: list[RowAnswer]
    columns_passed_over: list[str]
    columns_of_persons: list[str] = Field(description="Passed over: posts are kept, not persons.")


class LoadedAnswer(Answer):
    """What a sheet did."""

    rows: int
    made: int = Field(description="Teams and branches that are new.")
    handed_over: int = Field(description="Grids that get another team.")
    posts: int
    offered: int


class LoadAnswer(LoadedAnswer):
    """A sheet that was loaded, and the first day of its rows without one."""

    id: int
    at: datetime
    begin: date


class Loads(Answer):
    """A page of the caller's loads, newest first; ``next`` is what to ask ``before`` for."""

    items: list[LoadAnswer]
    next: int | None


class LoadsQuestion(Question):
    """A page of loads."""

    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(20, ge=1, le=100)


@blueprint.get("/staffing/sheets")
@requires(Permission.KEEP_STAFF)
@blueprint.input(LoadsQuestion, location="query", arg_name="asked")
@blueprint.output(Loads)
def listed(asked: LoadsQuestion) -> dict[str, Any]:
    """List the sheets that the caller's account loaded, on the page or here."""
    found = loads(edge.session(), _caller(), before=asked.before, limit=asked.limit + 1)
    page = found[: asked.limit]
    items = [
        {"id": one.id, "at": one.at, "begin": one.detail["from"], **one.detail} for one in page
    ]
    return {"items": items, "next": page[-1].id if len(found) > len(page) else None}


_TAKEN: dict[int | str, Any] = {
    201: {
        "description": "Loaded",
        "content": {"application/json": {"schema": LoadedAnswer.model_json_schema()}},
    },
    400: {"description": "No sheet that can be read"},
    409: {"description": "It would do something else now than If-Match names"},
    422: {"description": "Rows are to be changed first; ids are their numbers"},
}


@blueprint.post("/staffing/sheets")
@requires(Permission.KEEP_STAFF)
@blueprint.output(TrialAnswer)
@blueprint.doc(
    description="multipart/form-data with the file `file` (.xlsx or .csv, at most 2 MB) and `on`, "
    "the first day of rows that name none (today by default). Without `If-Match` nothing is "
    "written: the answer says row by row what the sheet would do, and its `ETag` names that. "
    "Sent again with that `If-Match` the sheet is loaded, all of it or nothing.",
    responses=_TAKEN,
)
def take(**_: Any) -> Response | dict[str, Any]:
    """Try a sheet out, or with If-Match load it."""
    db, by, begin = edge.session(), _caller(), _begin()
    table = _sent()
    if request.if_match:
        wait_for_others(db)
    judged = judge(db, table.rows, scope=by.scope, begin=begin, today=edge.today())
    held = assigned_on(db, by.scope, begin).set_index("grid")[["team", "branch"]]
    told = _told(table, judged, begin, held.to_dict("index"))
    if not request.if_match:
        answer = jsonify(TrialAnswer(**told).model_dump(mode="json"))
        answer.set_etag(told["tag"])
        return answer
    # “*” would load whatever it would do now.
    if told["tag"] not in request.if_match.as_set():
        raise Conflict(
            "The sheet would do something else now than If-Match names: try it out again.",
            ["If-Match"],
        )
    done = load(db, judged, by, edge.now(), edge.today())
    record(db, by, LOADED, "", asdict(done) | {"from": begin.isoformat()})
    db.commit()
    answer = jsonify(LoadedAnswer.model_validate(done).model_dump(mode="json"))
    answer.status_code = 201
    return answer


def _sent() -> Table:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("Send the sheet as multipart/form-data, in the field “file”.", ["file"])
    with sent.stream as data:
        return read(data.read(), sent.filename)


def _begin() -> date:
    text = request.form.get("on", "").strip()
    try:
        return TypeAdapter(Day).validate_python(text) if text else edge.today()
    except ValidationError:
        raise BadInput(f"“{text[:20]}” is no date: write it as 2026-11-22.", ["on"]) from None


def _told(
    table: Table, judged: Judged, begin: date, held: Mapping[Any, Mapping[Any, Any]]
) -> dict[str, Any]:
    now = [held.get(line.values.get("grid"), {}) for line in judged.lines]
    rows = [
        {
            "number": line.number,
            "team_now": one.get("team"),
            "branch_now": one.get("branch"),
            "values": {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in line.values.items()
            },
            "faults": [_sentence(said) for said in line.faults],
            "notes": [_sentence(said) for said in line.notes],
        }
        for line, one in zip(judged.lines, now, strict=True)
    ]
    told: dict[str, Any] = {
        "begin": begin.isoformat(),
        "to_change": judged.faults,
        "new_teams": sorted(judged.made & judged.teams.keys()),
        "new_branches": sorted(judged.made & judged.branches.keys()),
        "rows": rows,
        "columns_passed_over": table.ignored,
        "columns_of_persons": table.persons,
    }
    written = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
    return told | {"tag": hashlib.sha256(written).hexdigest()[:32]}


def _sentence(one: Said) -> dict[str, str]:
    values = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in one.values.items()
    }
    values.setdefault("sources", ", ".join(Source))
    return {"field": one.field, "reason": one.reason, "detail": words.said(one.reason, values)}


def _caller() -> UserAccount:
    user = edge.user()
    assert user is not None  # noqa: S101 - the gate let nobody else in
    return user
