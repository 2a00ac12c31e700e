"""Reads of whom to ring: the team of every grid and its duty phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.staffing.models import Team, TeamAssignment


@dataclass(frozen=True)
class Duty:
    """The team of a grid; ``duty_phone`` is a post's, never a person's."""

    name: str
    name_en: str | None
    duty_phone: str | None


def duty_on(session: Session, scope: Scope, on: date) -> dict[str, Duty]:
    """Return the team of every staffed grid of a scope on a day, by grid code."""
    rows = session.execute(
        select(TeamAssignment.grid_code, Team.name, Team.name_en, Team.duty_phone)
        .join(Team, Team.id == TeamAssignment.team_id)
        .where(valid_on(TeamAssignment, on), below(TeamAssignment.grid_code, scope, GRID_DIGITS))
    )
    return {code: Duty(name, name_en, phone) for code, name, name_en, phone in rows}
