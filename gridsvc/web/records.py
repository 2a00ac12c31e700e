"""The log of what was done, and the accounts that can do it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from gridsvc import edge
from gridsvc.accounts.queries import audit_entries, list_users
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput

blueprint = Blueprint("records", __name__)

#: Lines of the log on a page.
LINES = 100


@blueprint.get("/audit")
@requires(Permission.VIEW_AUDIT)
def audit() -> str:
    """Show the log, newest first; ``before`` is the id below which an older page begins."""
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) <= 18):
        raise BadInput(f"“before” must be the number of a line of the log, not “{before[:40]}”.")
    db = edge.session()
    entries = audit_entries(db, before=int(before) if before else None, limit=LINES + 1)
    names = {one.id: one.username for one in list_users(db)}
    return render_template(
        "audit.html", entries=entries[:LINES], more=len(entries) > LINES, names=names
    )


@blueprint.get("/users")
@requires(Permission.MANAGE_USERS)
def users() -> str:
    """Show the accounts with their roles and scopes, and how to change them."""
    return render_template("users.html", users=list_users(edge.session()))
