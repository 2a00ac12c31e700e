"""Every refusal becomes an answer here: a page for a person, a problem document for a program."""

from __future__ import annotations

from typing import Any

import structlog
from apiflask.exceptions import HTTPError
from flask import Flask, Response, current_app, make_response, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from gridsvc import edge
from gridsvc.api.errors import problem, status_of
from gridsvc.db import schema_fault
from gridsvc.errors import BadInput, GridsvcError, NotReady, NotSignedIn
from gridsvc.web import errors as pages
from gridsvc.web import field_words
from gridsvc.web.cases import refusal_words
from gridsvc.web.plans import refused_words

# One line of JSON an event: an address cannot begin a line of its own or steer a terminal. Plain
# tracebacks: those with the values of variables would write passwords into the log.
log = structlog.wrap_logger(
    None,
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
)

_PROGRAM_PATHS = ("/api/", "/tiles/", "/open311/", "/ogc/")


def register(app: Flask) -> None:
    """Answer every refusal and every fault of an application."""
    app.register_error_handler(GridsvcError, refused)
    app.register_error_handler(HTTPError, refused)
    app.register_error_handler(HTTPException, _refused_by_flask)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(Exception, _broken)


def refused(refusal: Exception) -> Response:
    """Answer a refusal of ours or of Flask, for whoever asked."""
    if _a_program_asks():
        return problem(refusal, edge.request_id(), **_said(refusal))
    if isinstance(refusal, NotSignedIn):
        return pages.sign_in_first()
    status = status_of(refusal)
    if isinstance(refusal, GridsvcError):
        message = refused_words.in_words(refusal_words.said(refusal))
    elif status == 404:
        message = gettext("There is nothing at this address.")
    elif status >= 500:
        message = gettext("Something broke on our side; nothing was changed.")
    else:
        message = getattr(refusal, "description", None) or status.phrase
    return pages.page(status, message)


def _said(refusal: Exception) -> dict[str, Any]:
    """Say a refusal in the language that the caller asks for; programs mostly ask for none."""
    if "Accept-Language" not in request.headers:
        return {}
    if isinstance(refusal, GridsvcError) and refusal.reason is not None:
        return {"detail": refusal_words.said(refusal)}
    return {"say": lambda sentence: field_words.in_words(refused_words.in_words(sentence))}


def _refused_by_flask(fault: HTTPException) -> Response:
    if isinstance(fault, CSRFError):
        message = gettext("This page was open for too long. Go back, reload it and try again.")
        return refused(BadInput(message))
    if fault.code is None or fault.code < 400:
        return make_response(fault.get_response())
    answer = refused(fault)
    if allowed := getattr(fault, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _no_database(fault: OperationalError) -> Response:
    log.error("database_gone", path=request.path, request_id=edge.request_id(), exc_info=fault)
    edge.forget()
    message = gettext("The database does not answer just now. Try again in a moment.")
    answer = refused(NotReady(message))
    answer.headers["Retry-After"] = "5"
    return answer


def _broken(fault: Exception) -> Response:
    """Answer a fault of ours: logged under the request's id, told without its details."""
    if schema_fault(fault):
        log.error("schema_missing", path=request.path, request_id=edge.request_id())
        edge.forget()
        return refused(NotReady(gettext("The schema is not there yet: run “gridsvc migrate”.")))
    if current_app.testing:
        raise fault
    log.error("request_failed", path=request.path, request_id=edge.request_id(), exc_info=fault)
    edge.forget()
    return refused(InternalServerError())


def _a_program_asks() -> bool:
    if request.path.startswith(_PROGRAM_PATHS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
