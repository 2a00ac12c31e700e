"""GET /open311/v2/requests: cases that anybody may read, with their published photos."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.cases.photos import jpeg
from gridsvc.api.open311 import questions
from gridsvc.api.open311.door import FORM, jurisdiction, key_of, part, source_of
from gridsvc.api.open311.formats import answered
from gridsvc.errors import NotFound
from gridsvc.incidents import public_cases
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Status
from gridsvc.incidents.rules.free_text import masked

blueprint = part("open311_requests", __name__)


@blueprint.get("/requests", defaults={"form": None})
@blueprint.get(f"/requests.{FORM}")
@requires(Permission.OPEN)
def cases(form: str | None) -> Response:
    """List cases that anybody may read, and with a key those that it reported."""
    within = jurisdiction(request.args.get("jurisdiction_id"))
    asked = questions.page(request.args, edge.now(), edge.settings().time_zone, within)
    return _listed(asked)


@blueprint.get("/requests/<number>", defaults={"form": None})
@blueprint.get(f"/requests/<number>.{FORM}")
@requires(Permission.OPEN)
def case(number: str, form: str | None) -> Response:
    """Give one case, as a list of one."""
    within = jurisdiction(request.args.get("jurisdiction_id"))
    known = (int(number),) if number.isascii() and number.isdigit() and len(number) < 19 else ()
    return _listed(questions.Page(public_cases.Wanted(numbers=known, within=within), 1, 0), number)


@blueprint.get("/tokens/<token>", defaults={"form": None})
@blueprint.get(f"/tokens/<token>.{FORM}")
@requires(Permission.OPEN)
def token(token: str, form: str | None) -> Response:
    """Give the number of the case that a tracking code stands for."""
    asked = select(Incident.id).where(Incident.tracking_code == token)
    number = None if "\0" in token else edge.session().scalar(asked)
    if number is None:
        raise NotFound(f"token {token[:40]} was not found.")
    told = [{"service_request_id": str(number), "token": token}]
    return answered(told, "service_requests", "request")


@blueprint.get("/photos/<int(max=9223372036854775807):number>.jpg")
@requires(Permission.OPEN)
def photo(number: int) -> Response:
    """Give a published photo, covered as somebody decided."""
    db = edge.session()
    return jpeg(photos.published(db, number, public_cases.for_anybody(db)), number)


def _listed(asked: questions.Page, number: str | None = None) -> Response:
    db = edge.session()
    key = key_of(request.args.get("api_key"))
    readable = public_cases.for_anybody(db, source_of(key) if key else None)
    found = public_cases.cases(db, readable, asked.wanted, limit=asked.size, offset=asked.offset)
    if number is not None and not found:
        raise NotFound(f"service_request_id {number[:40]} was not found.")
    pictures = photos.first_published(db, [one.incident.id for one in found])
    told = [_told(one, pictures.get(one.incident.id)) for one in found]
    return answered(told, "service_requests", "request")


def _told(one: public_cases.PublicCase, picture: int | None) -> dict[str, Any]:
    case = one.incident
    address = case.answers.get("address_string")
    notes = "merged" if case.status is Status.MERGED else case.outcome and case.outcome.value
    return {
        "service_request_id": str(case.id),
        "status": "closed" if case.closed_at else "open",
        "status_notes": notes,
        "service_name": one.category.name,
        "service_code": one.category.code,
        "description": masked(case.description) if case.description else None,
        "agency_responsible": one.team.name if one.team else None,
        "service_notice": None,
        "requested_datetime": _w3c(case.reported_at),
        "updated_datetime": _w3c(case.closed_at or one.updated_at or case.reported_at),
        "expected_datetime": _w3c(case.due_at),
        "address": masked(address) if address else None,
        "address_id": None,
        "zipcode": None,
        "lat": None if one.lat is None else round(one.lat, 6),
        "long": None if one.lon is None else round(one.lon, 6),
        "media_url": url_for(f"{blueprint.name}.photo", number=picture, _external=True)
        if picture
        else None,
    }


def _w3c(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(ZoneInfo(edge.settings().time_zone)).isoformat(timespec="seconds")
