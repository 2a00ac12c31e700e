"""What the phone's form keeps and asks for, and who gets which part of it."""

from __future__ import annotations

import json
import re

import peopled_town
import pytest
import toy_town
from peopled_town import TOWN, Viewer, app_in
from sqlalchemy import text

from gridsvc.accounts.rules import Role
from gridsvc.web.cases import report_area

OWN = toy_town.code(1, 1)


@pytest.fixture
def town(session, database):
    peopled_town.build(session)
    return app_in(session, database)


@pytest.fixture
def leader(town, session) -> Viewer:
    return Viewer(town, session, Role.LEADER, OWN)


def config_of(page: str) -> dict:
    found = re.search(r'id="report-config">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_without_a_session_a_program_gets_a_problem_and_a_person_the_sign_in_page(town) -> None:
    client = town.test_client()
    asked = client.get("/report/session", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json["code"]) == (401, "not_signed_in")
    shown = client.get("/report", headers={"Accept": "text/html"})
    assert shown.status_code == 302 or "/sign-in" in shown.get_data(as_text=True)


def test_the_kept_area_has_the_own_grid_with_its_team_and_what_may_be_seen_around(leader) -> None:
    found = {one["code"]: one for one in leader.get("/report/area").json["grids"]}
    assert (found[OWN]["team"], found[OWN]["phone"]) == ("队1", "0851-1")
    assert found[OWN]["rings"][0][0] == found[OWN]["rings"][0][-1]
    # Community 002 is public, the rest of 001 is another leader's business: shape and name alone.
    for code, grid in found.items():
        if code != OWN and not code.startswith(f"{TOWN}002"):
            assert (grid["own"], grid["team"], grid["phone"]) == (False, None, None), code
    assert toy_town.code(1, 2) in found


def test_grids_that_a_viewer_may_not_see_are_told_beside_the_own_area_alone(
    town, session, monkeypatch
) -> None:
    monkeypatch.setattr(report_area, "REACH_M", 10)  # the toy town is smaller than a real reach
    session.execute(text("update gridsvc.division set public_map = false"))
    leader = Viewer(town, session, Role.LEADER, OWN)
    lon, lat = toy_town.position(2.5, 0.5)
    assert leader.get(f"/report/area?lon={lon}&lat={lat}").json["grids"] == []
    lon, lat = toy_town.position(1.01, 2.5)
    near = leader.get(f"/report/area?lon={lon}&lat={lat}").json["grids"]
    assert {one["code"] for one in near} >= {OWN, toy_town.code(1, 2)}


def test_what_a_category_needs_without_a_network_is_in_the_page(town, session, leader) -> None:
    session.execute(
        text(
            "insert into gridsvc.category_question select id, 'height', 1, 'number', true,"
            " '离地多高？', 'How high?', '[]' from gridsvc.category where code = 'noise'"
        )
    )
    told = {
        one["code"]: one
        for one in config_of(leader.get("/report").get_data(as_text=True))["categories"]
    }
    assert told["noise"]["questions"] == [
        {
            "code": "height", "datatype": "number", "required": True, "choices": [],
            "prompt": "离地多高？",
        }
    ]  # fmt: skip
    assert told["noise"]["limit"] == "5 个工作日"


def test_an_area_too_large_for_a_phone_is_asked_for_place_by_place(
    town, session, monkeypatch
) -> None:
    street = Viewer(town, session, Role.STREET_STAFF, TOWN)
    assert len(street.get("/report/area").json["grids"]) == 9
    monkeypatch.setattr(report_area, "GRIDS_KEPT", 4)
    assert street.get("/report/area").json == {"grids": [], "places": []}


def test_a_place_that_is_none_is_refused_with_its_fields(leader) -> None:
    for lon in ("nan", "200", "x", ""):
        answer = leader.get(f"/report/area?lon={lon}&lat=27.7")
        assert (answer.status_code, answer.json["ids"]) == (400, ["lon", "lat"]), lon


def test_places_are_found_by_words_and_never_outside_the_scope(town, session, leader) -> None:
    named = "update gridsvc.building set name = '幸福小区' || code || '号'"
    session.execute(text(named))
    found = leader.get("/report/places?q=小区 号").json["places"]
    assert found
    assert leader.get("/report/places?q=").json["places"] == []
    assert leader.get("/report/places?q=%25").json["places"] == []
    names = {name for name, _, _ in found}
    other = Viewer(town, session, Role.LEADER, toy_town.code(2, 1))
    assert names.isdisjoint(
        name for name, _, _ in other.get("/report/places?q=小区").json["places"]
    )


def test_the_mark_of_the_form_changes_with_what_it_shows(town, session, leader) -> None:
    before = leader.get("/report/session").json["stamp"]
    assert config_of(leader.get("/report").get_data(as_text=True))["stamp"] == before
    session.execute(text("update gridsvc.category set emergency_phone = '119'"))
    assert leader.get("/report/session").json["stamp"] != before


def test_whose_grids_were_taken_away_can_still_open_the_form(town, session) -> None:
    nobody = Viewer(town, session, Role.LEADER, "999999999999999")
    assert config_of(nobody.get("/report").get_data(as_text=True))["bounds"] == [
        73.0,
        18.0,
        136.0,
        54.0,
    ]


def test_the_auditor_and_a_visitor_may_not_report(town, session) -> None:
    for role, status in ((Role.AUDITOR, 403), (Role.ADMIN, 403), (None, 401)):
        viewer = Viewer(town, session, role)
        for path in ("/report", "/report/session", "/report/area", "/report/places"):
            assert viewer.get(path).status_code == status, (role, path)


def test_the_worker_is_served_above_the_page_that_it_serves(town) -> None:
    answer = town.test_client().get("/report_worker.js")
    assert answer.status_code == 200
    assert answer.mimetype in ("text/javascript", "application/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
