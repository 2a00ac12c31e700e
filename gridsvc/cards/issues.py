"""Cards given out: counted by grid, kind and day; nobody writes down to whom."""

from __future__ import annotations

from datetime import date

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.cards.models import CardIssue
from gridsvc.cards.rules import CardKind
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import GRID_DIGITS, below, grids_on

MOST = 100_000


def issue(
    session: Session,
    grid_code: str,
    kind: CardKind,
    number: int,
    on: date,
    *,
    by: UserAccount,
    scope: Scope,
    today: date,
) -> CardIssue:
    """Count cards given out on a day; a minus takes back what was counted wrongly.

    Raises
    ------
    NotFound
        The scope has no such grid.
    BadInput
        The number or the day cannot be; ``ids`` name the field.
    RuleViolation
        More would be taken back than was ever given out.
    """
    if not scope.covers(grid_code) or session.get(Grid, grid_code, with_for_update=True) is None:
        raise NotFound("There is no such grid of yours.", [grid_code])
    if number == 0 or abs(number) > MOST:
        raise BadInput(f"Give a number up to {MOST}.", ["number"])
    if on > today or on.year < today.year - 10:
        raise BadInput("The day lies ahead, or too far back.", ["issued_on"])
    mine = (CardIssue.grid_code == grid_code, CardIssue.kind == kind)
    sofar = session.scalar(select(func.coalesce(func.sum(CardIssue.number), 0)).where(*mine)) or 0
    if sofar + number < 0:
        raise RuleViolation(f"Only {sofar} were given out.", ["number"])
    made = CardIssue(
        grid_code=grid_code, kind=kind, issued_on=on, number=number, recorded_by_id=by.id
    )
    session.add(made)
    session.flush()
    record(session, by, "cards.issued", grid_code, {"kind": kind.value, "number": number})
    return made


def issued_by(session: Session, scope: Scope, on: date) -> pd.DataFrame:
    """Return the cards given out up to a day, of every grid of that day, in order of code.

    Index: ``code``. Columns: those of `grids_on`, and a count (int) for each `CardKind`.
    """
    frame = grids_on(session, scope, on)
    rows = session.execute(
        select(CardIssue.grid_code, CardIssue.kind, func.sum(CardIssue.number))
        .where(CardIssue.issued_on <= on, below(CardIssue.grid_code, scope, GRID_DIGITS))
        .group_by(CardIssue.grid_code, CardIssue.kind)
    ).all()
    counted = pd.DataFrame(rows, columns=["code", "kind", "number"])
    for kind in CardKind:
        own = counted[counted["kind"] == kind].set_index("code")["number"]
        frame[kind.value] = own.reindex(frame.index).fillna(0).astype(int)
    return frame


def given_out(session: Session, grid_code: str, on: date) -> dict[CardKind, int]:
    """Return how many cards of each kind a grid was given up to a day."""
    rows = session.execute(
        select(CardIssue.kind, func.sum(CardIssue.number))
        .where(CardIssue.grid_code == grid_code, CardIssue.issued_on <= on)
        .group_by(CardIssue.kind)
    )
    return dict.fromkeys(CardKind, 0) | {kind: int(number) for kind, number in rows}
