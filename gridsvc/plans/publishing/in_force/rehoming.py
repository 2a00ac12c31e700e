"""On the day a new map begins to hold: accounts and open cases go along, each exactly once.

A case keeps the grid of its day for ever (``grid_code``); what changes is who works on it. Any
number of workers may do this at once: each case is locked, and the key of `CaseHandover` lets none
go twice for one publication.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import and_, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.calendars.queries import office_zone
from gridsvc.grids.models import GridBoundary
from gridsvc.incidents import history
from gridsvc.incidents.handling.team_change import keep_helping
from gridsvc.incidents.models import Incident
from gridsvc.plans.publishing import telling
from gridsvc.plans.publishing.change import ground, handover, scopes
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.change.handover import Move, Staffing
from gridsvc.plans.publishing.in_force.assignments import by_code
from gridsvc.plans.publishing.models import CaseHandover, GridLineage, Publication, Rehoming
from gridsvc.plans.publishing.rules import PublicationKind
from gridsvc.staffing.models import Team

BATCH = 200
"""Cases of one transaction: a lock on a case lasts about a second."""


def rehome_due(session_factory: sessionmaker[Session], now: datetime) -> int:
    """Hand over the open cases of every publication whose day has come; safe to interrupt.

    Publications are worked through in their order, also when the service slept over a day.

    Returns
    -------
    int
        Cases handed over.
    """
    with session_factory() as session:
        today = now.astimezone(office_zone(session)).date()
        due = session.scalars(
            select(Publication.id)
            .where(
                Publication.effective_on <= today,
                ~exists().where(Rehoming.publication_id == Publication.id),
            )
            .order_by(Publication.effective_on, Publication.id)
        ).all()
    return sum(_rehome(session_factory, number, now) for number in due)


def _rehome(session_factory: sessionmaker[Session], number: int, now: datetime) -> int:
    with session_factory.begin() as session:
        made = session.get_one(Publication, number)
        change, before, after = _as_it_came(session, made)
        back = made.kind is PublicationKind.ROLLBACK
        scopes.move(session, made, scopes.going(session, change, before, after, back=back), now)
    done = last = 0
    while True:
        with session_factory.begin() as session:
            mine = and_(handover.at_home_in(before), Incident.id > last)
            cases = handover.open_cases(session, mine, lock_first=BATCH)
            if not cases:
                _finish(session, session.get_one(Publication, number), now)
                return done
            last = cases[-1].id
            moves = handover.moves(change, cases, before, after)
            done += sum(_hand_over(session, number, move, now) for move in moves)


def _as_it_came(session: Session, made: Publication) -> tuple[Change, Staffing, Staffing]:
    """Read what a publication changed, and who was and is to look after it.

    One that was taken back before its day changed nothing.
    """
    lineage = session.scalars(
        select(GridLineage).where(GridLineage.publication_id == made.id)
    ).all()
    old = ground.by_id(session, (one.from_boundary_id for one in lineage))
    new = ground.by_id(session, (one.to_boundary_id for one in lineage))
    held = select(GridBoundary.id).where(
        GridBoundary.id.in_([int(one) for one in new["boundary_id"]]),
        GridBoundary.valid_to.is_distinct_from(GridBoundary.valid_from),
    )
    if session.scalar(held.limit(1)) is None:
        old, new = old.iloc[:0], new.iloc[:0]
    names = ("from_code", "to_code", "households", "area_m2")
    flows = pd.DataFrame(
        [[getattr(one, name) for name in names] for one in lineage], columns=list(names)
    )
    change = Change(made.scope_code, made.effective_on, old, new, flows)
    before, after = (
        by_code(
            session,
            {row["grid"]: (row[f"team_{w}"], row[f"branch_{w}"]) for row in made.seen["staffing"]},
        )
        for w in ("before", "after")
    )
    return change, before, after


def _hand_over(session: Session, number: int, move: Move, now: datetime) -> int:
    """Let one locked case go, unless it has gone already; return 1 if it went."""
    row = {
        "publication_id": number,
        "incident_id": move.incident_id,
        "from_code": move.from_code,
        "to_code": move.to_code,
        "from_team_id": move.from_team,
        "to_team_id": move.to_team,
        "at": now,
    }
    query = insert(CaseHandover).values(row).on_conflict_do_nothing()
    if session.scalar(query.returning(CaseHandover.incident_id)) is None:
        return 0
    incident = session.get_one(Incident, move.incident_id)
    incident.handled_code = None if move.to_code == incident.grid_code else move.to_code
    incident.team_id, incident.branch_id = move.to_team, move.branch
    incident.first_team_id = incident.first_team_id or move.to_team
    if move.from_team != move.to_team:
        keep_helping(session, incident, move.from_team, move.to_team, now)
    detail = {"publication": number, "from_grid": move.from_code, "to_grid": move.to_code}
    if move.from_team not in (None, move.to_team):
        detail["from_team_id"] = move.from_team
    history.append(
        session,
        incident,
        "hand_over",
        now=history.not_before(session, incident, now),
        from_status=incident.status,
        team_id=move.to_team,
        detail=detail,
    )
    return 1


def _finish(session: Session, made: Publication, now: datetime) -> None:
    """Note that all is done, what differs from what was seen, and tell whom it concerns."""
    rows = session.scalars(select(CaseHandover).where(CaseHandover.publication_id == made.id)).all()
    wanted = {one.to_team_id for one in rows} - {None}
    teams = dict(session.execute(select(Team.id, Team.code).where(Team.id.in_(wanted))).all())
    went = {one.incident_id: (one.to_code, teams.get(one.to_team_id or 0)) for one in rows}
    told = differences(made.seen["cases"], went)
    done = insert(Rehoming).values(
        publication_id=made.id, at=now, cases=len(rows), differences=told
    )
    won = session.scalar(done.on_conflict_do_nothing().returning(Rehoming.publication_id))
    if won is None:
        return
    came = Counter(one.to_team_id for one in rows if one.to_team_id not in (None, one.from_team_id))
    telling.handed_over(session, made, {team: n for team, n in came.items() if team}, now)
    if count := sum(map(len, told.values())):
        telling.differs(session, made, count, now)


def differences(
    seen: list[dict[str, Any]], went: dict[int, tuple[str, str | None]]
) -> dict[str, list[int]]:
    """Compare the cases that went along with those of the table that was reviewed.

    Returns
    -------
    dict
        Numbers of cases: ``more`` went without having been seen, as those reported since;
        ``fewer`` were seen and did not go, as those closed since; ``other`` went elsewhere.

    Examples
    --------
    >>> differences([{"id": 1, "grid_to": "A", "team_to": "T"}], {2: ("A", "T")})
    {'more': [2], 'fewer': [1], 'other': []}
    """
    table = {row["id"]: (row["grid_to"], row["team_to"]) for row in seen}
    return {
        "more": sorted(went.keys() - table.keys()),
        "fewer": sorted(table.keys() - went.keys()),
        "other": sorted(n for n in went.keys() & table.keys() if went[n] != table[n]),
    }
