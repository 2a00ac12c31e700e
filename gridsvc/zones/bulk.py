"""Zones for many grids: one transaction a grid, so that a stop leaves none half done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.rules import Scope
from gridsvc.errors import GridsvcError
from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.zones.contacts import share_out
from gridsvc.zones.services import renew


@dataclass
class Tally:
    """What was done so far; ``left_out`` tells why by grid."""

    grids: int = 0
    kept: int = 0
    made: int = 0
    ended: int = 0
    given: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)


def grids_to_zone(session: Session, scope: Scope, on: date) -> list[str]:
    """List the residential grids of a scope on a day, in order of code."""
    query = (
        select(Grid.code)
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .where(
            Grid.kind == GridKind.RESIDENTIAL,
            valid_on(GridBoundary, on),
            below(Grid.code, scope, GRID_DIGITS),
        )
    )
    return list(session.scalars(query.order_by(Grid.code)))


def make_zones(
    sessions: sessionmaker[Session],
    codes: Sequence[str],
    on: date,
    now: datetime,
    today: date,
    tally: Tally,
    *,
    contacts: bool = True,
) -> Iterator[str]:
    """Make the zones of grids one after the other, committing each; give contacts if asked.

    Yields
    ------
    str
        The grid that is done, or left out with its reason in ``tally``.
    """
    for code in codes:
        try:
            with sessions.begin() as session:
                done = renew(session, code, on, by=None, now=now, today=today)
                given = share_out(session, code, on, by=None, now=now) if contacts else 0
        except GridsvcError as refusal:
            tally.left_out[code] = refusal.message
        else:
            tally.grids += 1
            tally.kept += done.kept
            tally.made += done.made
            tally.ended += done.ended
            tally.given += given
        yield code
