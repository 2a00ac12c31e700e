"""A report of one's own that lies in somebody else's area: how it stands, and its rating."""

from __future__ import annotations

import secrets

from flask import render_template

from gridsvc import edge
from gridsvc.errors import NotFound
from gridsvc.incidents.cases import Case, history, own_case
from gridsvc.incidents.handling import life
from gridsvc.incidents.rules.life import TRANSITIONS, Action
from gridsvc.web.cases import steps

#: What a reporter may do with a case wherever it lies.
STEPS = (Action.RATE, Action.REOPEN)


def find(number: int) -> Case | None:
    """Return a case that the viewer reported, or ``None``."""
    viewer = edge.user()
    try:
        return own_case(edge.session(), viewer.id, number) if viewer else None
    except NotFound:
        return None


def page(found: Case, fault: str = "") -> str:
    """Render what a reporter may know of a case: what was said, how it stands, what came of it."""
    db, viewer, incident = edge.session(), edge.user(), found.incident
    may = life.options(db, incident, viewer, edge.now()) if viewer else []
    options = [one for one in STEPS if one in may]
    return render_template(
        "cases/own_report.html",
        case=found,
        fault=fault,
        answers=[one for one in history(db, incident.id) if one.action == Action.FEED_BACK],
        options=options,
        fields=steps.FIELDS,
        needs={one: TRANSITIONS[incident.kind][one].needs for one in options},
        key=secrets.token_hex(12),
    )
