"""Climbing the ladder: one case, the rungs that its clock has reached, each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Role
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.calendars.rules import Calendar
from gridsvc.grids.queries import valid_on
from gridsvc.incidents import clock, history, telling
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.models import Escalation, EscalationStep, Incident
from gridsvc.incidents.rules.clock import Run, measure, reached_at, run_of
from gridsvc.incidents.rules.escalation import Told, ladder, risen, topic
from gridsvc.notices import services as notices
from gridsvc.staffing.models import PostHolding, TeamPost
from gridsvc.staffing.rules import Post

_OFFICES = {
    Told.COMMUNITY_STAFF: Role.COMMUNITY_STAFF,
    Told.STREET_STAFF: Role.STREET_STAFF,
    Told.DISTRICT: Role.DISTRICT,
}


@dataclass(frozen=True)
class Climbed:
    """What one look at one case led to."""

    rungs: int = 0
    raised: bool = False
    slip: bool = False
    notices: int = 0
    unheard: bool = False


@dataclass
class Surroundings:
    """What does not change between two cases of one sweep, read once."""

    rungs: Sequence[EscalationStep]
    zone: ZoneInfo
    calendars: dict[str | None, Calendar] = field(default_factory=dict)
    accounts: dict[tuple[Told, str | None, int | None], list[int]] = field(default_factory=dict)


def surroundings(session: Session) -> Surroundings:
    """Read the ladder and the office's zone."""
    rungs = session.scalars(select(EscalationStep).where(EscalationStep.disabled_at.is_(None)))
    return Surroundings(list(rungs), office_zone(session))


def climb(session: Session, incident: Incident, now: datetime, around: Surroundings) -> Climbed:
    """Climb the rungs that a case has reached, and set when it is looked at next.

    The case must be locked. After a pause of the whole service several rungs are climbed at once:
    all are recorded, people are told once, of the highest. Safe to repeat: a rung recorded by
    anybody for this run of the clock is not climbed again.
    """
    run = run_of(clock.ledger(session, incident.id))
    if run is None or not run.running:
        incident.sweep_at = None
        return Climbed()
    place = incident.grid_code or incident.division_code
    if place not in around.calendars:
        around.calendars[place] = calendar_for(session, place, now)
    by = measure(run.limit_kind, around.calendars[place], around.zone)
    when = {
        rung: reached_at(run.started_at, run.due_at, run.pauses, rung.at_percent, by)
        for rung in ladder(around.rungs, place)
    }
    incident.sweep_at = min((at for at in when.values() if at > now), default=None)
    reached = [rung for rung, at in when.items() if at <= now]
    # The case's row has many indexes: it is written once, with its new level.
    with session.no_autoflush:
        new = _recorded(session, incident, run, reached, now)
        return _consequences(session, incident, run, new, now, around) if new else Climbed()


def _recorded(
    session: Session, incident: Incident, run: Run, rungs: list[EscalationStep], now: datetime
) -> list[EscalationStep]:
    """Record rungs and return those that nobody had recorded: the key decides, not the lock."""
    if not rungs:
        return []
    row = {"incident_id": incident.id, "clock_seq": run.seq, "at": now}
    query = insert(Escalation).values([{**row, "step_id": rung.id} for rung in rungs])
    new = set(session.scalars(query.on_conflict_do_nothing().returning(Escalation.step_id)))
    return [rung for rung in rungs if rung.id in new]


def _consequences(
    session: Session,
    incident: Incident,
    run: Run,
    rungs: list[EscalationStep],
    now: datetime,
    around: Surroundings,
) -> Climbed:
    percent, before = rungs[-1].at_percent, incident.level
    incident.level = risen(before, rungs)
    rose = incident.level is not before
    if rose:
        history.append(
            session,
            incident,
            "escalate",
            now=now,
            from_status=incident.status,
            detail={"from_level": before, "to_level": incident.level, "percent": percent},
        )
    slip = None
    if any(rung.issues_slip for rung in rungs):
        slip = slips.write(session, incident, slips.TIME_LONG_PAST, now, None)
    called = {Told(rung.tell_role) for rung in rungs} | ({Told.TEAM} if slip else set())
    users = {one for told in called for one in _accounts(session, told, incident, now, around)}
    written = notices.tell(
        session,
        dedupe_key=f"ladder:{incident.id}:{run.seq}:{rungs[-1].id}",
        topic=topic(percent, rose=rose, slip=slip is not None),
        params={
            **telling.params(session, incident, around.zone.key),
            "percent": percent,
            "level": incident.level,
        },
        incident_id=incident.id,
        user_ids=users,
        code=incident.grid_code or incident.division_code,
        now=now,
    )
    return Climbed(len(rungs), rose, slip is not None, written, written == 0)


def _accounts(
    session: Session, told: Told, incident: Incident, now: datetime, around: Surroundings
) -> list[int]:
    place = incident.grid_code or incident.division_code
    key = (told, place, incident.team_id)
    if key not in around.accounts:
        today = now.astimezone(around.zone).date()
        around.accounts[key] = _found(session, told, place, incident.team_id, today)
    return around.accounts[key]


def _found(
    session: Session, told: Told, place: str | None, team_id: int | None, on: date
) -> list[int]:
    """Return whom a rung tells; the deputy with the leader, since one covers for the other."""
    if told in _OFFICES:
        return telling.accounts_over(session, place, frozenset({_OFFICES[told]}))
    if team_id is None:
        return []
    if told is Told.TEAM:
        return telling.team_accounts(session, team_id, on)
    leading = session.scalars(
        select(PostHolding.user_id)
        .join(TeamPost, TeamPost.id == PostHolding.post_id)
        .where(
            TeamPost.team_id == team_id,
            TeamPost.post.in_((Post.LEADER, Post.DEPUTY)),
            valid_on(PostHolding, on),
        )
    )
    over = telling.accounts_over(session, place, frozenset({Role.LEADER}))
    return sorted({one for one in leading if one is not None} | set(over))
