"""Open311 GeoReport v2: what standard clients send and expect, in both formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import peopled_town
import pytest
import toy_town
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts import api_keys
from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.grids.models import Division
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.intake.categories import import_categories
from gridsvc.incidents.models import Incident, Photo, ReporterContact

DATA = Path(__file__).parents[2] / "data" / "catalogue"
LON, LAT = toy_town.position(0.5, 0.5)
PUBLIC, HIDDEN = toy_town.code(2, 1), toy_town.code(1, 1)
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
_LISTS = {
    "services", "service_requests", "errors", "attributes", "values", "endpoints", "formats",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(engine):
    """The peopled town, once; noise, reported on 10 September, may be read by anybody."""
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(connection, join_transaction_mode="create_savepoint")
    peopled_town.build(session)
    import_categories(session, DATA / "categories.csv", DATA / "questions.csv")
    session.execute(
        text("update gridsvc.category set public = true, valid_from = '2026-02-01'"
             " where standard = 'test' and code = 'noise'")
    )  # fmt: skip
    session.commit()
    session.close()
    yield connection
    transaction.rollback()
    connection.close()


@pytest.fixture
def town(built):
    """A session in the built town, whose work is rolled back after the test."""
    savepoint = built.begin_nested()
    session = Session(built, join_transaction_mode="create_savepoint", expire_on_commit=False)
    yield session
    session.close()
    savepoint.rollback()


@pytest.fixture
def key(town) -> str:
    return api_keys.issue(town, "partner", peopled_town.TOWN, datetime.now(UTC))


@pytest.fixture
def client(town, database):
    return peopled_town.app_in(town, database).test_client()


def plain(element: ET.Element) -> Any:
    """Read XML as what the JSON of the same answer holds, every value as its text."""
    if element.tag in _LISTS:
        return [plain(one) for one in element]
    if len(element):
        return {one.tag: plain(one) for one in element}
    return element.text or None


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    return None if value in (None, "") else str(value)


def both(client, path: str, query: str = "", status: int = 200) -> Any:
    """Ask in both formats, see that they say the same, and give the JSON."""
    told = client.get(f"/open311/v2/{path}.json?{query}")
    marked = client.get(f"/open311/v2/{path}.xml?{query}")
    assert told.status_code == marked.status_code == status, told.get_data(as_text=True)
    assert told.content_type == "application/json; charset=utf-8"
    assert marked.content_type == "text/xml; charset=utf-8"
    assert marked.data.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert plain(ET.fromstring(marked.data)) == as_text(told.json)
    return told.json


def sent(client, form: str = "json", **fields: Any):
    body = {"service_code": "lighting", "lat": LAT, "long": LON, "attribute[fault]": "dark"}
    return client.post(f"/open311/v2/requests.{form}", data={**body, **fields})


WIDE = "start_date=2026-09-01T00:00:00Z"


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


def test_a_report_is_routed_and_can_be_read_again(client, town, key) -> None:
    answer = sent(client, api_key=key, description="灯杆旁很黑", address_string="石桥路1号")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    (told,) = answer.json
    assert told["service_notice"] is None
    incident = town.get(Incident, int(told["service_request_id"]))
    assert (incident.grid_code, incident.source) == (PUBLIC, "open311:partner")
    assert incident.answers == {"fault": "dark", "address_string": "石桥路1号"}
    (shown,) = both(client, f"requests/{incident.id}")
    assert (shown["description"], shown["address"]) == ("灯杆旁很黑", "石桥路1号")
    assert shown["expected_datetime"] is not None
    (token,) = both(client, f"tokens/{incident.tracking_code}")
    assert token["service_request_id"] == told["service_request_id"]


def test_a_key_used_too_often_in_a_minute_waits_and_another_one_does_not(
    client, town, monkeypatch
) -> None:
    at = datetime(2026, 11, 20, 2, 0, 45, tzinfo=UTC)
    monkeypatch.setattr(edge, "now", lambda: at)
    slow = api_keys.issue(town, "slow", peopled_town.TOWN, at, per_minute=2)
    other = api_keys.issue(town, "other", peopled_town.TOWN, at)
    asked = "/open311/v2/requests.json?api_key={}"
    assert sent(client, api_key=slow).status_code == 201
    assert sent(client, api_key=slow, lat="north").status_code == 400, "refused, and counted"
    for answer in (client.get(asked.format(slow)), sent(client, api_key=slow)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "15")
        assert answer.json[0]["code"] == 429
    assert client.get(asked.format(other)).status_code == 200
    assert client.get("/open311/v2/requests.json").status_code == 200
    monkeypatch.setattr(edge, "now", lambda: at + timedelta(seconds=15))
    assert client.get(asked.format(slow)).status_code == 200


def test_exchanged_numbers_do_not_cost_the_report(client, town, key) -> None:
    (told,) = sent(client, api_key=key, lat=LON, long=LAT).json
    assert "look exchanged" in told["service_notice"]
    kept = town.get(Incident, int(told["service_request_id"]))
    assert (kept.review_reason, kept.geom, kept.original_lon) == ("place_swapped", None, LAT)
    assert kept.division_code == PUBLIC[:12]
    (shown,) = both(client, f"requests/{kept.id}", f"api_key={key}")
    assert (shown["lat"], shown["long"]) in ((None, None), ("", ""))


def test_a_report_in_xml_is_answered_in_xml(client, key) -> None:
    answer = sent(client, "xml", api_key=key)
    request = ET.fromstring(answer.data).find("request")
    assert [one.tag for one in request] == ["service_request_id", "service_notice", "account_id"]
    assert int(request.find("service_request_id").text) > 0


def test_a_key_reads_what_it_reported_also_where_the_map_is_not_public(client, key) -> None:
    lon, lat = toy_town.position(0.5, 2.5)
    number = sent(client, api_key=key, lat=lat, long=lon).json[0]["service_request_id"]
    both(client, f"requests/{number}", status=404)
    assert both(client, f"requests/{number}", f"api_key={key}")[0]["status"] == "open"


def test_answers_to_questions_are_kept_as_their_type(client, town, key) -> None:
    fields = {"attribute[lane][]": ["pavement", "cycleway"], "attribute[depth_cm]": "12"}
    body = {"service_code": "road", "lat": LAT, "long": LON, "api_key": key, **fields}
    answer = client.post("/open311/v2/requests.json", data=body)
    assert answer.status_code == 201, answer.json
    incident = town.get(Incident, int(answer.json[0]["service_request_id"]))
    assert incident.answers == {"lane": ["pavement", "cycleway"], "depth_cm": 12.0}


def test_the_contact_goes_apart_and_comes_back_in_no_answer(client, town, key) -> None:
    person = {
        "first_name": "三", "last_name": "张", "phone": "13900001111", "email": "z@b.example",
        "device_id": "phone-4711", "account_id": "acc-1",
    }  # fmt: skip
    number = sent(client, api_key=key, **person).json[0]["service_request_id"]
    contact = town.get(ReporterContact, int(number))
    assert (contact.name, contact.phone, contact.email) == ("三 张", "13900001111", "z@b.example")
    for path in (f"requests/{number}.json?api_key={key}", f"requests/{number}.xml?api_key={key}"):
        shown = client.get(f"/open311/v2/{path}").get_data(as_text=True)
        assert not [one for one in person.values() if one in shown]
    kept = town.execute(text("select t::text from gridsvc.incident t where id = :n"), {"n": number})
    assert "4711" not in kept.scalar()


def test_a_number_in_the_words_is_warned_of_and_hidden(client, key) -> None:
    answer = sent(client, api_key=key, description="打13812345678")
    (told,) = answer.json
    assert "lists hide it" in told["service_notice"]
    assert both(client, f"requests/{told['service_request_id']}")[0]["description"] == "打***"


def test_a_photo_is_taken_along_and_shown_only_covered(client, town, key) -> None:
    out = BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(out, "PNG")
    answer = sent(
        client, api_key=key, media=(BytesIO(out.getvalue()), "m.png"), media_url="http://x/"
    )
    (told,) = answer.json
    picture = town.query(Photo).one()
    path = f"/open311/v2/photos/{picture.id}.jpg"
    assert client.get(path).status_code == 404
    assert both(client, f"requests/{told['service_request_id']}")[0]["media_url"] is None
    shown = photos.photo(town, picture.incident_id, picture.id)
    photos.cover(town, shown, [[0, 0, 40, 30]], True, None, datetime.now(UTC))
    town.expire_all()
    address = both(client, f"requests/{told['service_request_id']}")[0]["media_url"]
    assert address.endswith(path)
    served = client.get(path)
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(served.data)).getpixel((9, 9)) == (96, 96, 96)


def test_a_photo_that_cannot_be_read_does_not_cost_the_report(client, town, key) -> None:
    answer = sent(client, api_key=key, media=(BytesIO(b"<svg/>"), "m.jpg"))
    assert answer.status_code == 201
    assert "no photo that can be read" in answer.json[0]["service_notice"]
    assert town.query(Photo).count() == 0


def test_a_repeat_under_an_idempotency_key_is_the_same_report(client, key) -> None:
    body = {"service_code": "stall", "lat": LAT, "long": LON, "api_key": key}
    post = lambda **more: client.post(  # noqa: E731
        "/open311/v2/requests.json", data={**body, **more}, headers={"Idempotency-Key": "k1"}
    )
    assert post().json == post().json
    assert post(description="另一件").status_code == 409


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"api_key": ""}, 403, "api_key was not provided"),
        ({"api_key": "wrong"}, 403, "api_key is not known"),
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "mediation"}, 404, "service_code mediation was not found"),
        ({"lat": ""}, 400, "lat and long were not provided"),
        ({"lat": "north"}, 400, "lat is 'north'"),
        ({"lat": "nan"}, 400, "lat is 'nan'"),
        ({"lat": "208.0005", "long": "27.7005"}, 400, "not on earth"),
        ({"attribute[fault]": "blue"}, 400, "expected one of dark, day, flicker"),
        ({"attribute[fault]": ""}, 400, "attribute fault was not provided"),
        ({"attribute[colour]": "red"}, 400, "colour is no question"),
        ({"description": "x" * 4001}, 400, "at most 4000"),
        ({"email": "nobody"}, 400, "needs an @"),
        ({"jurisdiction_id": "1"}, 404, "jurisdiction_id 1 was not found"),
        ({"jurisdiction_id": f"{peopled_town.TOWN}001"}, 403, "outside the jurisdiction"),
    ],
)
def test_a_report_that_cannot_be_taken_is_refused_and_leaves_nothing(
    client, town, key, fields: dict[str, str], status: int, said: str
) -> None:
    before = town.query(Incident).count()
    for form in ("json", "xml"):
        answer = sent(client, form, **{"api_key": key, **fields})
        assert answer.status_code == status, answer.get_data(as_text=True)
        assert said in answer.get_data(as_text=True)
    town.expire_all()
    assert town.query(Incident).count() == before


def test_an_ended_key_reports_no_more_and_keys_are_stored_as_hashes(client, town, key) -> None:
    api_keys.disable(town, "partner", datetime.now(UTC))
    assert sent(client, api_key=key).status_code == 403
    stored = town.execute(text("select t::text from gridsvc.api_key t")).scalar()
    assert key not in stored
    actions = town.scalars(select(AuditEntry.action)).all()
    assert actions[-2:] == ["api_key.add", "api_key.disable"]


def test_a_key_of_another_division_reports_nothing_here(client, town) -> None:
    town.add(Division(code="520303", level="district", name="别区"))
    other = api_keys.issue(town, "other", "520303", datetime.now(UTC))
    assert sent(client, api_key=other).status_code == 403


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


def test_a_nul_is_refused_wherever_it_stands(client, key) -> None:
    for path in ("services/a%00.json", "requests.json?api_key=%00", "tokens/%00.xml"):
        assert client.get(f"/open311/v2/{path}").status_code == 400
    for field in ("description", "phone", "attribute[pole]", "service_code"):
        assert sent(client, **{"api_key": key, field: "a\0"}).status_code == 400
