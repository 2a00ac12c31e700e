"""The log of what was done, and the accounts that can do it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
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
    found = db.execute(select(UserAccount.id, UserAccount.username))
    names = {number: username for number, username in found}
    return render_template(
        "audit.html", entries=entries[:LINES], more=len(entries) > LINES, names=names
    )


@blueprint.get("/users")
@requires(Permission.MANAGE_USERS)
def users() -> str:
    """Show the accounts with their roles and scopes, and how to change them."""
    return render_template("users.html", users=list_users(edge.session()))
