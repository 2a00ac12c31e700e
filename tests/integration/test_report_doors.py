"""What every door of reporting holds to: questions, floods, and who is told whose place it is."""

from __future__ import annotations

from datetime import UTC, datetime

import case_town
import pytest
import toy_town
from case_town import GRID, HERE, NOW, Client
from peopled_town import app_in
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts.rules import Role
from gridsvc.errors import BadInput
from gridsvc.incidents.arrival import flood
from gridsvc.incidents.models import Category, CategoryQuestion, Incident

BODY = {"category": "wires", "lon": HERE[0], "lat": HERE[1]}


@pytest.fixture
def town(session: Session, database, monkeypatch):
    monkeypatch.setattr(edge, "now", lambda: NOW)
    case_town.build(session)
    return app_in(session, database)


def ask_for_height(session: Session) -> None:
    wires = session.scalars(select(Category.id).where(Category.code == "wires")).one()
    session.add(
        CategoryQuestion(
            category_id=wires, code="height", rank=1, datatype="number", required=True,
            prompt="离地多高？",
        )
    )  # fmt: skip
    session.flush()


def test_a_required_question_is_asked_at_every_door(town, session: Session) -> None:
    ask_for_height(session)
    leader = Client(town, session, Role.LEADER, GRID)
    refused = leader.post("/api/v1/incidents", BODY)
    assert (refused.status_code, refused.json["ids"]) == (400, ["height"])
    for answers in ({"height": "hoch"}, {"height": 2, "colour": "red"}):
        assert leader.post("/api/v1/incidents", {**BODY, "answers": answers}).status_code == 400
    made = leader.post("/api/v1/incidents", {**BODY, "answers": {"height": "2.5"}})
    assert made.status_code == 201
    assert session.get_one(Incident, made.json["id"]).answers == {"height": 2.5}
    user = case_town.account(session, "cli", Role.LEADER, GRID)
    with pytest.raises(BadInput, match="height"):
        case_town.report(session, user, category="wires")


def test_a_report_that_came_in_stays_in_when_a_question_is_added_later(town, session) -> None:
    leader = Client(town, session, Role.LEADER, GRID)
    body = {**BODY, "client_report_id": "before"}
    first = leader.post("/api/v1/incidents", body).json["id"]
    ask_for_height(session)
    again = leader.post("/api/v1/incidents", body)
    assert (again.status_code, again.json["id"]) == (200, first)


def test_an_account_that_floods_is_told_when_to_go_on_and_repeats_are_answered(
    town, session: Session, monkeypatch
) -> None:
    monkeypatch.setattr(flood, "MOST", 3)
    leader = Client(town, session, Role.LEADER, GRID)
    sent = [
        leader.post("/api/v1/incidents", {**BODY, "client_report_id": str(n)}) for n in range(5)
    ]
    assert [one.status_code for one in sent] == [201, 201, 201, 429, 429]
    assert int(sent[3].headers["Retry-After"]) == flood.WINDOW.total_seconds()
    assert leader.post("/api/v1/incidents", {**BODY, "client_report_id": "1"}).status_code == 200
    member = Client(town, session, Role.TEAM_MEMBER, GRID)
    assert member.post("/api/v1/incidents", BODY).status_code == 201
    monkeypatch.setattr(edge, "now", lambda: NOW + flood.WINDOW)
    assert leader.post("/api/v1/incidents", {**BODY, "client_report_id": "4"}).status_code == 201


def test_the_way_of_a_report_names_team_and_phone_to_those_who_may_see_the_grid(
    town, session: Session
) -> None:
    path = f"/api/v1/route?lon={HERE[0]}&lat={HERE[1]}&category=wires"
    own = Client(town, session, Role.LEADER, GRID).get(path).json
    assert (own["team"], own["duty_phone"], own["specialist_names"]) == ("T1", "0851-1", ["专业队"])
    assert datetime.fromisoformat(own["due_at"]) > NOW.astimezone(UTC)
    other = Client(town, session, Role.LEADER, toy_town.code(2, 1)).get(path).json
    assert (other["grid_code"], other["due_at"]) == (GRID, own["due_at"])
    hidden = ("team", "team_name", "duty_phone", "branch", "lead_post")
    assert [other[name] for name in hidden] == [None] * 5
    assert other["specialists"] == other["specialist_names"] == []


def test_of_a_case_outside_the_own_area_only_its_reporter_is_offered_what_he_reported(
    town, session: Session
) -> None:
    path = f"/api/v1/incidents/duplicates?lon={HERE[0]}&lat={HERE[1]}&category=wires"
    reporter = Client(town, session, Role.LEADER, toy_town.code(2, 1))
    other = Client(town, session, Role.LEADER, toy_town.code(2, 2))
    made = reporter.post("/api/v1/incidents", {**BODY, "description": "a cable hangs low"}).json
    (found,) = reporter.get(path).json["items"]
    assert (found["id"], found["own"], found["description"]) == (
        made["id"],
        True,
        "a cable hangs low",
    )
    assert found["status"] is found["households_affected"] is None
    assert other.get(path).json["items"] == []
    join, key = f"/api/v1/incidents/{made['id']}/join", {"client_report_id": "again"}
    assert other.post(join, key).status_code == 404
    assert reporter.post(join, key).status_code == reporter.post(join, key).status_code == 200
    assert session.get_one(Incident, made["id"], populate_existing=True).households_affected == 2


def exchanged(sent: dict) -> dict:
    return {**sent, "lon": sent["lat"], "lat": sent["lon"]}


def test_the_interface_keeps_exchanged_numbers_and_lets_the_office_set_the_place(
    town, session: Session
) -> None:
    leader = Client(town, session, Role.LEADER, toy_town.code(2, 1))
    community = Client(town, session, Role.COMMUNITY_STAFF, GRID[:12])
    made = leader.post("/api/v1/incidents", exchanged(BODY))
    assert (made.status_code, made.json["review_reason"]) == (201, ["place_swapped"])
    assert (made.json["lon"], made.json["original_lon"]) == (None, HERE[1])
    path = "/api/v1/incidents?odd=true"
    assert [one["id"] for one in community.get(path).json["items"]] == [made.json["id"]]
    asked = f"/api/v1/route?lon={HERE[1]}&lat={HERE[0]}&category=wires"
    route = leader.get(asked).json
    assert (route["division_code"], route["supervised_because"]) == (GRID[:12], "reading")
    steps = f"/api/v1/incidents/{made.json['id']}/transitions"
    done = community.post(steps, {"action": "place", "place": list(HERE)})
    assert (done.status_code, done.json["grid_code"], done.json["team"]) == (200, GRID, "T1")
    assert community.get(path).json["items"] == []


def test_whoever_reads_chinese_is_refused_in_chinese(town, session: Session) -> None:
    leader = Client(town, session, Role.LEADER, GRID)

    def refused(**other) -> dict:
        chinese = {"Accept-Language": "zh-CN"}
        return leader.post("/api/v1/incidents", {**BODY, **other}, **chinese).json

    nowhere = refused(lon=500)
    assert nowhere["reason"] == "place_off_earth"
    assert nowhere["detail"].startswith("500，27.7025 不在地球上")
    assert "没有类别“nonsense”" in refused(category="nonsense")["detail"]
