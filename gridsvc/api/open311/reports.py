"""POST /open311/v2/requests: reports from systems with a key."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from gridsvc import edge
from gridsvc.accounts.models import ApiKey
from gridsvc.accounts.rules import Permission, Scope, requires, trusts_no_cookie
from gridsvc.api.cases.photos import BODY_LIMIT
from gridsvc.api.open311 import questions
from gridsvc.api.open311.door import FORM, jurisdiction, key_of, part, source_of
from gridsvc.api.open311.formats import answered
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.incidents import public_cases
from gridsvc.incidents.arrival.report import Report
from gridsvc.incidents.arrival.reporting import report_incident
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.models import Category, Incident
from gridsvc.incidents.rules import Provenance
from gridsvc.incidents.rules.free_text import screen

blueprint = part("open311_reports", __name__)


@blueprint.url_value_preprocessor
def take_more(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a report bring a photo, before anything reads the body."""
    request.max_content_length = BODY_LIMIT


@blueprint.post("/requests", defaults={"form": None})
@blueprint.post(f"/requests.{FORM}")
@requires(Permission.OPEN)
@trusts_no_cookie
def report(form: str | None) -> Response:
    """Take a report in from a system with a key; answered after the commit."""
    sent, db = request.values, edge.session()
    key = key_of(sent.get("api_key"))
    if key is None:
        raise NotAllowed("api_key was not provided.")
    within = jurisdiction(sent.get("jurisdiction_id"))
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
        source=source_of(key),
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
