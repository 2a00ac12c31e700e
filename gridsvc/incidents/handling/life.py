"""Steps in the life of a case: found for the actor, locked, judged by the rules, recorded, told.

What each step changes is in ``steps``; what it takes is in ``rules.life``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Sight
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.incidents import history
from gridsvc.incidents.cases import visible
from gridsvc.incidents.handling import repeats, steps
from gridsvc.incidents.handling.acts import Act, Step
from gridsvc.incidents.handling.merging import lock_with
from gridsvc.incidents.handling.standing import acting_team, standing, teams_of
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Status, Urgency
from gridsvc.incidents.rules.life import (
    RATINGS,
    REOPEN_WITHIN,
    TRANSITIONS,
    Action,
    Standing,
    allowed,
    may_reopen,
    refusal,
)
from gridsvc.incidents.rules.reasons import Refusal, because
from gridsvc.incidents.telling import Audience, tell

__all__ = ["Act", "act", "locked", "options", "rate", "teams_of"]


def act(
    session: Session,
    incident_id: int,
    action: Action | str,
    given: Act,
    user: UserAccount,
    sight: Sight,
    now: datetime,
) -> Incident:
    """Take one step with a case: it is locked, changed, its history and clock go on.

    Two who take the same step at once are served one after the other, and the second finds the
    case as the first left it; so of two teams exactly one claims. Safe to call twice with a
    ``client_step_id``: the second call finds the case as it stands now. Without one the second
    call is refused.

    Parameters
    ----------
    given : Act
        What the step needs, as `rules.life.TRANSITIONS` lists it.
    sight : Sight
        Of the user; a case outside it is not there, except for the reporter's own steps.

    Raises
    ------
    NotFound
        The case is not there, or not for this user.
    Conflict
        Another team has claimed it in the meantime, or the step's id came with something else.
    RuleViolation
        The rules forbid the step now or to this user; the sentence says why.
    BadInput
        Something that the step needs is missing or not there.
    """
    action = _known(action)
    if action in (Action.MERGE, Action.UNMERGE):
        lock_with(session, incident_id, given.into_id)
    if given.client_step_id:
        repeats.take(session, given.client_step_id)
    incident = locked(session, incident_id, sight, user, action)
    if repeats.known(session, incident_id, action, given, user):
        return incident
    now = history.not_before(session, incident, now)
    on = now.astimezone(office_zone(session)).date()
    teams = teams_of(session, user, on)
    stands = standing(session, incident, user, teams)
    _require(incident, action, user.role, stands, now)
    _require_given(incident, action, given)
    team_id = acting_team(session, incident, action, given, teams)
    step = Step(given, user, sight, team_id, incident.status, on, now)
    return _taken(session, incident, action, step)


def rate(session: Session, tracking_code: str, rating: int, now: datetime) -> Incident:
    """Take the one tap of somebody without an account, who holds the case's tracking code.

    Raises
    ------
    NotFound
        No case has that code.
    RuleViolation
        The case is not closed; BadInput if the rating is none of 1 to 3.
    """
    incident = session.scalar(
        select(Incident).where(Incident.tracking_code == tracking_code).with_for_update()
    )
    if incident is None:
        raise because(NotFound, "no_tracking_code")
    now = history.not_before(session, incident, now)
    given = Act(rating=rating)
    reason = refusal(
        incident.kind, incident.status, Action.RATE, Role.AUDITOR, Standing(reported=True)
    )
    if reason is not None:
        raise _refused(incident, reason)
    _require_given(incident, Action.RATE, given)
    on = now.astimezone(office_zone(session)).date()
    step = Step(given, None, Sight(), None, incident.status, on, now)
    return _taken(session, incident, Action.RATE, step)


def options(session: Session, incident: Incident, user: UserAccount, now: datetime) -> list[Action]:
    """Return the steps that a user who sees a case may take now, in the order of the table."""
    on = now.astimezone(office_zone(session)).date()
    stands = standing(session, incident, user, teams_of(session, user, on))
    pointless = set()
    if incident.closed_at is not None and not may_reopen(incident.closed_at, now):
        pointless.add(Action.REOPEN)
    if incident.urgency is Urgency.IMMEDIATE:
        pointless.add(Action.EXPEDITE)
    if incident.grid_code is not None:
        pointless.add(Action.PLACE)
    if incident.review_reason is None or incident.reviewed_at is not None:
        pointless.add(Action.REVIEW)
    return [
        action
        for action in TRANSITIONS[incident.kind]
        if allowed(incident.kind, incident.status, action, user.role, stands)
        and action not in pointless
    ]


def _known(action: Action | str) -> Action:
    try:
        return Action(action)
    except ValueError:
        known = tuple(Action)
        raise because(BadInput, "no_step", ["action"], step=str(action)[:40], steps=known) from None


def locked(
    session: Session, incident_id: int, sight: Sight, user: UserAccount, action: Action
) -> Incident:
    """Lock a case for its next step; whoever waits reads what the other one left."""
    may_see = visible(sight)
    if action in (Action.RATE, Action.REOPEN):
        may_see = or_(may_see, Incident.reporter_user_id == user.id)
    incident = session.scalar(
        select(Incident)
        .where(Incident.id == incident_id, may_see)
        .with_for_update(of=Incident)
        .execution_options(populate_existing=True)
    )
    if incident is None:
        raise because(NotFound, "no_case", [incident_id], case=incident_id)
    return incident


def _require(
    incident: Incident, action: Action, role: Role, standing: Standing, now: datetime
) -> None:
    reason = refusal(incident.kind, incident.status, action, role, standing)
    if reason is not None:
        taken = incident.status is Status.CLAIMED and not standing.leads
        if action is Action.CLAIM and taken:
            raise because(Conflict, "claimed_by_another", [incident.id], case=incident.id)
        raise _refused(incident, reason)
    if action is Action.REOPEN and incident.closed_at and not may_reopen(incident.closed_at, now):
        days = REOPEN_WITHIN.days
        raise because(
            RuleViolation, "too_late_to_reopen", [incident.id], case=incident.id, days=days
        )


def _refused(incident: Incident, why: Refusal) -> RuleViolation:
    return because(RuleViolation, why.reason, [incident.id], case=incident.id, **why.values)


def _require_given(incident: Incident, action: Action, given: Act) -> None:
    for name in TRANSITIONS[incident.kind][action].needs:
        if name == "fed_back_at":
            if incident.fed_back_at is None:
                raise because(RuleViolation, "not_fed_back", [incident.id], case=incident.id)
        elif not getattr(given, name):
            raise because(BadInput, "step_needs", [name], step=action, field=name)
    if action is Action.RATE and given.rating not in RATINGS:
        raise because(BadInput, "rating_range", ["rating"])


def _taken(session: Session, incident: Incident, action: Action, step: Step) -> Incident:
    change = steps.CHANGES[action](session, incident, step)
    incident.status = TRANSITIONS[incident.kind][action].target or incident.status
    session.flush()
    event = history.append(
        session,
        incident,
        action.value,
        now=step.now,
        user=step.user,
        from_status=step.before,
        note=step.given.note,
        team_id=change.team_id or incident.team_id,
        detail=change.detail | repeats.noted(incident.id, action, step.given, step.user),
    )
    told = steps.TELLS.get(action)
    if action is Action.PLACE and incident.team_id is None:
        told = ("reported", (Audience.DECIDERS,))
    if told is not None:
        tell(session, incident, event, *told, but=step.user)
    return incident
