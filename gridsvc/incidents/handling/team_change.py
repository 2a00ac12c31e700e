"""On the day another team takes over a grid, its open cases go along, each exactly once.

The order stands in `GridHandover`; its row is locked while it is carried out, so that any number
of workers may do this at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.calendars.queries import office_zone
from gridsvc.incidents import history
from gridsvc.incidents.models import CoHandler, Incident
from gridsvc.incidents.rules import Kind, Status
from gridsvc.incidents.telling import team_accounts
from gridsvc.notices import services as notices
from gridsvc.staffing.models import GridHandover
from gridsvc.staffing.queries import branch_of, team_of


def hand_over_due(session_factory: sessionmaker[Session], now: datetime) -> int:
    """Carry out every hand-over whose day has come; safe to interrupt and to repeat.

    Returns
    -------
    int
        Cases that went to another team.
    """
    with session_factory() as session:
        today = now.astimezone(office_zone(session)).date()
        due = session.scalars(
            select(GridHandover.id)
            .where(GridHandover.done_at.is_(None), GridHandover.effective_on <= today)
            .order_by(GridHandover.effective_on, GridHandover.id)
        ).all()
    done = 0
    for number in due:
        with session_factory.begin() as session:
            done += _hand_over(session, number, now)
    return done


def _hand_over(session: Session, number: int, now: datetime) -> int:
    order = session.get_one(GridHandover, number, with_for_update=True)
    if order.done_at is not None:
        return 0
    today = now.astimezone(office_zone(session)).date()
    came = team_of(session, order.grid_code, order.effective_on)
    left = team_of(session, order.grid_code, order.effective_on - timedelta(1))
    going: list[Incident] = []
    # Something else may have been arranged for the day since the order was given.
    if came and came.id == order.to_team_id and came != left:
        going = open_cases(session, order.grid_code, left.id if left else None)
    branch = branch_of(session, order.grid_code, today)
    for case in going:
        _give(session, case, order, branch.id if branch else case.branch_id, now)
    order.done_at, order.cases = now, len(going)
    session.flush()
    if going:
        notices.tell(
            session,
            dedupe_key=f"grid_handover:{order.id}",
            topic="team_changed",
            params={"grid": order.grid_code, "cases": len(going)},
            incident_id=None,
            user_ids=team_accounts(session, order.to_team_id, today),
            code=order.grid_code,
            now=now,
        )
    return len(going)


def open_cases(session: Session, grid_code: str, old_team: int | None) -> list[Incident]:
    """Return and lock the open cases that go along from a grid's old team, in order of number.

    Those that the old team leads, or nobody. What was given to a third team stays there, and a
    wish stays with whoever has claimed it: as with a redrawn map.
    """
    claimed_wish = and_(Incident.kind == Kind.WISH, Incident.status == Status.CLAIMED)
    query = (
        select(Incident)
        .where(
            func.coalesce(Incident.handled_code, Incident.grid_code) == grid_code,
            Incident.closed_at.is_(None),
            or_(Incident.team_id.is_(None), Incident.team_id == old_team),
            ~claimed_wish,
        )
        .order_by(Incident.id)
        .with_for_update()
    )
    return list(session.scalars(query))


def _give(
    session: Session, case: Incident, order: GridHandover, branch: int | None, now: datetime
) -> None:
    old = case.team_id
    case.team_id, case.branch_id = order.to_team_id, branch
    case.first_team_id = case.first_team_id or order.to_team_id
    keep_helping(session, case, old, order.to_team_id, now)
    history.append(
        session,
        case,
        "change_team",
        now=history.not_before(session, case, now),
        from_status=case.status,
        team_id=order.to_team_id,
        detail={"grid_handover": order.id} | ({"from_team_id": old} if old else {}),
    )


def keep_helping(
    session: Session, case: Incident, old: int | None, new: int | None, now: datetime
) -> None:
    """Let whoever had claimed a case help its new lead, and a lead no longer help itself."""
    helping = CoHandler.incident_id == case.id, CoHandler.until.is_(None)
    session.execute(update(CoHandler).where(*helping, CoHandler.team_id == new).values(until=now))
    claimed = case.status is Status.CLAIMED and case.kind is not Kind.WISH
    if claimed and old is not None:
        row = {"incident_id": case.id, "team_id": old, "since": now}
        session.execute(insert(CoHandler).values(row).on_conflict_do_nothing())
