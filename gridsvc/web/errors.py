"""What people see when something is refused or fails: what happened, and what to do now."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from gridsvc import edge


def page(status: int, message: str) -> Response:
    """Return the page that tells a refusal, with the request's id to quote."""
    return make_response(
        render_template("error.html", status=status, message=message, id=edge.request_id()), status
    )


def sign_in_first() -> Response:
    """Lead to the sign-in form, which leads back here."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return make_response(redirect(url_for("sign_in.form", next=wanted)))
