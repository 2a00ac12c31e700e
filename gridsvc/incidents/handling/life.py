"""Steps in the life of a case: found for the actor, locked, judged by the rules, recorded, told.

What each step changes is in ``steps``; what it takes is in ``rules.life``.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import HANDLERS, Role, Sight
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents import history
from gridsvc.incidents.cases import visible
from gridsvc.incidents.handling import steps
from gridsvc.incidents.handling.merging import lock_with
from gridsvc.incidents.handling.steps import Act
from gridsvc.incidents.models import (
    Category,
    CoHandler,
    ExtensionRequest,
    Incident,
    IncidentEvent,
)
from gridsvc.incidents.rules import Kind, Status
from gridsvc.incidents.rules.life import (
    RATINGS,
    TRANSITIONS,
    Action,
    Standing,
    allowed,
    may_reopen,
    refusal,
)
from gridsvc.incidents.telling import tell
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost

__all__ = ["Act", "act", "options", "rate", "teams_of"]


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
    case as the first left it; so of two teams exactly one claims. Not safe to call twice: the
    second call is refused.

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
        Another team has claimed it in the meantime.
    RuleViolation
        The rules forbid the step now or to this user; the sentence says why.
    BadInput
        Something that the step needs is missing or not there.
    """
    action = _known(action)
    if action in (Action.MERGE, Action.UNMERGE):
        lock_with(session, incident_id, given.into_id)
    incident = _locked(session, incident_id, sight, user, action)
    now = history.not_before(session, incident, now)
    on = now.astimezone(office_zone(session)).date()
    teams = teams_of(session, user, on)
    standing = _standing(session, incident, user, teams)
    _require(incident, action, user.role, standing, now)
    _require_given(incident, action, given)
    team_id = _acting_team(session, incident, action, given, teams)
    step = steps.Step(given, user, sight, team_id, incident.status, on, now)
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
        raise NotFound("There is no case with this tracking code.")
    now = history.not_before(session, incident, now)
    given = Act(rating=rating)
    reason = refusal(
        incident.kind, incident.status, Action.RATE, Role.AUDITOR, Standing(reported=True)
    )
    if reason is not None:
        raise RuleViolation(f"Case {incident.id}: {reason}.", [incident.id])
    _require_given(incident, Action.RATE, given)
    on = now.astimezone(office_zone(session)).date()
    step = steps.Step(given, None, Sight(), None, incident.status, on, now)
    return _taken(session, incident, Action.RATE, step)


def options(session: Session, incident: Incident, user: UserAccount, now: datetime) -> list[Action]:
    """Return the steps that a user who sees a case may take now, in the order of the table."""
    on = now.astimezone(office_zone(session)).date()
    standing = _standing(session, incident, user, teams_of(session, user, on))
    late = incident.closed_at is not None and not may_reopen(incident.closed_at, now)
    return [
        action
        for action in TRANSITIONS[incident.kind]
        if allowed(incident.kind, incident.status, action, user.role, standing)
        and not (action is Action.REOPEN and late)
    ]


def teams_of(session: Session, user: UserAccount, on: date) -> frozenset[int]:
    """Return the teams that a handler acts for on a day.

    Those in which the account holds a post. Posts are mostly kept without accounts: an account
    without any acts for the teams that look after a grid of its scope, and for the specialists of
    a division in it.
    """
    if user.role not in HANDLERS:
        return frozenset()
    scope = user.scope
    posts = (
        select(TeamPost.team_id)
        .join(PostHolding, (PostHolding.post_id == TeamPost.id) & valid_on(PostHolding, on))
        .where(PostHolding.user_id == user.id)
    )
    held = frozenset(session.scalars(posts))
    if held:
        return held
    grids = select(TeamAssignment.team_id).where(
        valid_on(TeamAssignment, on), below(TeamAssignment.grid_code, scope, GRID_DIGITS)
    )
    gridless = ~exists().where(TeamAssignment.team_id == Team.id)
    specialists = select(Team.id).where(
        valid_on(Team, on), below(Team.division_code, scope), gridless
    )
    return frozenset(session.scalars(grids.union(specialists)))


def _known(action: Action | str) -> Action:
    try:
        return Action(action)
    except ValueError:
        names = ", ".join(Action)
        raise BadInput(f"There is no step {str(action)[:40]!r}: {names}.", ["action"]) from None


def _locked(
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
        raise NotFound(f"There is no case {incident_id}.", [incident_id])
    return incident


def _standing(
    session: Session, incident: Incident, user: UserAccount, teams: frozenset[int]
) -> Standing:
    helpers = session.scalars(
        select(CoHandler.team_id).where(
            CoHandler.incident_id == incident.id, CoHandler.until.is_(None)
        )
    )
    waiting = ExtensionRequest.incident_id == incident.id, ExtensionRequest.decided_at.is_(None)
    asker = session.scalar(select(ExtensionRequest.asked_by).where(*waiting))
    return Standing(
        level=incident.level,
        sensitive=session.get_one(Category, incident.category_id).sensitive,
        leads=incident.team_id in teams,
        co_handles=not teams.isdisjoint(helpers),
        acts=bool(teams),
        unowned=incident.team_id is None,
        handled=_handled(session, incident, user),
        asked=asker == user.id,
        reported=incident.reporter_user_id == user.id,
    )


def _handled(session: Session, incident: Incident, user: UserAccount) -> bool:
    """Tell whether a user worked on a case since it was reported or last taken up again."""
    step = IncidentEvent
    reopened = (
        select(func.coalesce(func.max(step.seq), literal(0)))
        .where(step.incident_id == incident.id, step.action == Action.REOPEN.value)
        .scalar_subquery()
    )
    work = [Action.CLAIM.value, Action.ACCEPT.value, Action.RESOLVE.value]
    mine = exists().where(
        step.incident_id == incident.id,
        step.user_id == user.id,
        step.action.in_(work),
        step.seq > reopened,
    )
    return bool(session.scalar(select(mine)))


def _require(
    incident: Incident, action: Action, role: Role, standing: Standing, now: datetime
) -> None:
    reason = refusal(incident.kind, incident.status, action, role, standing)
    if reason is not None:
        taken = incident.status is Status.CLAIMED and not standing.leads
        if action is Action.CLAIM and taken:
            raise Conflict(f"Case {incident.id} was claimed by another team.", [incident.id])
        raise RuleViolation(f"Case {incident.id}: {reason}.", [incident.id])
    if action is Action.REOPEN and incident.closed_at and not may_reopen(incident.closed_at, now):
        raise RuleViolation(
            f"Case {incident.id} was closed more than 15 days ago: report it anew.", [incident.id]
        )


def _require_given(incident: Incident, action: Action, given: Act) -> None:
    for name in TRANSITIONS[incident.kind][action].needs:
        if name == "fed_back_at":
            if incident.fed_back_at is None:
                raise RuleViolation(
                    f"Case {incident.id}: tell whoever asked what came of it (feed_back) first.",
                    [incident.id],
                )
        elif not getattr(given, name):
            raise BadInput(f"The step {action.value} needs {name}.", [name])
    if action is Action.RATE and given.rating not in RATINGS:
        raise BadInput("rating must be 1, 2 or 3.", ["rating"])


def _acting_team(
    session: Session, incident: Incident, action: Action, given: Act, teams: frozenset[int]
) -> int | None:
    """Return the team that a handler acts for: the one named, the one concerned, the only one."""
    if action not in (Action.CLAIM, Action.ACCEPT):
        return incident.team_id
    helpers = set(
        session.scalars(
            select(CoHandler.team_id).where(
                CoHandler.incident_id == incident.id, CoHandler.until.is_(None)
            )
        )
    )
    possible = teams
    if action is Action.ACCEPT:
        possible = teams & helpers
    elif incident.team_id is not None and incident.kind is not Kind.WISH:
        possible = teams & (helpers | {incident.team_id})
    if given.team_id is not None:
        if given.team_id not in possible:
            raise RuleViolation(f"You do not act for team {given.team_id} here.", ["team"])
        return given.team_id
    if action is Action.CLAIM and incident.team_id in possible:
        return incident.team_id
    concerned = possible & helpers or possible
    if len(concerned) != 1:
        raise BadInput("You act for several teams: name one as team.", ["team"])
    return next(iter(concerned))


def _taken(session: Session, incident: Incident, action: Action, step: steps.Step) -> Incident:
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
        detail=change.detail,
    )
    told = steps.TELLS.get(action)
    if told is not None:
        tell(session, incident, event, *told, but=step.user)
    return incident
