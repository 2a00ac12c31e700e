"""Reads of the wish board."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Sight
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import ENDED, Kind, Status
from gridsvc.staffing.models import Team, TeamAssignment
from gridsvc.wishes.models import SkillService, SortedWish, WishTopic

#: States in which a wish can still be claimed.
WAITING = (Status.REPORTED, Status.DISPATCHED, Status.RETURNED)


@dataclass(frozen=True)
class Wish:
    """A wish that waits, and the grid it is in."""

    incident: Incident
    grid: Grid | None


@dataclass(frozen=True)
class Heap:
    """The wishes of one topic; ``None`` are those that nobody sorted.

    Attributes
    ----------
    waiting, claimed, granted : int
        Wishes that nobody has claimed, that somebody works on, and that have ended.
    first : list of Wish
        Of those that wait, the oldest.
    services : list of (SkillService, Team)
        Who can do something about it.
    """

    topic: WishTopic | None
    waiting: int = 0
    claimed: int = 0
    granted: int = 0
    first: list[Wish] = field(default_factory=list)
    services: list[tuple[SkillService, Team]] = field(default_factory=list)


def topics(session: Session) -> list[WishTopic]:
    """Return every topic, in order of its making."""
    return list(session.scalars(select(WishTopic).order_by(WishTopic.id)))


def heaps(session: Session, sight: Sight, on: date, *, limit: int) -> list[Heap]:
    """Return the board of a viewer: a heap a topic, most waiting first, the unsorted last.

    Parameters
    ----------
    limit : int
        Wishes that each heap names.
    """
    counts = _counts(session, sight)
    offered = _services(session, sight, on)
    found = [
        Heap(
            topic,
            *counts.get(topic.id, (0, 0, 0)),
            _first(session, sight, SortedWish.topic_id == topic.id, limit),
            offered.get(topic.id, []),
        )
        for topic in topics(session)
    ]
    found.sort(key=lambda one: -one.waiting)
    unsorted = _first(session, sight, SortedWish.topic_id.is_(None), limit)
    return [*found, Heap(None, *counts.get(None, (0, 0, 0)), unsorted)]


def _counts(session: Session, sight: Sight) -> dict[int | None, tuple[int, int, int]]:
    waits, ended = Incident.status.in_(WAITING), Incident.status.in_(ENDED)
    rows = session.execute(
        select(
            SortedWish.topic_id,
            func.count().filter(waits),
            func.count().filter(~waits & ~ended),
            func.count().filter(Incident.status == Status.CLOSED),
        )
        .select_from(Incident)
        .outerjoin(SortedWish, SortedWish.incident_id == Incident.id)
        .where(Incident.kind == Kind.WISH, visible(sight))
        .group_by(SortedWish.topic_id)
    )
    return {topic: (waiting, claimed, granted) for topic, waiting, claimed, granted in rows}


def _first(session: Session, sight: Sight, of_topic: ColumnElement[bool], limit: int) -> list[Wish]:
    rows = session.execute(
        select(Incident, Grid)
        .outerjoin(SortedWish, SortedWish.incident_id == Incident.id)
        .outerjoin(Grid, Grid.code == Incident.grid_code)
        .where(Incident.kind == Kind.WISH, Incident.status.in_(WAITING), visible(sight), of_topic)
        .order_by(Incident.reported_at, Incident.id)
        .limit(limit)
    )
    return [Wish(*row) for row in rows]


def _services(
    session: Session, sight: Sight, on: date
) -> dict[int, list[tuple[SkillService, Team]]]:
    """Return what is offered on a day, by topic, by teams of the area or of a division above it."""
    above = [func.starts_with(prefix, Team.division_code) for prefix in sight.full.prefixes]
    theirs = select(TeamAssignment.team_id).where(
        valid_on(TeamAssignment, on), below(TeamAssignment.grid_code, sight.full, GRID_DIGITS)
    )
    rows = session.execute(
        select(SkillService, Team)
        .join(Team, Team.id == SkillService.team_id)
        .where(
            valid_on(SkillService, on),
            or_(below(Team.division_code, sight.full), Team.id.in_(theirs), *above),
        )
        .order_by(SkillService.skill, Team.code)
    )
    found: dict[int, list[tuple[SkillService, Team]]] = defaultdict(list)
    for service, team in rows:
        found[service.topic_id].append((service, team))
    return found
