"""Refusals on the wire: one table class → status, one problem document (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Response
from werkzeug.exceptions import HTTPException

from gridsvc.errors import (
    BadInput,
    Conflict,
    GridsvcError,
    NotAllowed,
    NotFound,
    NotReady,
    NotSignedIn,
    RuleViolation,
    TooMany,
)
from gridsvc.incidents.rules.reasons import plain

MIMETYPE = "application/problem+json"

#: The nearest class in the order of inheritance counts; a test walks all subclasses.
STATUS: dict[type[GridsvcError], HTTPStatus] = {
    BadInput: HTTPStatus.BAD_REQUEST,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    RuleViolation: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: Codes of refusals that the framework makes; every other one is ``http_<status>``.
_FRAMEWORK_CODES = {
    400: "bad_input",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many",
    500: "fault",
}


def status_of(error: BaseException) -> HTTPStatus:
    """Give the status that answers an error; anything unknown is a fault of ours, 500."""
    if isinstance(error, GridsvcError):
        return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), _FAULT)
    if isinstance(error, HTTPError):
        return HTTPStatus(error.status_code)
    if isinstance(error, HTTPException) and error.code is not None:
        return HTTPStatus(error.code)
    return _FAULT


def problem(
    error: BaseException,
    request_id: str,
    status: int | None = None,
    *,
    detail: str | None = None,
    say: Callable[[str], str] = str,
) -> Response:
    """Answer an error as a problem document.

    Parameters
    ----------
    error : BaseException
        A refusal of ours, of APIFlask's validation or of Werkzeug; anything else is a 500 that
        tells nothing of the inside.
    request_id : str
        The id under which the log holds the same request.
    status : int, optional
        Answer under this status instead of the table's.
    detail : str, optional
        The sentence in the caller's language; the error's own when not given.
    say : callable
        Says an English sentence in the caller's language.

    Returns
    -------
    Response
        ``type, title, status, detail, code, request_id``; ``ids`` where the error names things,
        ``place`` (lon, lat) where one can be looked at,
        ``reason`` and ``values`` where its sentence has a code,
        ``errors`` (``path``, ``detail``) where fields were refused.
    """
    answered = status_of(error) if status is None else HTTPStatus(status)
    body: dict[str, Any] = {"title": answered.phrase, "status": answered.value}
    body |= _what(error, answered, say)
    body["detail"] = detail or body["detail"]
    body["type"] = f"urn:gridsvc:{body['code']}"
    body["request_id"] = request_id
    answer = Response(json.dumps(body, ensure_ascii=False), answered.value, mimetype=MIMETYPE)
    for name, value in _headers(error).items():
        answer.headers[name] = value
    return answer


_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR


def _what(error: BaseException, status: HTTPStatus, say: Callable[[str], str]) -> dict[str, Any]:
    if isinstance(error, GridsvcError):
        told: dict[str, Any] = {"code": error.code, "detail": say(error.message)}
        if error.ids:
            told["ids"] = error.ids
        if error.place is not None:
            told["place"] = list(error.place)
        if error.reason is not None:
            named = {name: plain(value) for name, value in error.values.items()}
            told |= {"reason": error.reason, "values": named}
        return told
    code = _FRAMEWORK_CODES.get(status.value, f"http_{status.value}")
    if isinstance(error, HTTPError) and isinstance(error.detail, dict) and error.detail:
        fields = _fields(error.detail, say)
        first = fields[0]
        return {
            "code": code,
            "detail": f"{first['path']}: {first['detail']}",
            "ids": [one["path"] for one in fields],
            "errors": fields,
        }
    if status is _FAULT:
        return {
            "code": code,
            "detail": say(
                "Something went wrong on our side; nothing was changed. "
                "Tell the office the request id."
            ),
        }
    text = getattr(error, "description", None) or getattr(error, "message", None)
    return {"code": code, "detail": say(text or status.description or status.phrase)}


def _fields(detail: dict[str, Any], say: Callable[[str], str]) -> list[dict[str, str]]:
    return [
        {
            "path": f"{location}.{field}".removesuffix("._schema"),
            "detail": say(text.removeprefix("Value error, ")),
        }
        for location, fields in detail.items()
        for field, texts in fields.items()
        for text in texts
    ]


def _headers(error: BaseException) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="gridsvc"'}
    allowed = getattr(error, "valid_methods", None)
    return {"Allow": ", ".join(sorted(allowed))} if allowed else {}
