"""Recording visits: once, counted by the service, never more than there is, never a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import case_town
import peopled_town
import pytest
import toy_town
from case_town import Client
from peopled_town import TODAY, app_in
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts.rules import Role
from gridsvc.visits.models import Visit, VisitBuilding

GRID = toy_town.code(1, 1)
HOUSE = f"B{GRID}"
BODY = {
    "grid_code": GRID,
    "visited_on": str(TODAY),
    "dwellings": {HOUSE: [5, 1, 2]},
    "topics": {"lighting": 2},
    "client_visit_id": "round-1",
}


@pytest.fixture
def leader(session: Session, database, monkeypatch) -> Client:
    monkeypatch.setattr(edge, "now", lambda: peopled_town.NOW)
    case_town.build(session)
    peopled_town.visits(session)
    app = app_in(session, database)
    return Client(app, session, Role.LEADER, GRID)


def test_the_service_counts_what_a_round_reached_and_what_for_the_first_time(leader) -> None:
    # Dwellings 1 to 4 were reached some days ago.
    answer = leader.post("/api/v1/visits", BODY)
    assert answer.status_code == 201, answer.json
    told = (answer.json["dwellings_visited"], answer.json["first_time_dwellings"])
    assert told == (3, 1)
    assert answer.json["topics"] == {"lighting": 2}
    newest = leader.get("/api/v1/visits?limit=1").json["items"][0]
    assert newest == answer.json


def test_a_round_names_its_team_its_recorder_and_its_doors(leader, session: Session) -> None:
    walked = {**BODY, "ended_at": "2026-09-16T10:40:00+08:00"}
    number = leader.post("/api/v1/visits", walked).json["id"]
    assert leader.post("/api/v1/visits", walked).status_code == 200
    assert leader.post("/api/v1/visits", {**walked, "ended_at": "10:40"}).status_code == 400
    visit = session.get_one(Visit, number)
    assert visit.ended_at == datetime(2026, 9, 16, 2, 40, tzinfo=UTC)
    assert visit.team_id == case_town.team_id(session, "T1")
    assert visit.recorded_by is not None
    doors = select(VisitBuilding.dwelling_numbers).where(VisitBuilding.visit_id == number)
    assert session.scalars(doors).all() == [[1, 2, 5]]


def test_the_same_round_again_is_the_first_record_and_another_one_is_refused(
    leader, session: Session
) -> None:
    first = leader.post("/api/v1/visits", BODY)
    count = session.scalar(select(func.count()).select_from(Visit))
    again = leader.post("/api/v1/visits", BODY)
    assert (again.status_code, again.json) == (200, first.json)
    other = leader.post("/api/v1/visits", {**BODY, "dwellings": {HOUSE: [7]}})
    assert (other.status_code, other.json["ids"]) == (409, [str(first.json["id"])])
    assert session.scalar(select(func.count()).select_from(Visit)) == count


def test_counts_do_where_buildings_are_not_known(leader) -> None:
    plain = {name: BODY[name] for name in ("grid_code", "visited_on")}
    given = {**plain, "dwellings_visited": 9, "first_time_dwellings": 4}
    answer = leader.post("/api/v1/visits", given)
    assert answer.status_code == 201
    assert answer.json["first_time_dwellings"] == 4


COUNTS = {"grid_code": GRID, "visited_on": str(TODAY)}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({**COUNTS, "dwellings_visited": 3, "first_time_dwellings": 4}, 422, "first"),
        ({**COUNTS, "dwellings_visited": 121, "first_time_dwellings": 0}, 422, "of 120"),
        ({**COUNTS}, 400, "give dwellings"),
        ({**COUNTS, "dwellings": {HOUSE: [1]}, "dwellings_visited": 1}, 400, "not both"),
        ({**COUNTS, "dwellings": {HOUSE: [121]}}, 400, "1 to 120"),
        ({**COUNTS, "dwellings": {HOUSE: [1, 1]}}, 400, "once"),
        ({**COUNTS, "dwellings": {f"B{toy_town.code(1, 2)}": [1]}}, 400, "not in grid"),
        ({**BODY, "visited_on": str(TODAY + timedelta(1))}, 422, "yet to come"),
        ({**BODY, "topics": {"王家 3 单元": 1}}, 400, "topics"),
        ({**BODY, "resident": "王"}, 400, "resident"),
        ({**BODY, "grid_code": toy_town.code(2, 1)}, 404, "no grid"),
        ({**BODY, "grid_code": "520302001001777"}, 404, "no grid"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    leader, session: Session, body, status, says
) -> None:
    before = session.scalar(select(func.count()).select_from(Visit))
    answer = leader.post("/api/v1/visits", body)
    assert answer.status_code == status, answer.json
    assert says in answer.json["detail"]
    assert session.scalar(select(func.count()).select_from(Visit)) == before


def test_a_refusal_has_a_code_and_is_said_in_the_readers_language(leader) -> None:
    body = {**COUNTS, "dwellings_visited": 121, "first_time_dwellings": 0}
    answer = leader.post("/api/v1/visits", body, **{"Accept-Language": "zh-CN"})
    assert answer.json["reason"] == "visit_above"
    assert answer.json["values"] == {"visited": "121", "dwellings": "120"}
    assert "本网格只有 120 户" in answer.json["detail"]
