"""Which pass a phone holds, remembered by its browser so that signing out can end it.

In a cookie of its own: the session's cookie is written by every answer that changes it, and an
answer on its way beside the one that gives the pass would write it without the mark.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from gridsvc import edge
from gridsvc.accounts.rules import PHONE_LIMIT


def remember(answer: Response, number: int) -> Response:
    """Let the browser keep the mark of a pass for as long as the pass may live."""
    answer.set_cookie(_name(), _signer().dumps(number), max_age=PHONE_LIMIT, **_how())
    return answer


def remembered() -> int | None:
    """Return the number of the pass that this browser was marked with."""
    try:
        return int(_signer().loads(request.cookies.get(_name(), "")))
    except (BadSignature, TypeError, ValueError):
        return None


def forget(answer: Response) -> Response:
    """Let the browser forget the mark."""
    answer.delete_cookie(_name(), **_how())
    return answer


def _name() -> str:
    return "__Host-gridsvc-phone" if edge.settings().https else "gridsvc-phone"


def _how() -> dict[str, Any]:
    return {"httponly": True, "secure": edge.settings().https, "samesite": "Lax", "path": "/"}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="phone")
