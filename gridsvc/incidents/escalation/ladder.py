"""Climbing the ladder: cases, the rungs that their clocks have reached, each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Role
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.calendars.rules import Calendar
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import valid_on
from gridsvc.incidents import clock, history, telling
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.models import Category, Escalation, EscalationStep, Incident
from gridsvc.incidents.rules.clock import climbs_from, measure, reached_at
from gridsvc.incidents.rules.clock_ledger import Run, run_of
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
    """What one look at some cases led to, in numbers."""

    rungs: int = 0
    raised: int = 0
    slips: int = 0
    notices: int = 0
    unheard: int = 0


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


@dataclass(frozen=True)
class _Look:
    """A case that runs, the rungs that it has reached, and its run of the clock."""

    incident: Incident
    run: Run
    reached: list[EscalationStep]


def climb(
    session: Session, incidents: Sequence[Incident], now: datetime, around: Surroundings
) -> Climbed:
    """Climb the rungs that some locked cases have reached, and set when each is looked at next.

    After a pause of the whole service several rungs are climbed at once: all are recorded, people
    are told once, of the highest. Safe to repeat: a rung recorded by anybody for this run of the
    clock is not climbed again. A handful of statements, however many the cases are.
    """
    ledgers = clock.ledgers(session, [one.id for one in incidents])
    looks = []
    for incident in incidents:
        run = run_of(ledgers[incident.id])
        if run is None or not run.running:
            incident.sweep_at = None
        else:
            looks.append(_look(session, incident, run, now, around))
    new = _recorded(session, looks, now)
    return _consequences(session, new, now, around) if new else Climbed()


def _look(
    session: Session, incident: Incident, run: Run, now: datetime, around: Surroundings
) -> _Look:
    """Work out which rungs a case has reached, and when it reaches the next one."""
    place = _place(incident)
    if place not in around.calendars:
        around.calendars[place] = calendar_for(session, place, now)
    by = measure(run.limit_kind, around.calendars[place], around.zone)
    since = climbs_from(run.started_at, run.due_at, incident.received_at)
    when = {
        rung: reached_at(run.started_at, run.due_at, run.pauses, rung.at_percent, by, since)
        for rung in ladder(around.rungs, place)
    }
    incident.sweep_at = min((at for at in when.values() if at > now), default=None)
    # What a case had passed before the rung was made is past: an edit tells nobody of old shares.
    reached = [rung for rung, at in when.items() if rung.made_at <= at <= now]
    return _Look(incident, run, reached)


def _recorded(session: Session, looks: Sequence[_Look], now: datetime) -> list[_Look]:
    """Record rungs and return those that nobody had recorded: the key decides, not the lock."""
    rows = [
        {
            "incident_id": one.incident.id,
            "step_id": rung.id,
            "clock_seq": one.run.seq,
            "at": now,
        }
        for one in looks
        for rung in one.reached
    ]
    if not rows:
        return []
    taken = insert(Escalation).on_conflict_do_nothing()
    written = session.execute(
        taken.returning(Escalation.incident_id, Escalation.step_id).values(rows)
    )
    new = {(number, rung) for number, rung in written}
    kept = [
        replace(one, reached=[rung for rung in one.reached if (one.incident.id, rung.id) in new])
        for one in looks
    ]
    return [one for one in kept if one.reached]


def _consequences(
    session: Session, looks: Sequence[_Look], now: datetime, around: Surroundings
) -> Climbed:
    _preload(session, looks)
    rises = []
    for one in looks:
        before = one.incident.level
        one.incident.level = risen(before, one.reached)
        if one.incident.level is not before:
            levels = {"from_level": before, "to_level": one.incident.level}
            detail = {**levels, "percent": one.reached[-1].at_percent}
            rises.append(history.Step(one.incident, "escalate", detail=detail))
    rose = {step.incident.id for step in rises}
    if rises:
        history.append_all(session, rises, now)
    demanded = [one.incident for one in looks if any(rung.issues_slip for rung in one.reached)]
    slipped = slips.write_all(session, demanded, now, around.calendars) if demanded else set()
    told = [
        _telling(session, one, one.incident.id in rose, one.incident.id in slipped, now, around)
        for one in looks
    ]
    written = notices.tell_all(session, told, now)
    return Climbed(
        sum(len(one.reached) for one in looks),
        len(rose),
        len(slipped),
        sum(written.values()),
        sum(count == 0 for count in written.values()),
    )


def _preload(session: Session, looks: Sequence[_Look]) -> None:
    """Read what the notices name in two statements; they find it in the session."""
    about = {one.incident.category_id for one in looks}
    codes = {one.incident.grid_code for one in looks}
    session.scalars(select(Category).where(Category.id.in_(about))).all()
    session.scalars(select(Grid).where(Grid.code.in_(codes - {None}))).all()


def _telling(
    session: Session, one: _Look, rose: bool, slip: bool, now: datetime, around: Surroundings
) -> notices.Telling:
    incident, highest = one.incident, one.reached[-1]
    called = {Told(rung.tell_role) for rung in one.reached} | ({Told.TEAM} if slip else set())
    users = {who for told in called for who in _accounts(session, told, incident, now, around)}
    facts = telling.params(session, incident, around.zone.key)
    return notices.Telling(
        f"ladder:{incident.id}:{one.run.seq}:{highest.id}",
        topic(highest.at_percent, rose=rose, slip=slip),
        {**facts, "percent": highest.at_percent, "level": incident.level},
        incident.id,
        tuple(users),
        _place(incident),
    )


def _place(incident: Incident) -> str | None:
    return incident.place


def _accounts(
    session: Session, told: Told, incident: Incident, now: datetime, around: Surroundings
) -> list[int]:
    place = _place(incident)
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
