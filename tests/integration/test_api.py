"""The interface for programs: what it answers, and how it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import TODAY, TOWN, Viewer
from shapely.geometry import shape

from gridsvc import errors
from gridsvc.accounts.rules import Role
from gridsvc.api.errors import STATUS, problem, status_of
from gridsvc.geo.datum import from_wgs84


@pytest.fixture
def app(session, database):
    peopled_town.build(session)
    return peopled_town.app_in(session, database)


@pytest.fixture
def viewer(app, session):
    return lambda role=None, scope="": Viewer(app, session, role, scope)


def test_grids_come_in_pages_with_their_shapes(viewer):
    client = viewer(Role.DISTRICT)
    first = client.get(f"/api/v1/grids?limit=6&on={TODAY}").json
    rest = client.get(f"/api/v1/grids?limit=6&on={TODAY}&after={first['next']}").json
    ids = [one["id"] for one in first["features"] + rest["features"]]
    assert ids == sorted(ids)
    assert len(ids) == 10
    assert rest["next"] is None
    assert shape(first["features"][0]["geometry"]).equals(toy_town.cell(0, 2))
    assert first["features"][0]["properties"]["household_count"] == 120


def test_a_box_keeps_the_grids_that_touch_it(viewer):
    west, south = toy_town.position(0.2, 0.2)
    east, north = toy_town.position(0.8, 0.8)
    box = f"bbox={west},{south},{east},{north}"
    found = viewer(Role.DISTRICT).get(f"/api/v1/grids?on={TODAY}&{box}").json["features"]
    assert [one["id"] for one in found] == [toy_town.code(2, 1)]


def test_a_grid_of_another_scope_is_not_there(viewer):
    client = viewer(Role.COMMUNITY_STAFF, f"{TOWN}001")
    assert client.get(f"/api/v1/grids/{toy_town.code(1, 1)}?on={TODAY}").status_code == 200
    hidden = viewer().get(f"/api/v1/grids/{toy_town.code(1, 1)}?on={TODAY}")
    missing = viewer().get(f"/api/v1/grids/{TOWN}001777?on={TODAY}")
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json, "request_id": 0}.keys() == {**missing.json, "request_id": 0}.keys()


def test_a_place_in_another_datum_is_shifted_first(viewer):
    lon, lat = toy_town.position(0.5, 2.5)
    there = [float(one) for one in from_wgs84(lon, lat, "gcj02")]
    address = f"/api/v1/grids/locate?lon={there[0]}&lat={there[1]}&datum=gcj02&on={TODAY}"
    found = viewer(Role.LEADER).get(address).json
    assert found["grid_code"] == toy_town.code(1, 1)
    assert found["team"]["code"] == "T1"
    assert found["branch"]["code"] == "BR"
    assert found["edge_m"] == pytest.approx(49.3, abs=0.2)
    assert (found["lon"], found["lat"]) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/api/v1/grids?limit=1001", "query.limit"),
        ("/api/v1/grids?bbox=1,2,3", "query.bbox"),
        ("/api/v1/grids?bbox=nan,0,1,1", "query.bbox"),
        ("/api/v1/grids?bbox=2,0,1,1", "query.bbox"),
        ("/api/v1/grids?colour=red", "query.colour"),
        ("/api/v1/grids?on=tomorrow", "query.on"),
        ("/api/v1/grids/locate?lon=NaN&lat=1", "query.lon"),
        ("/api/v1/grids/locate?lon=Infinity&lat=1", "query.lon"),
        ("/api/v1/grids/locate?lon=999&lat=1", "query.lon"),
        ("/api/v1/grids/locate?lon=1", "query.lat"),
        ("/api/v1/grids/locate?lon=1&lat=1&datum=mars", "query.datum"),
        ("/api/v1/divisions?in=52'", "query.in"),
        ("/api/v1/visits?before=0", "query.before"),
        ("/api/v1/incidents?level=planet", "query.level"),
        ("/api/v1/incidents?before=99999999999999999999", "query.before"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(viewer, address, path):
    answer = viewer(Role.DISTRICT).get(address)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "bad_input"
    assert answer.json["errors"][0]["path"] == path
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_a_token_is_given_for_a_name_and_a_password(app, viewer):
    viewer(Role.LEADER, TOWN)
    client = app.test_client()
    given = {"username": f"leader{TOWN}", "password": "correct horse"}
    answer = client.post("/api/v1/tokens", json=given)
    assert answer.status_code == 201
    ends = datetime.fromisoformat(answer.json["expires_at"])
    assert timedelta(hours=11) < ends - datetime.now(UTC) <= timedelta(hours=12)
    bearer = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get("/api/v1/incidents", headers=bearer).status_code == 200
    assert client.get("/api/v1/incidents").status_code == 401


@pytest.mark.parametrize(
    "body", ['{"username": "a"}', "[]", "{", '{"username": "a", "password": "b", "role": "admin"}']
)
def test_a_token_is_not_given_for_another_body(app, body):
    answer = app.test_client().post("/api/v1/tokens", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_the_eleventh_wrong_password_waits(app):
    client = app.test_client()
    wrong = {"username": "nobody", "password": "wrong"}
    told = [client.post("/api/v1/tokens", json=wrong) for _ in range(11)]
    assert [one.status_code for one in told] == [401] * 10 + [429]
    assert int(told[-1].headers["Retry-After"]) > 0


def test_cases_are_listed_within_the_scope_alone(viewer):
    mine = viewer(Role.LEADER, toy_town.code(2, 1)).get("/api/v1/incidents?open=true").json
    assert {one["grid_code"] for one in mine["items"]} == {toy_town.code(2, 1)}
    assert len(mine["items"]) == 16
    office = viewer(Role.STREET_STAFF, TOWN).get("/api/v1/incidents?limit=20").json
    assert len(office["items"]) == 20
    older = viewer(Role.DISTRICT, TOWN).get(f"/api/v1/incidents?before={office['next']}").json
    assert len(office["items"]) + len(older["items"]) == 26


def test_a_case_shows_its_history_and_anothers_is_not_there(viewer):
    leader = viewer(Role.LEADER, toy_town.code(2, 1))
    number = leader.get("/api/v1/incidents?limit=1").json["items"][0]["id"]
    case = leader.get(f"/api/v1/incidents/{number}").json
    assert [step["action"] for step in case["history"]] == ["reported"]
    assert (case["lon"], case["lat"]) == toy_town.position(0.5, 0.5)
    other = viewer(Role.LEADER, toy_town.code(1, 1))
    assert other.get(f"/api/v1/incidents/{number}").status_code == 404
    # the three sensitive ones came last and are the handling team's alone
    assert viewer(Role.DISTRICT).get(f"/api/v1/incidents/{number}").status_code == 404


def test_staffing_and_visits_are_listed_by_scope(viewer):
    client = viewer(Role.COMMUNITY_STAFF, f"{TOWN}001")
    teams = client.get(f"/api/v1/teams?on={TODAY}&limit=3").json
    assert [one["code"] for one in teams["items"]] == ["T1", "T2", "T3"]
    assert teams["next"] == "T3"
    assert [b["code"] for b in client.get(f"/api/v1/branches?on={TODAY}").json["items"]] == ["BR"]
    first = client.get("/api/v1/assignments?limit=1").json
    assert [(one["kind"], one["code"]) for one in first["items"]] == [
        ("branch", "BR"),
        ("team", "T1"),
    ]
    assert len(client.get("/api/v1/visits").json["items"]) == 4
    elsewhere = viewer(Role.COMMUNITY_STAFF, f"{TOWN}002")
    assert elsewhere.get("/api/v1/visits").json["items"] == []
    divisions = elsewhere.get("/api/v1/divisions").json["items"]
    assert [one["code"] for one in divisions] == ["520302", TOWN, f"{TOWN}002"]


def test_the_document_is_openapi_3_1_and_every_reference_resolves(viewer):
    answer = viewer().get("/api/v1/openapi.json")
    document = answer.json
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/grids/locate" in document["paths"]
    text = json.dumps(document)
    named = {one.split('"')[0] for one in text.split("#/components/schemas/")[1:]}
    assert named <= document["components"]["schemas"].keys()
    for operations in document["paths"].values():
        for operation in operations.values():
            refusals = [a for s, a in operation["responses"].items() if s[0] == "4"]
            assert all("application/problem+json" in one["content"] for one in refusals)


def test_the_reference_page_asks_no_other_host(viewer):
    page = viewer().get("/api/v1/docs")
    assert page.status_code == 200
    assert "/api/v1/grids/locate" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


def walk(kind):
    yield kind
    for below in kind.__subclasses__():
        yield from walk(below)


@pytest.mark.parametrize("kind", list(walk(errors.GridsvcError))[1:])
def test_every_refusal_has_a_status_of_its_own_table(kind):
    refusal = kind("no", 3) if kind is errors.TooMany else kind("no", ["x"])
    assert any(base in STATUS for base in kind.__mro__)
    told = problem(refusal, "7")
    assert told.status_code == status_of(refusal)
    assert told.status_code != 500
    assert (told.json["code"], told.json["detail"]) == (kind.code, "no")


def test_a_fault_of_ours_tells_nothing_of_the_inside():
    told = problem(KeyError("secret_table"), "7")
    assert told.status_code == 500
    assert b"secret_table" not in told.data
    assert told.json["request_id"] == "7"
