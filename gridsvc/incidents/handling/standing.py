"""How somebody stands to a case: for which teams he acts, and what he did with it before."""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, func, literal, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import HANDLERS
from gridsvc.errors import BadInput, RuleViolation
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents.handling.acts import Act
from gridsvc.incidents.models import (
    Category,
    CoHandler,
    ExtensionRequest,
    Incident,
    IncidentEvent,
)
from gridsvc.incidents.rules import Kind
from gridsvc.incidents.rules.life import Action, Standing
from gridsvc.incidents.rules.reasons import because
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost


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


def standing(
    session: Session, incident: Incident, user: UserAccount, teams: frozenset[int]
) -> Standing:
    """Tell how a user, who acts for these teams, stands to a case."""
    waiting = ExtensionRequest.incident_id == incident.id, ExtensionRequest.decided_at.is_(None)
    asker = session.scalar(select(ExtensionRequest.asked_by).where(*waiting))
    return Standing(
        level=incident.level,
        sensitive=session.get_one(Category, incident.category_id).sensitive,
        leads=incident.team_id in teams,
        co_handles=not teams.isdisjoint(_helpers(session, incident)),
        acts=bool(teams),
        unowned=incident.team_id is None,
        handled=_handled(session, incident, user),
        asked=asker == user.id,
        reported=incident.reporter_user_id == user.id,
    )


def acting_team(
    session: Session, incident: Incident, action: Action, given: Act, teams: frozenset[int]
) -> int | None:
    """Return the team that a handler acts for: the one named, the one concerned, the only one.

    Raises
    ------
    RuleViolation
        The team that is named is none that the handler acts for here.
    BadInput
        Several come into question.
    """
    if action not in (Action.CLAIM, Action.ACCEPT):
        return incident.team_id
    helpers = _helpers(session, incident)
    possible = teams
    if action is Action.ACCEPT:
        possible = teams & helpers
    elif incident.team_id is not None and incident.kind is not Kind.WISH:
        possible = teams & (helpers | {incident.team_id})
    if given.team_id is not None:
        if given.team_id not in possible:
            raise because(RuleViolation, "not_your_team", ["team"], team=given.team_id)
        return given.team_id
    if action is Action.CLAIM and incident.team_id in possible:
        return incident.team_id
    concerned = possible & helpers or possible
    if len(concerned) != 1:
        raise because(BadInput, "several_teams", ["team"])
    return next(iter(concerned))


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


def _helpers(session: Session, incident: Incident) -> set[int]:
    chosen = select(CoHandler.team_id).where(
        CoHandler.incident_id == incident.id, CoHandler.until.is_(None)
    )
    return set(session.scalars(chosen))
