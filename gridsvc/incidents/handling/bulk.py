"""One step for many cases, tried before it is done, each for itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.errors import BadInput, GridsvcError, NotFound
from gridsvc.incidents.handling.life import Act, act
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.incidents.rules.life import Action
from gridsvc.incidents.rules.reasons import because

#: Cases of one go: a page of the list, chosen whole.
MOST = 50


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
        raise because(BadInput, "too_many_cases", ["case"], most=MOST, count=len(chosen))
    return [one_of_many(session, one, action, given, user, sight, now, dry_run) for one in chosen]


def one_of_many(
    session: Session,
    number: int,
    action: Action,
    given: Act,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    dry_run: bool,
) -> Result:
    """Take a step with one case, so that its refusal leaves the others' work alone."""
    trial = session.begin_nested()
    try:
        incident = act(session, number, action, given, user, sight, now)
        seq = last_step(session, number).seq
    except GridsvcError as refusal:
        trial.rollback()
        return Result(number, session.get(Incident, number), refused=refusal)
    if dry_run:
        trial.rollback()
    else:
        trial.commit()
    return Result(number, incident, seq)


def last_step(session: Session, number: int) -> IncidentEvent:
    """Return the newest line of a case's history.

    Raises
    ------
    NotFound
        There is no such case.
    """
    query = select(IncidentEvent).where(IncidentEvent.incident_id == number)
    step = session.scalar(query.order_by(IncidentEvent.seq.desc()).limit(1))
    if step is None:
        raise because(NotFound, "no_case", [number], case=number)
    return step
