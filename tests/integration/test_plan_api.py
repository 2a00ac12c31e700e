"""Drafts over the wire: what is answered, to whom, and how it is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import peopled_town
import pytest
import toy_town
from case_town import Client
from peopled_town import TOWN
from sqlalchemy import func, select

from gridsvc.accounts.rules import Role
from gridsvc.app import create_app
from gridsvc.errors import BadInput
from gridsvc.plans.models import Plan, PlanEdit

PATH = "/api/v1/plans"
A, B, C = (toy_town.code(1, sequence) for sequence in (1, 2, 3))
DOWN = [list(toy_town.position(0.5, 3.2)), list(toy_town.position(0.5, 1.8))]
SPLIT = {"kind": "split", "params": {"grid": A, "line": DOWN}, "seen": 0}
MERGE = {"kind": "merge", "params": {"into": B, "others": [C]}, "seen": 0}


@pytest.fixture
def app(session, database):
    peopled_town.build(session)
    return peopled_town.app_in(session, database)


@pytest.fixture
def client(app, session):
    return lambda role=Role.PLANNER, scope=TOWN: Client(app, session, role, scope)


@pytest.fixture
def planner(client):
    return client()


@pytest.fixture
def draft(planner):
    made = planner.post(PATH, {"name": "西片", "scope": TOWN})
    assert made.status_code == 201, made.json
    return made.headers["Location"]


def test_a_small_draft_is_open_at_once_and_tells_what_it_holds(planner, draft):
    told = planner.get(draft).json
    assert (told["state"], told["grids"], told["households"]) == ("draft", 9, 1500)
    assert told["can"] == dict.fromkeys(("edit", "comment", "submit"), True) | dict.fromkeys(
        ("approve", "publish"), False
    )
    assert [one["id"] for one in planner.get(PATH).json["items"]] == [told["id"]]


def test_the_grids_carry_live_figures_and_a_tag_that_the_log_changes(planner, draft):
    first = planner.get(f"{draft}/grids")
    grids = {one["id"]: one["properties"] for one in first.json["features"]}
    named = ("households", "reading", "open_cases", "team", "branch", "posts_held", "changed")
    assert [grids[A][name] for name in named] == [120, "in_range", 7, "T1", "BR", 7, False]
    assert grids[C]["reading"] == "below"
    tag = first.headers["ETag"]
    assert planner.get(f"{draft}/grids", **{"If-None-Match": tag}).status_code == 304
    planner.post(f"{draft}/edits", MERGE)
    assert planner.get(f"{draft}/grids", **{"If-None-Match": tag}).status_code == 200


def test_a_preview_tells_both_halves_and_stores_nothing(planner, draft, session):
    told = planner.post(f"{draft}/edits", SPLIT | {"dry_run": True})
    assert told.status_code == 200
    halves = {one["code"]: one for one in told.json["grids"]}
    assert sum(one["households"] for one in halves.values()) == 120
    assert sum(one["open_cases"] for one in halves.values()) == 7
    assert halves[A]["households_before"] == 120 and halves[A]["team"] == "T1"
    new = halves[toy_town.code(1, 7)]
    assert (new["new"], new["households_before"], new["team"]) == (True, None, None)
    assert {one["kind"] for one in told.json["findings"]} >= {"out_of_range"}
    assert session.scalar(select(func.count()).select_from(PlanEdit)) == 0


def test_an_edit_is_made_once_undone_and_redone(planner, draft):
    first = planner.post(f"{draft}/edits", SPLIT | {"client_id": "a", "why": "two lanes"})
    again = planner.post(f"{draft}/edits", SPLIT, **{"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["repeated"] and again.json["seq"] == first.json["seq"] == 1
    undone = planner.post(f"{draft}/undo", {"seen": 1})
    assert (undone.status_code, undone.json["undo"], undone.json["redo"]) == (201, None, 1)
    redone = planner.post(f"{draft}/redo", {"seen": 2})
    assert redone.json["log_number"] == 3
    log = planner.get(f"{draft}/edits").json
    assert [one["kind"] for one in log["items"]] == ["redo", "undo", "split"]
    assert log["items"][-1]["why"] == "two lanes" and log["items"][-1]["standing"]


def test_edits_that_meet_are_409_and_name_the_line(client, draft):
    one, other = client(scope=f"{TOWN[:6]}"), client(scope="")
    assert one.post(f"{draft}/edits", SPLIT).status_code == 201
    apart = other.post(f"{draft}/edits", MERGE)
    assert (apart.status_code, apart.json["rebased"]) == (201, True)
    meets = other.post(f"{draft}/edits", SPLIT)
    assert (meets.status_code, meets.json["code"], meets.json["ids"]) == (409, "edits_meet", ["1"])


def test_a_refusal_tells_the_place(planner, draft):
    beside = [list(toy_town.position(5, 5)), list(toy_town.position(6, 6))]
    missed = planner.post(f"{draft}/edits", SPLIT | {"params": {"grid": A, "line": beside}})
    assert missed.status_code == 400 and len(missed.json["place"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        SPLIT | {"seen": -1},
        SPLIT | {"seen": 7},
        SPLIT | {"kind": "undo"},
        SPLIT | {"kind": "proposal"},
        SPLIT | {"params": {"grid": A, "line": [[1e400, 0], [0, 0]]}},
        SPLIT | {"params": {"grid": "\0", "line": DOWN}},
        SPLIT | {"params": {"grid": A, "line": "here"}},
        SPLIT | {"params": {"grid": A, "line": DOWN * 30_000}},
        SPLIT | {"client_id": "a b"},
        SPLIT | {"params": {"grid": A, "line": [[[[0]]]]}},
        SPLIT | {"params": json.loads("[" * 400 + "]" * 400)},
        SPLIT | {"params": {"line": json.loads("[" * 400 + "]" * 400)}},
        SPLIT | {"colour": "red"},
    ],
)
def test_what_cannot_be_an_edit_is_400(planner, draft, body):
    assert planner.post(f"{draft}/edits", body).status_code == 400


def test_nobody_else_sees_a_draft(client, draft):
    for role, scope in ((Role.PLANNER, f"{TOWN}001"), (Role.STREET_STAFF, "520303001")):
        viewer = client(role, scope)
        assert viewer.get(draft).status_code == viewer.get(f"{draft}/grids").status_code == 404
    assert client(Role.LEADER, "").get(draft).status_code == 403


def test_the_offices_read_and_comment_but_do_not_draw(client, draft):
    street = client(Role.STREET_STAFF)
    assert street.get(f"{draft}/findings").status_code == 200
    assert street.post(f"{draft}/edits", SPLIT).status_code == 403
    lon, lat = toy_town.position(0.5, 2.5)
    said = street.post(f"{draft}/comments", {"lon": lon, "lat": lat, "text": "学校"})
    assert said.status_code == 201
    closing = f"{draft}/comments/{said.json['id']}/close"
    assert client(Role.COMMUNITY_STAFF).post(closing, {}).status_code == 403
    assert street.post(closing, {}).json["closed_by"]["username"] == f"street_staff{TOWN}"


def test_an_edit_closes_the_comment_that_it_answers(planner, draft):
    lon, lat = toy_town.position(0.5, 2.5)
    number = planner.post(f"{draft}/comments", {"lon": lon, "lat": lat, "text": "x"}).json["id"]
    planner.post(f"{draft}/edits", SPLIT | {"closes": [number]})
    told = planner.get(f"{draft}/comments").json["items"][0]
    assert (told["closed_seq"], told["closed_by"]["username"]) == (1, f"planner{TOWN}")
    again = planner.post(f"{draft}/edits", MERGE | {"closes": [number], "seen": 1})
    assert again.status_code == 404
    assert planner.get(draft).json["log_number"] == 1


def test_a_lock_refuses_and_tells_why(planner, draft):
    assert planner.post(f"{draft}/locks", {"code": A, "why": "agreed"}).status_code == 201
    refused = planner.post(f"{draft}/edits", SPLIT)
    assert refused.status_code == 422 and "agreed" in refused.json["detail"]
    assert planner.get(f"{draft}/grids").json["features"][0]["properties"]["locked"] == "agreed"
    assert planner._client.delete(f"{draft}/locks/{A}", headers=planner._headers).status_code == 204
    assert planner.post(f"{draft}/edits", SPLIT).status_code == 201


def test_a_warning_is_passed_with_a_reason_for_as_long_as_it_is_the_same(planner, draft):
    found = planner.get(f"{draft}/findings").json
    small = next(one for one in found["items"] if one["grids"] == [C])
    assert small["kind"] == "out_of_range" and small["severity"] == "warning"
    waiver = {"kind": "out_of_range", "grids": [C], "why": "one house short"}
    assert planner.post(f"{draft}/findings/waive", waiver).status_code == 200
    told = planner.get(f"{draft}/findings").json
    assert told["warnings"] == found["warnings"] - 1
    edge = [list(toy_town.position(2.4, 3.2)), list(toy_town.position(2.4, 1.8))]
    planner.post(f"{draft}/edits", {**SPLIT, "params": {"grid": C, "line": edge}})
    told = planner.get(f"{draft}/findings").json["items"]
    assert all(one["waived"] is None for one in told if one["figure"] != small["figure"])


def test_a_fix_is_an_edit_that_can_be_sent_as_it_is(planner, draft):
    found = planner.get(f"{draft}/findings").json["items"]
    empty = toy_town.code(2, 2)
    fixes = next(one for one in found if one["grids"] == [empty])["fixes"]
    fix = next(one for one in fixes if one["kind"] != "propose")
    sent = {"kind": fix["kind"], "params": fix["params"], "seen": 0}
    made = planner.post(f"{draft}/edits", sent)
    assert made.status_code == 201, made.json
    told = {one["code"]: one["households"] for one in made.json["grids"]}
    assert {code: told[code] for code in fix["households"]} == fix["households"]


def test_comparing_tells_the_flow_and_the_cases_that_change_hands(planner, draft):
    planner.post(f"{draft}/edits", {**MERGE, "params": {"into": B, "others": [A]}})
    told = planner.get(f"{draft}/compare").json
    assert told["moved_households"] == 120
    assert {(one["before"], one["after"]) for one in told["flows"]} >= {(A, B)}
    assert len(told["cases"]) == 7
    assert {(one["team_before"], one["team_after"]) for one in told["cases"]} == {("T1", "T2")}
    day = planner.get(f"{draft}/compare?with=2026-09-01").json
    assert day["moved_households"] == 120
    assert planner.get(f"{draft}/compare?with=plan:999").status_code == 404


@pytest.mark.parametrize("asked", ["compare?with", "handover?effective_on"])
def test_a_day_before_the_first_grids_is_told_as_such(planner, draft, asked):
    told = planner.get(f"{draft}/{asked}=1999-01-01")
    assert (told.status_code, "had no grids on 1999-01-01" in told.json["detail"]) == (404, True)


def test_proposals_are_left_to_the_worker_and_can_be_cancelled(planner, draft, session):
    asked = planner.post(f"{draft}/propose", {"grids": 5, "seed": 3})
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    assert (asked.json["params"]["target"], asked.json["params"]["seed"]) == (300, 3)
    assert planner.get(draft).json["job"]["id"] == asked.json["id"]
    assert planner.post(f"{draft}/propose", {}).status_code == 409
    job = f"{draft}/jobs/{asked.json['id']}"
    assert planner.post(f"{job}/cancel", {}).json["state"] == "cancelled"
    assert planner.get(f"{job}/alternatives/balanced").status_code == 404
    assert planner.post(f"{draft}/propose", {"low": 5, "high": 4}).status_code == 400
    assert planner.post(f"{draft}/propose", {"communities": ["1" * 12]}).status_code == 404


def test_a_draft_on_the_newest_map_has_nothing_to_rebase(planner, draft):
    assert planner.post(f"{draft}/rebase", {"seen": 0}).status_code == 422
    assert planner.get(f"{draft}/misfits").json == {"items": []}
    assert planner.post(f"{draft}/misfits/1/drop", {}).status_code == 404


def test_a_draft_is_given_up_and_taken_back(planner, draft, session):
    patch = lambda body: planner._client.patch(draft, json=body, headers=planner._headers)  # noqa: E731
    assert patch({"state": "withdrawn"}).json["state"] == "withdrawn"
    assert planner.post(f"{draft}/edits", SPLIT).status_code == 422
    assert patch({"state": "draft", "name": "东片"}).json["name"] == "东片"
    assert patch({"name": None}).status_code == 400
    assert session.scalars(select(Plan.name)).one() == "东片"


def test_a_setting_makes_a_finding_graver_for_the_list_and_for_a_submission(
    planner, draft, app, database
):
    graver = replace(database, findings=(("out_of_range", "blocking"), ("narrow_neck", "off")))
    app.extensions["gridsvc.settings"] = graver
    assert planner.get(f"{draft}/findings").json["blocking"] == 3
    refused = planner.post(f"{draft}/submit", {"effective_on": "2199-01-01"})
    assert refused.status_code == 422 and "3 findings block" in refused.json["detail"]
    with pytest.raises(BadInput, match="GRIDSVC_FINDINGS cannot set gap"):
        create_app(replace(database, findings=(("gap", "off"),)))


def test_a_scribble_is_told_how_long_it_is_and_where_it_begins(planner, draft):
    west, south = toy_town.position(0.2, 2.2)
    digits = [1e-13 * step for step in range(10_000)]
    scribble = [[west + one + step % 7 * 1e-5, south + one] for step, one in enumerate(digits)]
    wish = {**SPLIT, "params": {"grid": A, "line": scribble}}
    refused = planner.post(f"{draft}/edits", wish)
    assert refused.status_code == 400
    assert "10000 vertices, at most 5000" in refused.json["detail"]
    assert refused.json["place"] == pytest.approx(scribble[0])


def test_every_answer_about_drafts_is_described(planner):
    paths = planner.get("/api/v1/openapi.json").json["paths"]
    bare = [
        f"{how} {path}"
        for path, operations in paths.items()
        for how, operation in operations.items()
        if path.startswith(("/api/v1/plans", "/api/v1/publications"))
        for status, answer in operation["responses"].items()
        if status in ("200", "201", "202")
        and how != "delete"
        and not any(one.get("schema") for one in answer.get("content", {}).values())
    ]
    # A preview or a repeat is told as the edit itself; a roll back as its request or version.
    told_above = ("edits", "undo", "redo", "take", "rollback")
    assert [one for one in bare if not one.endswith(told_above)] == []
