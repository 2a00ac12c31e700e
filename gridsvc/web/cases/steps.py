"""A step with a case as a form sends it."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from gridsvc.errors import BadInput
from gridsvc.incidents.handling.life import Act
from gridsvc.incidents.rules import Outcome, Urgency
from gridsvc.incidents.rules.life import Action
from gridsvc.incidents.rules.reasons import because

#: Characters of a note: a paragraph, not a file.
LONGEST_NOTE = 2000
#: Step → what its form asks for; the rules say which of it must be there. In the order of the
#: buttons of a case: first what brings it on, then what is beside, last what sends it back.
FIELDS: dict[Action, tuple[str, ...]] = {
    Action.PLACE: ("place", "note"),
    Action.CLAIM: ("own_team_id",),
    Action.ACCEPT: ("own_team_id",),
    Action.DISPATCH: ("team_id", "note"),
    Action.RESOLVE: ("outcome", "note", "photo"),
    Action.VERIFY: ("note",),
    Action.CLOSE: ("note",),
    Action.FEED_BACK: ("note",),
    Action.RATE: ("rating",),
    Action.REVIEW: ("note",),
    Action.GRANT_EXTENSION: (),
    Action.REFUSE_EXTENSION: ("note",),
    Action.CO_HANDLE: ("team_id",),
    Action.ASK_EXTENSION: ("working_days", "note"),
    Action.EXPEDITE: ("urgency", "note"),
    Action.ESCALATE: ("note",),
    Action.MERGE: ("into_id", "note"),
    Action.RETURN: ("note",),
    Action.REWORK: ("note",),
    Action.REOPEN: ("note",),
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
    outcome, urgency = request.form.get("outcome", ""), request.form.get("urgency", "")
    key = request.form.get("client_step_id", "").strip()
    if outcome and outcome not in list(Outcome):
        raise BadInput(gettext("Choose how it ended."), ["outcome"])
    return Act(
        note=note or None,
        outcome=Outcome(outcome) if outcome else None,
        team_id=number("team_id"),
        working_days=number("working_days"),
        into_id=number("into_id"),
        rating=number("rating"),
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        place=place(),
        client_step_id=key[:100] or None,
    )


def place() -> tuple[float, float] | None:
    """Return lon, lat of the form in degrees, ``None`` when they are empty.

    Raises
    ------
    BadInput
        One is no number.
    """
    texts = [request.form.get(name, "").strip() for name in ("lon", "lat")]
    if not any(texts):
        return None
    try:
        lon, lat = (float(one) for one in texts)
    except ValueError:
        raise because(BadInput, "place_not_finite", ["place"]) from None
    return lon, lat


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
