"""/open311/v2: Open311 GeoReport v2, for the public to read and for systems with a key to report.

docs/open311.md says what the standard leaves open.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from gridsvc import edge
from gridsvc.accounts import api_keys
from gridsvc.accounts.models import ApiKey
from gridsvc.accounts.rules import Permission, Scope, requires, trusts_no_cookie
from gridsvc.api.cases.photos import BODY_LIMIT, jpeg
from gridsvc.api.open311 import questions as questions
from gridsvc.api.open311.formats import answered, refused
from gridsvc.errors import BadInput, GridsvcError, NotAllowed, NotFound
from gridsvc.grids.models import Division
from gridsvc.incidents import catalogue, public_cases
from gridsvc.incidents.arrival.report import Report
from gridsvc.incidents.arrival.reporting import report_incident
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.models import Category, CategoryQuestion, Incident
from gridsvc.incidents.rules import Provenance, Status
from gridsvc.incidents.rules.free_text import masked, screen

blueprint = APIBlueprint("open311", __name__, url_prefix="/open311/v2", enable_openapi=False)
blueprint.register_error_handler(GridsvcError, refused)
blueprint.register_error_handler(HTTPException, refused)

_FORM = "<any(json, xml):form>"


@blueprint.url_value_preprocessor
def take_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a report bring a photo, before anything reads the body."""
    if endpoint == f"{blueprint.name}.{report.__name__}":
        request.max_content_length = BODY_LIMIT


@blueprint.before_request
def refuse_nul() -> None:
    """Refuse a sign that no text of the database can hold."""
    if "\0" in request.path or any(
        "\0" in one for pair in request.values.items(multi=True) for one in pair
    ):
        raise BadInput("The request holds a NUL character.")


@blueprint.get(f"/discovery.{_FORM}")
@requires(Permission.OPEN)
def discovery(form: str) -> Response:
    """Say where the interface is and what it speaks."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": request.url_root + "open311/v2",
        "changeset": "2026-11-22T00:00:00Z",
        "type": "production",
        "formats": ["application/json", "text/xml"],
    }
    return answered(
        {
            "changeset": endpoint["changeset"],
            "contact": "The office that runs this service.",
            "key_service": "Keys are given out by the office.",
            "endpoints": [endpoint],
        },
        "discovery",
    )


@blueprint.get("/services", defaults={"form": None})
@blueprint.get(f"/services.{_FORM}")
@requires(Permission.OPEN)
def services(form: str | None) -> Response:
    """List what can be reported: the public categories in force."""
    _jurisdiction(request.args.get("jurisdiction_id"))
    db = edge.session()
    asking = set(db.scalars(select(CategoryQuestion.category_id)))
    listed = [
        {
            "service_code": one.code,
            "service_name": one.name,
            "description": one.name_en or one.name,
            "metadata": one.id in asking,
            "type": "realtime",
            "keywords": "",
            "group": one.kind.value,
        }
        for one in public_cases.services(db, edge.today())
    ]
    return answered(listed, "services", "service")


@blueprint.get("/services/<code>", defaults={"form": None})
@blueprint.get(f"/services/<code>.{_FORM}")
@requires(Permission.OPEN)
def service(code: str, form: str | None) -> Response:
    """Give the extra questions of one service."""
    _jurisdiction(request.args.get("jurisdiction_id"))
    db = edge.session()
    found = public_cases.service(db, code, edge.today())
    asked = [
        {
            "variable": True,
            "code": one.code,
            "datatype": one.datatype,
            "required": one.required,
            "datatype_description": None,
            "order": one.rank,
            "description": one.prompt,
            "values": [{"key": pick["key"], "name": pick["name"]} for pick in one.choices],
        }
        for one in catalogue.questions(db, found.id)
    ]
    return answered({"service_code": found.code, "attributes": asked}, "service_definition")


@blueprint.get("/requests", defaults={"form": None})
@blueprint.get(f"/requests.{_FORM}")
@requires(Permission.OPEN)
def cases(form: str | None) -> Response:
    """List cases that anybody may read, and with a key those that it reported."""
    within = _jurisdiction(request.args.get("jurisdiction_id"))
    asked = questions.page(request.args, edge.now(), edge.settings().time_zone, within)
    return _listed(asked)


@blueprint.get("/requests/<number>", defaults={"form": None})
@blueprint.get(f"/requests/<number>.{_FORM}")
@requires(Permission.OPEN)
def case(number: str, form: str | None) -> Response:
    """Give one case, as a list of one."""
    within = _jurisdiction(request.args.get("jurisdiction_id"))
    known = (int(number),) if number.isascii() and number.isdigit() and len(number) < 19 else ()
    return _listed(questions.Page(public_cases.Wanted(numbers=known, within=within), 1, 0), number)


@blueprint.get("/tokens/<token>", defaults={"form": None})
@blueprint.get(f"/tokens/<token>.{_FORM}")
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


@blueprint.post("/requests", defaults={"form": None})
@blueprint.post(f"/requests.{_FORM}")
@requires(Permission.OPEN)
@trusts_no_cookie
def report(form: str | None) -> Response:
    """Take a report in from a system with a key; answered after the commit."""
    sent, db = request.values, edge.session()
    key = _key(sent.get("api_key"))
    if key is None:
        raise NotAllowed("api_key was not provided.")
    within = _jurisdiction(sent.get("jurisdiction_id"))
    if not sent.get("service_code"):
        raise BadInput("service_code was not provided.", ["service_code"])
    about = public_cases.service(db, sent["service_code"], edge.today())
    if about.emergency_phone:
        raise BadInput(f"{about.name} is not for this way: call {about.emergency_phone} at once.")
    home = Scope((key.prefix,))
    made = report_incident(db, _report(about, key), edge.now(), None, home)
    incident = made.incident
    code = incident.grid_code or incident.division_code or ""
    if not (code.startswith(key.prefix) and code.startswith(within)):
        raise NotAllowed("The place lies outside the jurisdiction of this api_key.")
    notices = [] if not made.created else _attach(incident)
    if "place_swapped" in (incident.review_reason or ""):
        notices.append("lat and long look exchanged: a person will look at the place.")
    if screen(incident.description or ""):
        notices.append("The description holds a number that names a person; lists hide it.")
    told = {
        "service_request_id": str(incident.id),
        "service_notice": " ".join(notices) or None,
        "account_id": None,
    }
    return answered([told], "service_requests", "request", status=201)


def _report(about: Category, key: ApiKey) -> Report:
    """Put the report together; the sender's device and account are left out on purpose."""
    sent = request.values
    lon, lat = questions.place(sent)
    # The address of a picture is kept as text and never called.
    names = ("address_string", "address_id", "media_url")
    beside = {name: value for name in names if (value := questions.text(sent, name))}
    repeat = request.headers.get("Idempotency-Key", "").strip()
    return Report(
        about.code,
        lon,
        lat,
        client_report_id=f"open311:{key.name}:{repeat[:100]}" if repeat else None,
        description=questions.text(sent, "description"),
        provenance=Provenance.ADDRESS if "address_string" in beside else Provenance.MAP,
        kind=about.kind,
        answers=questions.attributes(sent),
        beside=beside,
        source=_source(key),
    )


def _attach(incident: Incident) -> list[str]:
    """Keep contact and photos; a photo that cannot be read does not cost the report."""
    sent, db = request.values, edge.session()
    name = " ".join(sent.get(part, "").strip() for part in ("first_name", "last_name")).strip()
    contacts.keep(db, incident, name, sent.get("phone"), sent.get("email"))
    notices = []
    for file in request.files.values():
        try:
            with file.stream as data:
                photos.take(db, incident.id, data.read(), None, "report", None, edge.now())
        except BadInput as fault:
            notices.append(fault.message)
    return notices


def _listed(asked: questions.Page, number: str | None = None) -> Response:
    db = edge.session()
    key = _key(request.args.get("api_key"))
    readable = public_cases.for_anybody(db, _source(key) if key else None)
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
        "media_url": url_for("open311.photo", number=picture, _external=True) if picture else None,
    }


def _w3c(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(ZoneInfo(edge.settings().time_zone)).isoformat(timespec="seconds")


def _key(given: str | None) -> ApiKey | None:
    if not given:
        return None
    key = api_keys.recognise(edge.session(), given)
    if key is None:
        raise NotAllowed("api_key is not known or was ended.")
    try:
        api_keys.spend(edge.session(), key, edge.now())
    finally:
        # A use counts whatever comes of the request, or a refused one would be free.
        edge.session().commit()
    return key


def _source(key: ApiKey) -> str:
    return f"open311:{key.name}"


def _jurisdiction(given: str | None) -> str:
    """Return the code of a division, or of everything when none is named: there is one office."""
    if given and ("\0" in given or edge.session().get(Division, given) is None):
        raise NotFound(f"jurisdiction_id {given[:40]} was not found.")
    return given or ""
