"""Reports and steps over the wire: what is answered, to whom, and how it is refused."""

from __future__ import annotations

import case_town
import peopled_town
import pytest
import toy_town
from case_town import GRID, HERE, Client
from peopled_town import TOWN
from sqlalchemy import func, select

from gridsvc.accounts.rules import Role
from gridsvc.incidents.models import Incident

PATH = "/api/v1/incidents"
BODY = {"category": "noise", "lon": HERE[0], "lat": HERE[1]}


@pytest.fixture
def app(session, database):
    case_town.build(session)
    return peopled_town.app_in(session, database)


@pytest.fixture
def client(app, session):
    return lambda role=Role.LEADER, scope=GRID: Client(app, session, role, scope)


def test_a_report_is_answered_201_and_its_repeat_200_with_the_same_case(client, session):
    sender = client()
    first = sender.post(PATH, BODY | {"client_report_id": "a"})
    again = sender.post(PATH, BODY, **{"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.headers["Location"] == f"{PATH}/{first.json['id']}"
    named = ("grid_code", "team", "branch", "level", "status", "review_reason")
    assert [first.json[name] for name in named] == [GRID, "T1", "BR", "grid", "reported", []]
    assert first.json["due_at"]
    assert session.scalar(select(func.count()).select_from(Incident)) == 1


def test_other_content_under_the_id_is_409_and_names_the_first(client):
    sender = client()
    first = sender.post(PATH, BODY | {"client_report_id": "a"}).json["id"]
    refused = sender.post(PATH, BODY | {"client_report_id": "a", "description": "other"})
    assert (refused.status_code, refused.json["ids"]) == (409, [str(first)])
    differ = sender.post(PATH, BODY | {"client_report_id": "b"}, **{"Idempotency-Key": "c"})
    assert differ.status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"lon": None},
        {"lat": 1e308},
        {"category": "storm"},
        {"datum": "mars"},
        {"accuracy_m": -1},
        {"description": "a\0b"},
        {"description": "\ud800"},
        {"answers": {"a": "\0"}},
        {"answers": {"a": ["\ud800"]}},
        {"answers": {"a": "x" * 10_001}},
        {"occurred_at": "2026-09-16T12:00:00"},
        {"device_at": "0001-01-01T00:00:00+14:00"},
        {"client_report_id": ""},
        {"status": "closed"},
    ],
)
def test_what_cannot_be_a_report_is_400(client, more):
    assert client().post(PATH, BODY | more).status_code == 400


def test_a_whole_life_over_the_wire(client):
    member, street = client(Role.TEAM_MEMBER), client(Role.STREET_STAFF, TOWN)
    made = member.post(PATH, BODY).json
    steps = f"{PATH}/{made['id']}/transitions"
    plan = [
        (member, {"action": "claim"}, "claimed"),
        (member, {"action": "resolve", "outcome": "solved"}, "resolved"),
        (street, {"action": "verify"}, "verified"),
        (street, {"action": "close"}, "closed"),
    ]
    for who, body, status in plan:
        answer = who.post(steps, body)
        assert (answer.status_code, answer.json.get("status")) == (200, status), answer.json
    tap = {"tracking_code": made["tracking_code"], "rating": 3}
    assert client(None).post("/api/v1/ratings", tap).json == {"id": made["id"], "rating": 3}
    told = street.get(f"{PATH}/{made['id']}/history").json
    actions = [one["action"] for one in told["items"]]
    assert actions == ["report", "claim", "resolve", "verify", "close", "rate"]
    assert told["verified"] is True
    assert told["items"][1]["username"] == f"team_member{GRID}"


def test_a_step_is_refused_with_a_reason_and_a_status_of_its_own(client):
    member = client(Role.TEAM_MEMBER)
    number = member.post(PATH, BODY).json["id"]
    steps = f"{PATH}/{number}/transitions"
    assert member.post(steps, {"action": "close"}).status_code == 422
    assert member.post(steps, {"action": "vanish"}).status_code == 400
    assert member.post(steps, {"action": "escalate"}).status_code == 400
    stranger = client(Role.LEADER, toy_town.code(1, 2))
    for path in (steps, f"{PATH}/{number}/join"):
        body = {"action": "claim"} if path == steps else {"client_report_id": "a"}
        assert stranger.post(path, body).status_code == 404
    assert stranger.get(f"{PATH}/{number}/history").status_code == 404


def test_a_likely_duplicate_is_found_and_joined(client):
    sender = client()
    number = sender.post(PATH, BODY).json["id"]
    asked = f"{PATH}/duplicates?lon={HERE[0]}&lat={HERE[1]}&category=noise"
    items = sender.get(asked).json["items"]
    assert [(one["id"], one["distance_m"]) for one in items] == [(number, 0.0)]
    for _ in range(2):
        joined = sender.post(f"{PATH}/{number}/join", {"client_report_id": "mine"})
        assert (joined.status_code, joined.json["households_affected"]) == (200, 2)
    assert sender.post(f"{PATH}/{number}/join", {}).status_code == 400


def test_the_route_is_told_before_anything_is_sent(client):
    place = f"lon={toy_town.position(0.95, 2.5)[0]}&lat={HERE[1]}&accuracy_m=20"
    asker = client()
    told = asker.get(f"/api/v1/route?category=wires&{place}").json
    assert (told["grid_code"], told["team"], told["branch"]) == (GRID, "T1", "BR")
    assert [one["grid_code"] for one in told["candidates"]] == [GRID, toy_town.code(1, 2)]
    assert (told["specialists"], told["duty_phone"]) == (["S"], "0851-1")
    assert (told["limit_kind"], told["limit_count"]) == ("working_days", 2)
    assert asker.get(f"/api/v1/route?category=storm&{place}").status_code == 400


def test_merged_histories_are_shown_together(client):
    street = client(Role.STREET_STAFF, TOWN)
    old, young = (street.post(PATH, BODY).json["id"] for _ in range(2))
    merged = street.post(f"{PATH}/{young}/transitions", {"action": "merge", "into": old})
    assert (merged.status_code, merged.json["merged_into_id"]) == (200, old)
    told = street.get(f"{PATH}/{old}/history").json
    assert [one["action"] for one in told["items"]] == ["report", "absorb"]
    assert [(one["id"], one["verified"]) for one in told["merged"]] == [(young, True)]


def test_a_step_sent_twice_with_its_id_is_taken_once_and_with_other_content_refused(client):
    sender = client()
    case = sender.post(PATH, BODY).json["id"]
    step = {"action": "claim", "client_step_id": "rain-1"}
    first, again = (sender.post(f"{PATH}/{case}/transitions", step) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    other = sender.post(f"{PATH}/{case}/transitions", {**step, "action": "return", "note": "x"})
    assert (other.status_code, other.json["reason"]) == (409, "repeated_otherwise")
    somebody = client(Role.TEAM_MEMBER)
    assert somebody.post(f"{PATH}/{case}/transitions", step).status_code == 409
    history = sender.get(f"{PATH}/{case}/history").json["items"]
    assert [one["action"] for one in history] == ["report", "claim"]


def test_numbers_of_persons_are_hidden_from_programs_too_and_the_writer_is_warned(client):
    sender, planner = client(), client(Role.PLANNER)
    words = {"description": "call 13800138000"}
    made = sender.post(PATH, BODY | words).json
    assert (made["description"], made["warnings"]) == ("call ***", ["personal_number"])
    path = f"{PATH}/{made['id']}"
    note = {"action": "escalate", "note": "or 13900139000"}
    assert sender.post(f"{path}/transitions", note).json["warnings"] == ["personal_number"]
    quiet = {"action": "claim"}
    assert sender.post(f"{path}/transitions", quiet).json["warnings"] == []
    likely = f"{PATH}/duplicates?lon={HERE[0]}&lat={HERE[1]}&category=noise"
    for page in (path, PATH, f"{path}/history", likely):
        told = sender.get(page).get_data(as_text=True)
        assert "13800138000" not in told and "13900139000" not in told, page
    assert planner.post(f"{path}/words", {}).status_code in (403, 404)
    shown = sender.post(f"{path}/words", {}).json
    assert shown == {"description": words["description"], "notes": {"2": note["note"]}}


def test_a_slip_is_issued_answered_and_closed_by_program(client, session):
    leader, street = client(), client(Role.STREET_STAFF, TOWN)
    number = leader.post(PATH, BODY).json["id"]
    other = leader.post(PATH, BODY).json["id"]
    path = f"{PATH}/{number}/slips"
    assert leader.post(path, {"reason": "quick"}).status_code == 403
    assert street.post(path, {"reason": ""}).status_code == 400
    made = street.post(path, {"reason": "call 13800138000 today"})
    assert (made.status_code, made.json["warnings"]) == (201, ["personal_number"])
    assert (made.json["reason"], made.json["issued_by_hand"]) == ("call *** today", True)
    assert street.post(path, {"reason": "again"}).status_code == 409
    one = f"{path}/{made.json['id']}"
    assert street.post(f"{one}/close", {}).status_code == 409
    assert street.post(f"{one}/answer", {"answer": "done"}).status_code == 403
    elsewhere = leader.post(f"{PATH}/{other}/slips/{made.json['id']}/answer", {"answer": "done"})
    assert (elsewhere.status_code, elsewhere.json["reason"]) == (404, "no_slip")
    answered = leader.post(f"{one}/answer", {"answer": "done"})
    assert (answered.status_code, answered.json["answer"]) == (200, "done")
    assert leader.post(f"{one}/answer", {"answer": "more"}).status_code == 409
    assert leader.post(f"{one}/close", {}).status_code == 403
    assert street.post(f"{one}/close", {}).json["closed_at"]
    (kept,) = leader.get(path).json["items"]
    assert (kept["id"], kept["answer"]) == (made.json["id"], "done")
    stranger = client(Role.LEADER, toy_town.code(2, 1))
    assert stranger.get(path).status_code == 404
    steps = [one["action"] for one in leader.get(f"{PATH}/{number}/history").json["items"]]
    assert steps == ["report", "supervise", "answer_slip", "close_slip"]
