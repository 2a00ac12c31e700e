"""Setting a target: a new line beside the old ones, which stay for the days that they held."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.targets.models import Target
from gridsvc.targets.rules import BOUNDS, TargetKind


def set_target(
    session: Session,
    prefix: str,
    kind: TargetKind,
    value: int,
    valid_from: date,
    user: UserAccount,
    today: date,
) -> Target:
    """Aim at a value below a division from a day on.

    Raises
    ------
    NotAllowed
        The division lies outside the account's area.
    BadInput
        The value is out of bounds, or the day is over: what was told of it stands.
    """
    if len(prefix) > 12 or not user.scope.covers(prefix):
        raise NotAllowed("These targets belong to another office.", [prefix])
    low, high = BOUNDS[kind]
    if not low <= value <= high:
        raise BadInput(f"Give a whole number from {low} to {high}.", ["value"])
    if valid_from < today:
        raise BadInput(
            f"{valid_from} is over, and its figures stand: begin today or later.", ["valid_from"]
        )
    made = Target(prefix=prefix, kind=kind, value=value, valid_from=valid_from, made_by=user.id)
    session.add(made)
    session.flush()
    record(session, user, "target.set", prefix, {"kind": kind, "value": value})
    return made
