"""GET /api/v1/docs: the interface's document as a page, without a file from another host."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, cast

from apiflask import APIBlueprint, APIFlask
from flask import current_app, render_template_string, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Problem

blueprint = APIBlueprint("api_reference", __name__, url_prefix="/api/v1", enable_openapi=False)

_PAGE = files(__package__).joinpath("reference.html").read_text("utf-8")


@blueprint.get("/docs")
@requires(Permission.OPEN)
def page() -> str:
    """Show every path, its fields and answers."""
    app = cast(APIFlask, current_app)
    return render_template_string(
        _PAGE,
        spec=app._get_spec("json"),  # the one that openapi.json answers, made once
        document=url_for("openapi.spec"),
        nonce=edge.nonce(),
        name_of=_name_of,
    )


def complete(document: Any) -> Any:
    """Say in the document what holds everywhere: who is refused, and how every refusal looks."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    schemas = document["components"]["schemas"]
    for replaced in ("ValidationError", "HTTPError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = Problem.model_json_schema()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            answers = operation["responses"]
            if path != "/api/v1/tokens":
                operation["security"] = [{"bearer": []}, {}]
                answers |= {"401": {"description": "Sign in first"}}
                answers |= {"403": {"description": "Not for this role"}}
            for status, answer in answers.items():
                if status[0] in "45":
                    answer["content"] = problem
            for field in operation.get("parameters", ()):
                if field["name"] == "number":
                    field["schema"] = {"type": "integer", "minimum": 1}
    return document


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", schema.get("title", "object"))).rpartition("/")[2]
