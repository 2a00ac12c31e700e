"""For those who run the service: is it alive, and can it work?"""

from __future__ import annotations

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.db import schema_fault
from gridsvc.migrations import configuration

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@requires(Permission.OPEN)
def live() -> Response:
    """Answer as long as the process can answer."""
    return jsonify(status="live")


@blueprint.get("/health/ready")
@requires(Permission.OPEN)
def ready() -> tuple[Response, int]:
    """Answer 200 when the database is there and has the newest schema."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    try:
        present = edge.session().scalar(text("select version_num from gridsvc.alembic_version"))
    except SQLAlchemyError as fault:
        gone = "the database does not answer"
        return jsonify(status="unready", reason=_said(fault) or gone), 503
    if present != newest:
        return jsonify(status="unready", reason="the schema is old: run `gridsvc migrate`"), 503
    return jsonify(status="ready"), 200


def _said(fault: SQLAlchemyError) -> str | None:
    missing = schema_fault(fault)
    return "the schema is not there yet: run `gridsvc migrate`" if missing else None
