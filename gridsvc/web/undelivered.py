"""Mails and calls that were given up, and how to send them again."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput
from gridsvc.notices import queries, receivers

blueprint = Blueprint("undelivered", __name__)

#: Given-up notices that the page shows; sending again takes all of a receiver.
LINES = 100


@blueprint.get("/notices/undelivered")
@requires(Permission.MANAGE_USERS)
def page() -> str:
    """Show how each receiver fares, and what was given up, newest first."""
    db = edge.session()
    return render_template(
        "undelivered.html",
        webhooks=queries.webhooks(db),
        mails=queries.mails(db),
        given_up=queries.given_up(db, limit=LINES),
    )


@blueprint.post("/notices/undelivered")
@requires(Permission.MANAGE_USERS)
def again() -> Response:
    """Let what a receiver was not brought wait for the next round."""
    text = request.form.get("webhook", "")
    if text != "mail" and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), ["webhook"])
    number = None if text == "mail" else int(text)
    db = edge.session()
    count = receivers.replay(db, edge.now(), webhook_id=number, since=None)
    record(db, edge.user(), "notices.replay", text, {"count": count})
    return make_response(redirect(url_for("undelivered.page", again=count), 303))
