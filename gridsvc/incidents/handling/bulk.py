"""One step for many cases, tried before it is done; and a step taken back within seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.errors import BadInput, GridsvcError, NotFound, RuleViolation
from gridsvc.incidents.handling.life import Act, act
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.incidents.rules.life import Action

#: Cases of one go: a page of the list, chosen whole.
MOST = 50
#: What a person is promised for taking a step back (10 s), and the way of the page to him and back.
UNDO_WITHIN = timedelta(seconds=10)
_ON_THE_WAY = timedelta(seconds=5)
#: Step → the step that leads back. Nothing else can be undone: a claim is a promise to others, an
#: answer was read. A case given to a team goes back to the team before.
REVERSE = {
    Action.DISPATCH: Action.DISPATCH,
    Action.CLOSE: Action.REOPEN,
    Action.MERGE: Action.UNMERGE,
}


@dataclass(frozen=True)
class Result:
    """What came of one case: ``seq`` is the new line of its history, ``refused`` says why not."""

    number: int
    incident: Incident | None
    seq: int | None = None
    refused: GridsvcError | None = None


def apply(
    session: Session,
    numbers: Iterable[int],
    action: Action,
    given: Act,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    *,
    dry_run: bool,
) -> list[Result]:
    """Take a step with each of some cases, each for itself: a refused one stops no other.

    A dry run takes the very same steps and rolls every one back, so that it can promise nothing
    that would be refused a moment later for another reason than the time between.

    Raises
    ------
    BadInput
        No case, or more than fit one go.
    """
    chosen = sorted(set(numbers))
    if not 1 <= len(chosen) <= MOST:
        raise BadInput(f"Choose from 1 to {MOST} cases, not {len(chosen)}.", ["case"])
    return [_one(session, one, action, given, user, sight, now, dry_run) for one in chosen]


def undo(
    session: Session,
    steps: Iterable[tuple[int, int]],
    user: UserAccount,
    sight: Sight,
    now: datetime,
    note: str,
) -> list[Result]:
    """Take back steps, each named by case and line of its history; a refused one stops no other.

    ``note`` is the reason that the history keeps.
    """
    results = []
    for number, seq in sorted(set(steps))[:MOST]:
        try:
            action, team_id = _way_back(session, number, seq, user, now)
        except GridsvcError as refusal:
            results.append(Result(number, None, refused=refusal))
            continue
        given = Act(note=note, team_id=team_id)
        results.append(_one(session, number, action, given, user, sight, now, False))
    return results


def undoable(step: IncidentEvent, user: UserAccount, now: datetime) -> bool:
    """Tell whether a page should offer to take the last step of a case back."""
    reverse = step.action in {one.value for one in REVERSE}
    return reverse and step.user_id == user.id and now - step.at <= UNDO_WITHIN


def _one(
    session: Session,
    number: int,
    action: Action,
    given: Act,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    dry_run: bool,
) -> Result:
    trial = session.begin_nested()
    try:
        incident = act(session, number, action, given, user, sight, now)
        seq = _last(session, number).seq
    except GridsvcError as refusal:
        trial.rollback()
        return Result(number, session.get(Incident, number), refused=refusal)
    if dry_run:
        trial.rollback()
    else:
        trial.commit()
    return Result(number, incident, seq)


def _way_back(
    session: Session, number: int, seq: int, user: UserAccount, now: datetime
) -> tuple[Action, int | None]:
    last = _last(session, number)
    if last.seq != seq or last.user_id != user.id:
        raise RuleViolation(f"Case {number} has gone on since; nothing was taken back.", [number])
    if now - last.at > UNDO_WITHIN + _ON_THE_WAY:
        raise RuleViolation(f"Case {number}: a step can be taken back for 10 seconds.", [number])
    reverse = next((back for done, back in REVERSE.items() if done.value == last.action), None)
    if reverse is None:
        raise RuleViolation(f"Case {number}: “{last.action}” cannot be taken back.", [number])
    if reverse is not Action.DISPATCH:
        return reverse, None
    before = last.detail.get("from_team_id")
    if before is None:
        raise RuleViolation(f"Case {number} had no team before: give it to another.", [number])
    return reverse, before


def _last(session: Session, number: int) -> IncidentEvent:
    query = select(IncidentEvent).where(IncidentEvent.incident_id == number)
    step = session.scalar(query.order_by(IncidentEvent.seq.desc()).limit(1))
    if step is None:
        raise NotFound(f"There is no case {number}.", [number])
    return step
