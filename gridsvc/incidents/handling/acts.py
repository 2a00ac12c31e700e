"""What somebody sends with a step, the step as it is taken, and what it leaves in the history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.incidents.rules import Outcome, Status, Urgency


@dataclass(frozen=True)
class Act:
    """What comes with a step; `rules.life.TRANSITIONS` says which step needs what.

    ``place`` is lon, lat in degrees, EPSG:4326.
    ``client_step_id`` is made by the sender, once for a step: a repeat is then no second step.
    """

    note: str | None = None
    outcome: Outcome | None = None
    team_id: int | None = None
    working_days: int | None = None
    into_id: int | None = None
    rating: int | None = None
    urgency: Urgency | None = None
    place: tuple[float, float] | None = None
    client_step_id: str | None = None


@dataclass(frozen=True)
class Step:
    """A step as it is taken: by whom, for which team, when, and from which state."""

    given: Act
    user: UserAccount | None
    sight: Sight
    team_id: int | None
    before: Status
    on: date
    now: datetime


@dataclass(frozen=True)
class Change:
    """What the history notes of a step: the team it concerns if not the lead, and details."""

    team_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
