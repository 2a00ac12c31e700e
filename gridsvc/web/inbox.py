"""What an account was told, and that it has read it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import NotSignedIn
from gridsvc.notices import queries, services
from gridsvc.web import asked

blueprint = Blueprint("inbox", __name__)

#: Notices on a page.
LINES = 50


@blueprint.get("/inbox")
@requires(Permission.VIEW_CASES)
def notices() -> str:
    """Show the account's notices, newest first; ``before`` is the id an older page begins below."""
    before = asked.whole_number("before", 0, 1, 999_999_999) or None
    rows = queries.inbox(edge.session(), _account().id, before=before, limit=LINES + 1)
    return render_template("inbox.html", rows=rows[:LINES], more=len(rows) > LINES)


@blueprint.post("/inbox/read")
@requires(Permission.VIEW_CASES)
def read() -> Response:
    """Mark what the page showed as read, up to the newest line that was on it."""
    newest = request.form.get("up_to", "")
    if newest.isascii() and newest.isdigit() and len(newest) <= 18:
        services.mark_read(edge.session(), _account().id, edge.now(), int(newest))
    return make_response(redirect(url_for("inbox.notices"), 303))


def unread() -> int:
    """Count what the viewer has not read yet, for the bar of every page."""
    viewer = edge.user()
    return queries.unread(edge.session(), viewer.id) if viewer else 0


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
