"""The road of a draft over the interface: submitted, approved, published, asked for, put back."""

from __future__ import annotations

from datetime import date, timedelta

import case_town
import peopled_town
import pytest
import redrawn_town
import toy_town
from case_town import Client
from peopled_town import SINCE, TODAY, TOWN
from redrawn_town import GRID, MOVES, NEW

from gridsvc.accounts.rules import Role

#: The interface goes by the clock of the machine; the town's days are fixed.
DAY = max(date.today(), TODAY) + timedelta(days=1)
PLACE = f"lon={MOVES[0]}&lat={MOVES[1]}"


@pytest.fixture
def desk(session, database):
    return Desk(session, database)


class Desk:
    """A planner, the street office and a community worker at the interface, and a draft."""

    def __init__(self, session, settings) -> None:
        planner, self.street_account = redrawn_town.build(session)
        self.plan = redrawn_town.split(session, planner)
        redrawn_town.answered(session, self.plan, planner)
        case_town.report(session, planner, lon=MOVES[0], lat=MOVES[1])
        case_town.report(session, planner, lon=MOVES[0], lat=MOVES[1], category="quarrel")
        session.commit()
        app = peopled_town.app_in(session, settings)
        self.planner = Client(app, session, Role.PLANNER, TOWN)
        self.street = Client(app, session, Role.STREET_STAFF, TOWN)
        self.stranger = Client(app, session, Role.PLANNER, "520303")
        self.visitor = Client(app, session, None)

    def step(self, who, name, **body):
        return who.post(f"/api/v1/plans/{self.plan.id}/{name}", body)

    def published(self):
        day = {"effective_on": DAY.isoformat()}
        assert self.step(self.planner, "submit", **day).status_code == 201
        assert self.step(self.street, "approve").status_code == 201
        return self.step(self.planner, "publish")


def test_a_draft_goes_its_road_and_is_found_under_its_days(desk):
    made = desk.published()
    assert made.status_code == 201, made.json
    assert made.json["proof"]["residual"] == 0 and made.json["effective_on"] == DAY.isoformat()
    for on, code in ((DAY - timedelta(days=1), GRID), (DAY, NEW)):
        found = desk.planner.get(f"/api/v1/grids/locate?{PLACE}&on={on}").json
        assert (found["grid_code"], found["team"]["code"]) == (code, "T1")
    steps = desk.planner.get(f"/api/v1/plans/{desk.plan.id}/reviews").json
    assert [one["action"] for one in steps["items"]] == ["submit", "approve", "publish"]
    assert steps["state"] == "published"


def test_a_publication_tells_lineage_and_hand_over(desk):
    number = desk.published().json["id"]
    told = desk.street.get(f"/api/v1/publications/{number}").json
    assert [
        (one["from"], one["to"], one["kind"]) for one in told["lineage"] if one["to"] == NEW
    ] == [(GRID, NEW, "split")]
    assert told["handed_over_at"] is None and told["in"] == TOWN
    assert [one["id"] for one in desk.street.get("/api/v1/publications").json["items"]] == [number]
    assert desk.stranger.get(f"/api/v1/publications/{number}").status_code == 404


def test_sensitive_cases_are_not_in_the_table_that_offices_read(desk):
    told = desk.street.get(f"/api/v1/plans/{desk.plan.id}/handover?effective_on={DAY}").json
    assert [one["category"] for one in told["cases"]] == ["noise"]
    assert told["sensitive_cases"] is None  # one of them, which is fewer than may be told


def test_teams_are_chosen_over_the_interface(desk):
    choice = {"items": [{"grid": NEW, "team": "T4"}]}
    path = f"/api/v1/plans/{desk.plan.id}/staffing"
    told = desk.planner._client.put(path, json=choice, headers=desk.planner._headers)
    assert told.status_code == 200, told.json
    rows = {row["grid"]: row["team_after"] for row in told.json["staffing"]}
    assert rows == {GRID: "T1", NEW: "T4"}
    choice["items"][0]["team"] = "nobody"
    wrong = desk.planner._client.put(path, json=choice, headers=desk.planner._headers)
    assert wrong.status_code == 422 and wrong.json["ids"] == ["nobody"]


def test_who_may_not_is_told_so(desk):
    day = {"effective_on": DAY.isoformat()}
    assert desk.step(desk.street, "submit", **day).status_code == 403
    assert desk.step(desk.stranger, "submit", **day).status_code == 404
    assert desk.step(desk.planner, "publish").status_code == 422
    assert desk.step(desk.planner, "submit", **day).status_code == 201
    assert desk.step(desk.planner, "approve").status_code == 403
    assert desk.step(desk.street, "return", reason="").status_code == 400
    assert desk.step(desk.street, "return", reason="too small").status_code == 201


def test_a_former_map_is_put_back_after_a_look_at_what_that_does(desk):
    desk.published()
    wish = {
        "in": TOWN, "to": SINCE.isoformat(), "effective_on": DAY.isoformat(),
        "reason": "drawn by mistake",
    }  # fmt: skip
    look = desk.planner.post("/api/v1/publications/rollback", {**wish, "dry_run": True})
    assert [(row["grid"], row["change"]) for row in look.json["staffing"]] == [
        (GRID, "changed"),
        (NEW, "ended"),
    ]
    wanted = desk.planner.post("/api/v1/publications/rollback", wish)
    assert wanted.status_code == 202 and wanted.json["decision"] is None, wanted.json
    assert wanted.json["seen"]["staffing"] == look.json["staffing"]
    # Nothing holds by one person's word, and one wish waits at a time.
    assert desk.planner.get(f"/api/v1/grids/locate?{PLACE}&on={DAY}").json["grid_code"] == NEW
    again = desk.planner.post("/api/v1/publications/rollback", wish)
    assert again.status_code == 409
    assert desk.stranger.post("/api/v1/publications/rollback", wish).status_code == 403
    waiting = desk.street.get("/api/v1/publications/rollbacks?waiting=true").json["items"]
    address = f"/api/v1/publications/rollbacks/{waiting[0]['id']}"
    assert desk.planner.post(f"{address}/approve", {}).status_code == 403
    made = desk.street.post(f"{address}/approve", {})
    assert made.status_code == 201 and made.json["kind"] == "rollback", made.json
    assert made.json["restores_on"] == SINCE.isoformat()
    assert desk.street.post(f"{address}/approve", {}).status_code == 422
    found = desk.planner.get(f"/api/v1/grids/locate?{PLACE}&on={DAY}").json
    assert found["grid_code"] == GRID


def test_history_is_told_as_far_as_somebody_sees(desk):
    desk.published()
    days = desk.planner.get("/api/v1/grids/versions").json["items"]
    assert [(one["on"], one["kind"]) for one in days] == [
        (SINCE.isoformat(), "import"),
        (DAY.isoformat(), "plan"),
    ]
    stays = desk.planner.get(f"/api/v1/grids/history?{PLACE}").json["items"]
    assert [one["grid_code"] for one in stays] == [NEW, GRID]
    assert stays[0]["publication"] is not None and stays[1]["publication"] is None
    lineage = desk.planner.get(f"/api/v1/grids/{NEW}/lineage").json["items"]
    assert [(one["from"], one["kind"]) for one in lineage] == [(GRID, "split")]
    # community 001 is not on the public map
    assert desk.visitor.get(f"/api/v1/grids/history?{PLACE}").json["items"] == []
    assert desk.visitor.get(f"/api/v1/grids/{NEW}/lineage").status_code == 404
    public = toy_town.position(0.5, 0.5)
    told = desk.visitor.get(f"/api/v1/grids/history?lon={public[0]}&lat={public[1]}").json
    assert [one["grid_code"] for one in told["items"]] == [toy_town.code(2, 1)]
