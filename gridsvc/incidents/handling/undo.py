"""A step taken back within seconds: the case is what it was before, its clock too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.errors import GridsvcError, RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.handling.bulk import MOST, Result, last_step, one_of_many
from gridsvc.incidents.handling.life import Act, locked
from gridsvc.incidents.models import IncidentEvent
from gridsvc.incidents.rules.life import Action
from gridsvc.incidents.rules.reasons import because
from gridsvc.incidents.telling import Audience, tell

#: What a person is promised for taking a step back (10 s), and the way of the page to him and back.
UNDO_WITHIN = timedelta(seconds=10)
_ON_THE_WAY = timedelta(seconds=5)
#: Nothing else can be undone: a claim is a promise to others, an answer was read.
UNDOABLE = (Action.DISPATCH, Action.CLOSE, Action.MERGE)


def undo(
    session: Session,
    steps: Iterable[tuple[int, int]],
    user: UserAccount,
    sight: Sight,
    now: datetime,
    note: str,
) -> list[Result]:
    """Take back steps, each named by case and line of its history; a refused one stops no other.

    A case given to a team goes back to the team before; a merged one is parted again. A closing
    is taken back as if it had not been: checks stay made, and no time is won or lost.

    Parameters
    ----------
    note : str
        The reason that the history keeps.
    """
    return [
        _one(session, number, seq, user, sight, now, note)
        for number, seq in sorted(set(steps))[:MOST]
    ]


def undoable(step: IncidentEvent, user: UserAccount, now: datetime) -> bool:
    """Tell whether a page should offer to take the last step of a case back."""
    can_be = step.action in {one.value for one in UNDOABLE}
    return can_be and step.user_id == user.id and now - step.at <= UNDO_WITHIN


def _one(
    session: Session,
    number: int,
    seq: int,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    note: str,
) -> Result:
    try:
        last = _own_last(session, number, seq, user, now)
        if last.action == Action.CLOSE:
            with session.begin_nested():
                return _reopened(session, last, user, sight, now, note)
        back = Action.DISPATCH if last.action == Action.DISPATCH else Action.UNMERGE
        given = Act(note=note, team_id=_team_before(last))
    except GridsvcError as refusal:
        return Result(number, None, refused=refusal)
    return one_of_many(session, number, back, given, user, sight, now, False)


def _reopened(
    session: Session,
    closing: IncidentEvent,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    note: str,
) -> Result:
    incident = locked(session, closing.incident_id, sight, user, Action.CLOSE)
    # Somebody may have gone on while this waited for the lock.
    _own_last(session, incident.id, closing.seq, user, now)
    before = incident.status
    incident.status, incident.closed_at = closing.from_status or before, None
    session.flush()
    now = history.not_before(session, incident, now)
    clock.restore(session, incident, now, user, note)
    step = history.append(
        session, incident, "take_back", now=now, user=user, from_status=before, note=note
    )
    tell(session, incident, step, "reopened", (Audience.TEAM, Audience.REPORTER), but=user)
    return Result(incident.id, incident, step.seq)


def _own_last(
    session: Session, number: int, seq: int, user: UserAccount, now: datetime
) -> IncidentEvent:
    last = last_step(session, number)
    if last.seq != seq or last.user_id != user.id:
        raise because(RuleViolation, "gone_on", [number], case=number)
    if now - last.at > UNDO_WITHIN + _ON_THE_WAY:
        seconds = int(UNDO_WITHIN.total_seconds())
        raise because(RuleViolation, "too_late_to_undo", [number], case=number, seconds=seconds)
    if last.action not in {one.value for one in UNDOABLE}:
        raise because(RuleViolation, "no_way_back", [number], case=number, step=last.action)
    return last


def _team_before(last: IncidentEvent) -> int | None:
    if last.action != Action.DISPATCH:
        return None
    before: int | None = last.detail.get("from_team_id")
    if before is None:
        number = last.incident_id
        raise because(RuleViolation, "no_team_before", [number], case=number)
    return before
