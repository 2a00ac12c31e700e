"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask import session as cookie
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts import services
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import TooMany
from gridsvc.web import phone_mark
from gridsvc.web.languages import local_path

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@requires(Permission.OPEN)
def form() -> str:
    """Show the form; ``next`` is where the visitor wanted to go."""
    return render_template("sign_in.html", next=local_path(request.args.get("next")), fault=None)


@blueprint.post("/sign-in")
@requires(Permission.OPEN)
def enter() -> Response:
    """Start a session under a new token, or say that name and password do not fit together.

    The session that the browser came with, if any, ends on the server too.
    """
    username = request.form.get("username", "").strip()
    wanted = local_path(request.form.get("next"))
    fault = gettext("The name or the password is not right.")
    try:
        signed_in = services.sign_in(
            edge.session(),
            username=username,
            password=request.form.get("password", ""),
            address=edge.address(),
            now=edge.now(),
        )
    except TooMany as refusal:
        fault = gettext("Too many tries. Wait five minutes, then try again.")
        page = _again(username, wanted, fault, 429)
        page.headers["Retry-After"] = str(refusal.retry_after_s)
        return page
    if signed_in is None:
        edge.session().commit()  # the failure must count, although the answer is a refusal
        return _again(username, wanted, fault, 401)
    services.sign_out(edge.session(), cookie.get("token", ""))
    # The phone's pass stays with the phone: whoever reports next on it ends the one before.
    kept = {name: cookie[name] for name in ("language",) if name in cookie}
    cookie.clear()
    cookie.update(kept, token=signed_in[0])
    return make_response(redirect(wanted, 303))


@blueprint.post("/sign-out")
@requires(Permission.SIGN_OUT)
def leave() -> Response:
    """End the session on the server, and forget it in the browser; a program ends its token."""
    services.sign_out(edge.session(), edge.bearer() or cookie.get("token", ""))
    services.end_pass(edge.session(), phone_mark.remembered())
    cookie.clear()
    return phone_mark.forget(make_response(redirect("/", 303)))


def _again(username: str, wanted: str, fault: str, status: int) -> Response:
    page = render_template("sign_in.html", next=wanted, fault=fault, username=username)
    return make_response(page, status)
