"""A step with a case as a form sends it, and a refusal said in the reader's language."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from gridsvc.errors import BadInput, Conflict, GridsvcError, NotFound
from gridsvc.incidents.handling.life import Act
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Outcome
from gridsvc.incidents.rules.life import TRANSITIONS, Action
from gridsvc.web import terms

#: Characters of a note: a paragraph, not a file.
LONGEST_NOTE = 2000
#: Step → what its form asks for; the rules say which of it must be there.
FIELDS: dict[Action, tuple[str, ...]] = {
    Action.DISPATCH: ("team_id", "note"),
    Action.CLAIM: ("own_team_id",),
    Action.ACCEPT: ("own_team_id",),
    Action.RETURN: ("note",),
    Action.CO_HANDLE: ("team_id",),
    Action.ASK_EXTENSION: ("working_days", "note"),
    Action.GRANT_EXTENSION: (),
    Action.REFUSE_EXTENSION: ("note",),
    Action.ESCALATE: ("note",),
    Action.RESOLVE: ("outcome", "note", "photo"),
    Action.VERIFY: ("note",),
    Action.REWORK: ("note",),
    Action.CLOSE: ("note",),
    Action.FEED_BACK: ("note",),
    Action.RATE: ("rating",),
    Action.REOPEN: ("note",),
    Action.MERGE: ("into_id", "note"),
    Action.UNMERGE: ("note",),
}


def action() -> Action:
    """Return the step that a form names.

    Raises
    ------
    BadInput
        There is no such step.
    """
    try:
        return Action(request.form.get("action", ""))
    except ValueError:
        raise BadInput(gettext("Choose what to do."), ["action"]) from None


def given() -> Act:
    """Return what a form sends along with a step.

    Raises
    ------
    BadInput
        A number is no number, the outcome is unknown, or the note is too long.
    """
    note = request.form.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        told = gettext("Write at most %(count)s characters.", count=LONGEST_NOTE)
        raise BadInput(told, ["note"])
    outcome = request.form.get("outcome", "")
    if outcome and outcome not in list(Outcome):
        raise BadInput(gettext("Choose how it ended."), ["outcome"])
    return Act(
        note=note or None,
        outcome=Outcome(outcome) if outcome else None,
        team_id=number("team_id"),
        working_days=number("working_days"),
        into_id=number("into_id"),
        rating=number("rating"),
    )


def photo() -> bytes:
    """Return the photo that came along, empty when none did."""
    sent = request.files.get("photo")
    if sent is None:
        return b""
    with sent.stream as data:
        return bytes(data.read())


def number(name: str) -> int | None:
    """Return a number of the form, ``None`` when the field is empty.

    Raises
    ------
    BadInput
        It is no whole number.
    """
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), [name])
    return int(text)


def said(refusal: GridsvcError, step: Action, incident: Incident | None) -> str:
    """Say in the reader's language why a step was refused.

    The rules speak English; what they mean is told from the case itself wherever it can be.
    """
    if incident is None or isinstance(refusal, NotFound):
        return gettext("There is no such case in your area.")
    path = TRANSITIONS[incident.kind].get(step)
    state = terms.STATUSES[incident.status]
    if path is None or incident.status not in path.sources:
        return gettext("Not possible while the case is “%(state)s”.", state=state)
    if isinstance(refusal, Conflict):
        return gettext("Somebody else was first: look at the case again.")
    if isinstance(refusal, BadInput):
        return gettext("Something is missing or cannot be used: %(what)s", what=refusal.message)
    return gettext("Not for you, or not yet: %(why)s", why=refusal.message)
