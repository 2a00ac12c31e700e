"""Open311 GeoReport v2: services and cases as standard clients read them, in both formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import peopled_town
import pytest
import toy_town
from both_formats import HIDDEN, LAT, LON, PUBLIC, WIDE, both

from gridsvc.accounts.rules import Role
from gridsvc.incidents.models import Incident

W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")


def test_services_are_the_public_categories_in_force(client) -> None:
    told = both(client, "services")
    codes = [one["service_code"] for one in told]
    assert set(codes) == {"rubbish", "stall", "road", "lighting", "tree_on_line", "noise"}
    lighting = told[codes.index("lighting")]
    assert lighting == {
        "service_code": "lighting", "service_name": "路灯不亮", "description": "Street light out",
        "metadata": True, "type": "realtime", "keywords": "", "group": "incident",
    }  # fmt: skip
    assert told[codes.index("stall")]["metadata"] is False


def test_a_definition_holds_the_extra_questions_in_order(client) -> None:
    told = both(client, "services/lighting")
    assert told["service_code"] == "lighting"
    pole, fault = told["attributes"]
    assert (pole["code"], pole["order"], pole["required"], pole["values"]) == ("pole", 1, False, [])
    assert (fault["datatype"], fault["required"]) == ("singlevaluelist", True)
    assert fault["values"][0] == {"key": "dark", "name": "不亮"}
    assert both(client, "services/stall")["attributes"] == []


@pytest.mark.parametrize("code", ["mediation", "quarrel", "nothing", "advice"])
def test_what_is_not_public_is_as_if_it_were_not_there(client, code: str) -> None:
    told = both(client, f"services/{code}", status=404)
    assert told == [{"code": 404, "description": f"service_code {code} was not found."}]


def test_only_public_cases_of_the_public_map_are_listed(client, town) -> None:
    told = both(client, "requests", WIDE)
    assert len(told) == 18
    places = {
        one.grid_code
        for one in town.query(Incident).filter(
            Incident.id.in_([int(case["service_request_id"]) for case in told])
        )
    }
    assert places == {PUBLIC, toy_town.code(2, 3)}
    assert {one["service_code"] for one in told} == {"noise"}
    hidden = town.query(Incident).filter_by(grid_code=HIDDEN).first()
    both(client, f"requests/{hidden.id}", status=404)
    assert both(client, "requests", f"service_request_id={hidden.id}") == []


def test_a_case_is_told_with_the_fields_of_the_standard(client, town) -> None:
    case = town.query(Incident).filter_by(grid_code=PUBLIC).order_by(Incident.id).first()
    case.description = "灯不亮，电话13812345678 <b>&\x0b"
    town.flush()
    (told,) = client.get(f"/open311/v2/requests/{case.id}.json").json
    assert told["description"].startswith("灯不亮，电话*** <b>&")
    assert (told["status"], told["lat"], told["long"]) == ("open", LAT, LON)
    assert W3C.fullmatch(told["requested_datetime"]) and W3C.fullmatch(told["updated_datetime"])
    assert told["agency_responsible"] is None
    marked = client.get(f"/open311/v2/requests/{case.id}.xml").data
    shown = ET.fromstring(marked).find("request/description").text
    assert shown == "灯不亮，电话*** <b>&"
    assert set(told) == {
        "service_request_id", "status", "status_notes", "service_name", "service_code",
        "description", "agency_responsible", "service_notice", "requested_datetime",
        "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long",
        "media_url",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"{WIDE}&status=closed", 1),
        (f"{WIDE}&status=open", 17),
        (f"{WIDE}&status=open,closed", 18),
        (f"{WIDE}&status=open&status=closed", 18),
        (f"{WIDE}&service_code=noise,lighting", 18),
        (f"{WIDE}&service_code=lighting", 0),
        ("start_date=2026-09-11T00:00:00Z&end_date=2026-09-12T00:00:00Z", 0),
        ("start_date=2026-09-10T10:00:00+08:00&end_date=2026-09-10T10:00:00%2B08:00", 18),
        ("end_date=2026-09-10T01:59:59Z", 0),
        ("end_date=2026-09-10T02:00:00Z", 18),
        (f"{WIDE}&page_size=10", 10),
        (f"{WIDE}&page_size=10&page=2", 8),
        (f"{WIDE}&page_size=10&page=3", 0),
        (f"{WIDE}&jurisdiction_id={peopled_town.TOWN}002", 18),
        (f"{WIDE}&jurisdiction_id={peopled_town.TOWN}001", 0),
        (f"{WIDE}&extensions=true&_=123", 18),
        ("service_request_id=abc,999999999999", 0),
    ],
)
def test_the_list_is_narrowed_as_the_standard_says(client, query: str, count: int) -> None:
    assert len(both(client, "requests", query)) == count


def test_pages_hold_every_case_once(client) -> None:
    pages = [both(client, "requests", f"{WIDE}&page_size=5&page={n}") for n in (1, 2, 3, 4)]
    numbers = [one["service_request_id"] for page in pages for one in page]
    assert len(numbers) == len(set(numbers)) == 18


def test_without_dates_the_last_ninety_days_are_meant(client, town) -> None:
    case = town.query(Incident).filter_by(grid_code=PUBLIC).first()
    for days, shown in ((89, 1), (91, 0)):
        fresh = Incident(
            kind=case.kind, category_id=case.category_id, status=case.status, level=case.level,
            geom=case.geom, datum="wgs84", provenance=case.provenance, grid_code=PUBLIC,
            grid_boundary_id=case.grid_boundary_id, source=f"{days}", source_ref="1",
            reported_at=datetime.now(UTC) - timedelta(days),
        )  # fmt: skip
        town.add(fresh)
        town.flush()
        numbers = {one["service_request_id"] for one in both(client, "requests")}
        assert (str(fresh.id) in numbers) == bool(shown)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-09-01T00:00:00Z", 400, "90 days"),
        ("start_date=2026-09-02&end_date=2026-09-01", 400, "lies before"),
        ("start_date=yesterday", 400, "start_date"),
        ("end_date=0001-01-01T00:00:00Z", 400, "calendar"),
        ("status=waiting", 400, "open or closed"),
        ("page_size=1001", 400, "page_size"),
        ("page=0", 400, "page"),
        ("jurisdiction_id=city.example", 404, "jurisdiction_id city.example was not found"),
        ("api_key=wrong", 403, "api_key"),
    ],
)
def test_a_refusal_has_a_code_and_a_sentence_in_both_formats(
    client, query: str, status: int, said: str
) -> None:
    (told,) = both(client, "requests", query, status)
    assert told["code"] == status
    assert said in told["description"]


def test_the_format_follows_the_ending_or_the_accept_header(client) -> None:
    asked = client.get("/open311/v2/services", headers={"Accept": "application/json"})
    assert asked.is_json
    assert client.get("/open311/v2/services").mimetype == "text/xml"
    assert both(client, "discovery")["endpoints"][0]["formats"] == ["application/json", "text/xml"]
    assert client.get("/open311/v2/services.csv").status_code == 404


def test_a_signed_in_account_reads_no_more_than_anybody(client, town, database) -> None:
    app = peopled_town.app_in(town, database)
    for role in (Role.LEADER, Role.AUDITOR):
        viewer = peopled_town.Viewer(app, town, role, HIDDEN)
        assert len(viewer.get(f"/open311/v2/requests.json?{WIDE}").json) == 18
