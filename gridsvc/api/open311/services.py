"""/open311/v2: where the interface is, what can be reported, and what is asked of each service."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.open311.door import FORM, jurisdiction, part
from gridsvc.api.open311.formats import answered
from gridsvc.incidents import catalogue, public_cases
from gridsvc.incidents.models import CategoryQuestion

blueprint = part("open311_services", __name__)


@blueprint.get(f"/discovery.{FORM}")
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
@blueprint.get(f"/services.{FORM}")
@requires(Permission.OPEN)
def services(form: str | None) -> Response:
    """List what can be reported: the public categories in force."""
    jurisdiction(request.args.get("jurisdiction_id"))
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
@blueprint.get(f"/services/<code>.{FORM}")
@requires(Permission.OPEN)
def service(code: str, form: str | None) -> Response:
    """Give the extra questions of one service."""
    jurisdiction(request.args.get("jurisdiction_id"))
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
