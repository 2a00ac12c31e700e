"""Open311 GeoReport v2: reports that a partner sends by its key, taken or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import peopled_town
import pytest
import toy_town
from both_formats import LAT, LON, PUBLIC, both, sent
from PIL import Image
from sqlalchemy import select, text

from gridsvc import edge
from gridsvc.accounts import api_keys
from gridsvc.accounts.models import AuditEntry
from gridsvc.grids.models import Division
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident, Photo, ReporterContact


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
    assert person["device_id"] not in kept.scalar()


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


def test_a_nul_is_refused_wherever_it_stands(client, key) -> None:
    for path in ("services/a%00.json", "requests.json?api_key=%00", "tokens/%00.xml"):
        assert client.get(f"/open311/v2/{path}").status_code == 400
    for field in ("description", "phone", "attribute[pole]", "service_code"):
        assert sent(client, **{"api_key": key, field: "a\0"}).status_code == 400
