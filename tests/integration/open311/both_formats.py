"""A client of GeoReport v2 that asks in both formats and sees that they say the same."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import toy_town

LON, LAT = toy_town.position(0.5, 0.5)
PUBLIC, HIDDEN = toy_town.code(2, 1), toy_town.code(1, 1)
#: Whose children are items, however few.
_LISTS = {
    "services", "service_requests", "errors", "attributes", "values", "endpoints", "formats",
}  # fmt: skip
#: Asks for every case of the town.
WIDE = "start_date=2026-09-01T00:00:00Z"


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
