"""Recording a round of visits: exactly once, its dwellings counted, all in one transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.grids.models import Building
from gridsvc.staffing.queries import team_of
from gridsvc.visits.models import Visit, VisitBuilding
from gridsvc.visits.queries import buildings_of, dwellings_in, reached_since
from gridsvc.visits.reasons import because
from gridsvc.visits.rules import Counts, counted, require_plausible


@dataclass(frozen=True)
class Round:
    """What a team says of its round through a grid on one day.

    Attributes
    ----------
    dwellings : dict
        Numbers of the dwellings reached, by the building's code; the counts follow from them.
    counts : Counts or None
        Instead of ``dwellings``, where the buildings are not known.
    topics : dict
        How often something came up, by its code.
    client_visit_id : str or None
        Made by the sender, once a round: a repeat with it is the same round.
    ended_at : datetime or None
        Aware, by the sender's clock.
    """

    grid_code: str
    visited_on: date
    dwellings: dict[str, list[int]] = field(default_factory=dict)
    counts: Counts | None = None
    topics: dict[str, int] = field(default_factory=dict)
    client_visit_id: str | None = None
    ended_at: datetime | None = None


def record_visit(
    session: Session, given: Round, user: UserAccount, scope: Scope, now: datetime
) -> tuple[Visit, bool]:
    """Record a round; answer only after the commit. The second value tells whether it is new.

    Calling again with the same ``client_visit_id`` and content, also at the same time, gives the
    first record.

    Raises
    ------
    NotFound
        The grid is not there that day, or not in the scope.
    BadInput
        A building or dwelling is not in the grid; nothing was reached.
    RuleViolation
        The day is yet to come, or more was reached than there is.
    Conflict
        The id came before with other content, or from somebody else: names the first record.
    """
    digest = _content_hash(given, user)
    first = _first(session, given, digest)
    if first is not None:
        return first, False
    there, dwellings = dwellings_in(session, given.grid_code, given.visited_on)
    if not there or not scope.covers(given.grid_code):
        raise because(NotFound, "visit_no_grid", [given.grid_code], grid=given.grid_code)
    buildings = buildings_of(session, given.grid_code, list(given.dwellings), given.visited_on)
    _require_dwellings(given, buildings)
    counts = given.counts or _counts(session, given, buildings)
    today = now.astimezone(office_zone(session)).date()
    require_plausible(given.visited_on, today, counts, dwellings)
    number = _insert(session, given, counts, user, digest, now)
    if number is None:
        # Somebody was faster by less than a transaction: theirs is committed, so it is seen now.
        first = _first(session, given, digest)
        if first is None:
            raise because(Conflict, "visit_under_way")
        return first, False
    session.add_all(
        VisitBuilding(visit_id=number, building_id=buildings[code].id, dwelling_numbers=doors)
        for code, doors in given.dwellings.items()
    )
    session.flush()
    return session.get_one(Visit, number), True


def _content_hash(given: Round, user: UserAccount) -> str:
    content = {**asdict(given), "user": user.id}
    if given.ended_at is None:
        del content["ended_at"]  # as it was hashed before rounds could say it
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _first(session: Session, given: Round, digest: str) -> Visit | None:
    if given.client_visit_id is None:
        return None
    first = session.scalar(select(Visit).where(Visit.client_visit_id == given.client_visit_id))
    if first is not None and first.content_hash != digest:
        key = given.client_visit_id
        raise because(Conflict, "visit_otherwise", [first.id], key=key, visit=first.id)
    return first


def _require_dwellings(given: Round, buildings: dict[str, Building]) -> None:
    for code, doors in given.dwellings.items():
        if code not in buildings:
            grid = given.grid_code
            raise because(BadInput, "visit_building_elsewhere", [code], building=code, grid=grid)
        last = buildings[code].dwelling_count
        wrong = [door for door in doors if not 1 <= door <= last]
        if wrong or not doors or len(set(doors)) != len(doors):
            named = ", ".join(str(door) for door in wrong or doors)
            raise because(
                BadInput, "visit_no_dwelling", [code], building=code, last=last, doors=named
            )


def _counts(session: Session, given: Round, buildings: dict[str, Building]) -> Counts:
    reached = [(code, door) for code, doors in given.dwellings.items() for door in doors]
    # The yearly target counts a dwelling once a year (domain).
    since = given.visited_on.replace(month=1, day=1)
    ids = [one.id for one in buildings.values()]
    return counted(reached, reached_since(session, ids, since))


def _insert(
    session: Session, given: Round, counts: Counts, user: UserAccount, digest: str, now: datetime
) -> int | None:
    team = team_of(session, given.grid_code, given.visited_on)
    taken = insert(Visit).values(
        grid_code=given.grid_code,
        team_id=team.id if team else None,
        visited_on=given.visited_on,
        ended_at=given.ended_at,
        **asdict(counts),
        topics=given.topics,
        recorded_at=now,
        recorded_by=user.id,
        client_visit_id=given.client_visit_id,
        content_hash=digest,
    )
    return session.scalar(
        taken.on_conflict_do_nothing(index_elements=["client_visit_id"]).returning(Visit.id)
    )
