"""A GeoReport v2 client that we did not write, unchanged, against the real service on a port."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import peopled_town
import pytest
import requests
import toy_town
from georeport import GeoReport
from live_service import serving
from sqlalchemy import Engine

from gridsvc.accounts import api_keys
from gridsvc.db import session_factory
from gridsvc.incidents.intake.categories import import_categories

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue"
LON, LAT = toy_town.position(0.5, 0.5)
#: What the standard names for a request, and for an attribute of a service.
REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
ATTRIBUTE = {
    "variable", "code", "datatype", "required", "datatype_description", "order", "description",
    "values",
}  # fmt: skip


@pytest.fixture(scope="module")
def service(settings, template):
    """The address of the interface and a key of a partner's."""
    made: list[str] = []

    def fill(engine: Engine) -> None:
        with session_factory(engine).begin() as session:
            peopled_town.build(session)
            import_categories(session, CATALOGUE / "categories.csv", CATALOGUE / "questions.csv")
            made.append(api_keys.issue(session, "partner", peopled_town.TOWN, datetime.now(UTC)))

    with serving(settings, template, fill) as (address, _):
        yield f"{address}/open311/v2", made[0]


def post(address: str, key: str, **fields: str) -> str:
    """Report as standard clients do: the fields of a form, and the attributes in brackets."""
    body = {"service_code": "lighting", "lat": LAT, "long": LON, "api_key": key, **fields}
    body |= {"attribute[fault]": "dark", "media_url": "https://city.example/dark.jpg"}
    answer = requests.post(f"{address}/requests.json", data=body, timeout=120)
    assert answer.status_code == 201, answer.text
    return answer.json()[0]["service_request_id"]


def test_a_client_of_the_standard_lists_reads_and_finds_its_report_in_both_formats(service) -> None:
    address, key = service
    first, second = (post(address, key, description=text) for text in ("灯不亮", "灯又灭了"))
    told = []
    for form in ("json", "xml"):
        client = GeoReport(address, jurisdiction=peopled_town.TOWN, output_format=form)
        services = {one["service_code"]: one for one in client.get_service_list()}
        definition = client.get_service_definition("lighting")
        asked = (
            definition["attributes"] if form == "json" else definition["attributes"]["attribute"]
        )
        asked = asked if isinstance(asked, list) else [asked]
        assert set(asked[0]) == ATTRIBUTE
        found = client.get_service_requests(service_code="lighting", status="open")
        one = client.get_service_request(first)
        assert set(one) == REQUEST
        assert (one["description"], float(one["lat"])) == ("灯不亮", pytest.approx(LAT, abs=1e-6))
        both = client.get_service_requests(service_request_id=f"{first},{second}")
        told.append(
            [
                sorted(services),
                [one["code"] for one in asked],
                [one["service_request_id"] for one in found],
                one["requested_datetime"],
                {one["service_request_id"] for one in both},
            ]
        )
    assert told[0] == told[1]
    assert told[0][2] == [second, first]
    assert told[0][4] == {first, second}


def test_pages_and_refusals_are_what_a_client_expects(service) -> None:
    address, key = service
    numbers = [post(address, key, description=text) for text in ("一", "二", "三")]
    page = {"service_code": "lighting", "page_size": 2}
    pages = [
        requests.get(f"{address}/requests.json", params={**page, "page": n}, timeout=120).json()
        for n in (1, 2)
    ]
    read = [one["service_request_id"] for part in pages for one in part]
    assert read[:3] == numbers[::-1]
    with pytest.raises(requests.HTTPError, match="404"):
        GeoReport(address, output_format="xml").get_service_request("999999999")
