"""What each step changes, once it is allowed and the case is locked."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from gridsvc.errors import BadInput, Conflict, RuleViolation
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents import clock
from gridsvc.incidents.handling import merging, placing
from gridsvc.incidents.handling.acts import Change, Step
from gridsvc.incidents.models import Category, CoHandler, ExtensionRequest, Incident, Photo
from gridsvc.incidents.rules import Level, Outcome, Status, Urgency
from gridsvc.incidents.rules.life import MOST_EXTRA_DAYS, Action, above, level_after_return
from gridsvc.incidents.rules.reasons import because
from gridsvc.incidents.telling import Audience
from gridsvc.staffing.models import Team, TeamAssignment

_URGENCIES = tuple(Urgency)

Changer = Callable[[Session, Incident, Step], Change]


def _dispatch(session: Session, incident: Incident, step: Step) -> Change:
    number = step.given.team_id or incident.team_id
    if number is None:
        raise because(BadInput, "no_team_yet", ["team"], case=incident.id)
    if number != incident.team_id:
        team = _team(session, number, step.on)
        scope = step.sight.full
        grids = TeamAssignment.team_id == number, valid_on(TeamAssignment, step.on)
        mine = exists().where(*grids, below(TeamAssignment.grid_code, scope, GRID_DIGITS))
        if not scope.covers(team.division_code) and not session.scalar(select(mine)):
            raise because(RuleViolation, "team_elsewhere", [team.code], team=team.code)
    return _lead(session, incident, number, step)


def _claim(session: Session, incident: Incident, step: Step) -> Change:
    if step.team_id is None:
        raise because(BadInput, "name_team", ["team"])
    return _lead(session, incident, step.team_id, step)


def _lead(session: Session, incident: Incident, team_id: int, step: Step) -> Change:
    """Give the lead to a team; one that helped so far no longer helps but leads."""
    before, incident.team_id = incident.team_id, team_id
    incident.first_team_id = incident.first_team_id or team_id
    session.execute(
        update(CoHandler)
        .where(
            CoHandler.incident_id == incident.id,
            CoHandler.team_id == team_id,
            CoHandler.until.is_(None),
        )
        .values(until=step.now)
    )
    return Change(team_id, {"from_team_id": before} if before not in (None, team_id) else {})


def _accept(session: Session, incident: Incident, step: Step) -> Change:
    _withdraw(session, incident, step)
    return _claim(session, incident, step)


def _return(session: Session, incident: Incident, step: Step) -> Change:
    _withdraw(session, incident, step)
    incident.return_count += 1
    before = incident.level
    incident.level = level_after_return(before, incident.return_count)
    return Change(detail={"returns": incident.return_count} | _risen(before, incident.level))


def _co_handle(session: Session, incident: Incident, step: Step) -> Change:
    team = _team(session, step.given.team_id or 0, step.on)
    there = select(CoHandler.id).where(
        CoHandler.incident_id == incident.id,
        CoHandler.team_id == team.id,
        CoHandler.until.is_(None),
    )
    if team.id == incident.team_id or session.scalar(there) is not None:
        raise because(Conflict, "team_works_already", [team.code], team=team.code, case=incident.id)
    session.add(CoHandler(incident_id=incident.id, team_id=team.id, since=step.now))
    return Change(team.id)


def _ask_extension(session: Session, incident: Incident, step: Step) -> Change:
    days = step.given.working_days or 0
    if not 0 < days <= MOST_EXTRA_DAYS:
        raise because(BadInput, "days_range", ["working_days"], most=MOST_EXTRA_DAYS)
    if _waiting(session, incident) is not None:
        raise because(Conflict, "time_asked_already", [incident.id], case=incident.id)
    session.add(
        ExtensionRequest(
            incident_id=incident.id,
            asked_at=step.now,
            asked_by=step.user.id if step.user else None,
            working_days=days,
            reason=step.given.note or "",
        )
    )
    return Change(detail={"working_days": days})


def _grant_extension(session: Session, incident: Incident, step: Step) -> Change:
    asked = _decided(session, incident, step, granted=True)
    clock.extend(session, incident, asked.working_days, step.now, step.user, asked.reason)
    return Change(detail={"working_days": asked.working_days})


def _refuse_extension(session: Session, incident: Incident, step: Step) -> Change:
    asked = _decided(session, incident, step, granted=False)
    return Change(detail={"working_days": asked.working_days})


def _decided(
    session: Session, incident: Incident, step: Step, *, granted: bool
) -> ExtensionRequest:
    asked = _waiting(session, incident)
    if asked is None:
        raise because(RuleViolation, "no_time_asked", [incident.id], case=incident.id)
    asked.decided_at, asked.granted = step.now, granted
    asked.decided_by = step.user.id if step.user else None
    return asked


def _withdraw(session: Session, incident: Incident, step: Step) -> None:
    """End a wish for more time that the step makes pointless."""
    asked = _waiting(session, incident)
    if asked is not None:
        asked.decided_at, asked.granted = step.now, False


def _waiting(session: Session, incident: Incident) -> ExtensionRequest | None:
    """Return the one undecided wish for more time, by ``uq_extension_request_waiting``."""
    return session.scalar(
        select(ExtensionRequest).where(
            ExtensionRequest.incident_id == incident.id, ExtensionRequest.decided_at.is_(None)
        )
    )


def _escalate(session: Session, incident: Incident, step: Step) -> Change:
    before, incident.level = incident.level, above(incident.level)
    if incident.level is before:
        raise because(RuleViolation, "highest_level", [incident.id], case=incident.id)
    return Change(detail=_risen(before, incident.level))


def _expedite(session: Session, incident: Incident, step: Step) -> Change:
    before, wanted = incident.urgency, step.given.urgency or Urgency.ORDINARY
    if _URGENCIES.index(wanted) <= _URGENCIES.index(before):
        raise because(
            RuleViolation, "not_more_urgent", [incident.id], case=incident.id, urgency=before
        )
    incident.urgency = wanted
    clock.hasten(session, incident, step.now, step.user, step.given.note or "")
    return Change(detail={"from_urgency": before.value, "to_urgency": wanted.value})


def _risen(before: Level, after: Level) -> dict[str, str]:
    return {} if before is after else {"from_level": before.value, "to_level": after.value}


def _resolve(session: Session, incident: Incident, step: Step) -> Change:
    outcome = step.given.outcome
    if outcome is not Outcome.SOLVED and not step.given.note:
        raise because(BadInput, "outcome_needs_note", ["note"])
    about = session.get_one(Category, incident.category_id)
    pictured = exists().where(Photo.incident_id == incident.id, Photo.purpose == "resolve")
    if about.photo_required and outcome is Outcome.SOLVED and not session.scalar(select(pictured)):
        raise because(RuleViolation, "photo_first", [incident.id], case=incident.id)
    _withdraw(session, incident, step)
    incident.outcome = outcome
    # What the checkers need is not the handlers' time.
    clock.pause(session, incident, step.now, step.user, "resolve")
    return Change(detail={"outcome": outcome.value if outcome else None})


def _rework(session: Session, incident: Incident, step: Step) -> Change:
    incident.outcome = None
    clock.resume(session, incident, step.now, step.user, step.given.note)
    return Change()


def _close(session: Session, incident: Incident, step: Step) -> Change:
    # Together, as the table demands: the clock flushes.
    incident.status, incident.closed_at = Status.CLOSED, step.now
    clock.stop(session, incident, step.now, step.user, "close")
    return Change(detail={"outcome": incident.outcome.value if incident.outcome else None})


def _reopen(session: Session, incident: Incident, step: Step) -> Change:
    incident.status = Status.DISPATCHED
    incident.closed_at = incident.outcome = incident.fed_back_at = incident.rating = None
    clock.start(session, incident, step.now, step.user, reason=step.given.note)
    return Change()


def _feed_back(session: Session, incident: Incident, step: Step) -> Change:
    incident.fed_back_at = step.now
    return Change()


def _rate(session: Session, incident: Incident, step: Step) -> Change:
    if incident.rating is not None:
        raise because(Conflict, "rated_already", [incident.id], case=incident.id)
    incident.rating = step.given.rating
    return Change(detail={"rating": step.given.rating})


def _merge(session: Session, incident: Incident, step: Step) -> Change:
    into = step.given.into_id or 0
    return Change(detail=merging.merge(session, incident, into, step.user, step.sight, step.now))


def _unmerge(session: Session, incident: Incident, step: Step) -> Change:
    return Change(detail=merging.unmerge(session, incident, step.user, step.given.note, step.now))


def _place(session: Session, incident: Incident, step: Step) -> Change:
    at = step.given.place or (math.nan, math.nan)
    return Change(detail=placing.place(session, incident, at, step.on, step.now))


def _review(session: Session, incident: Incident, step: Step) -> Change:
    if incident.review_reason is None or incident.reviewed_at is not None:
        raise because(RuleViolation, "nothing_odd", [incident.id], case=incident.id)
    incident.reviewed_at = step.now
    return Change(detail={"reasons": incident.review_reason.split(",")})


def _nothing(session: Session, incident: Incident, step: Step) -> Change:
    return Change()


def _team(session: Session, number: int, on: date) -> Team:
    team = session.scalar(select(Team).where(Team.id == number, valid_on(Team, on)))
    if team is None:
        raise because(BadInput, "no_team", ["team"], team=number, day=on)
    return team


#: What a step changes beside the state.
CHANGES: dict[Action, Changer] = {
    Action.DISPATCH: _dispatch,
    Action.CLAIM: _claim,
    Action.ACCEPT: _accept,
    Action.RETURN: _return,
    Action.CO_HANDLE: _co_handle,
    Action.ASK_EXTENSION: _ask_extension,
    Action.GRANT_EXTENSION: _grant_extension,
    Action.REFUSE_EXTENSION: _refuse_extension,
    Action.ESCALATE: _escalate,
    Action.EXPEDITE: _expedite,
    Action.RESOLVE: _resolve,
    Action.VERIFY: _nothing,
    Action.REWORK: _rework,
    Action.CLOSE: _close,
    Action.FEED_BACK: _feed_back,
    Action.RATE: _rate,
    Action.REOPEN: _reopen,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
    Action.PLACE: _place,
    Action.REVIEW: _review,
}

#: Of which topic who is told; steps that are not here concern nobody else.
TELLS: dict[Action, tuple[str, tuple[Audience, ...]]] = {
    Action.DISPATCH: ("dispatched", (Audience.TEAM,)),
    Action.CLAIM: ("claimed", (Audience.REPORTER,)),
    Action.ACCEPT: ("claimed", (Audience.REPORTER,)),
    Action.RETURN: ("returned", (Audience.DECIDERS,)),
    Action.CO_HANDLE: ("co_handling", (Audience.TEAM,)),
    Action.ASK_EXTENSION: ("extension_asked", (Audience.DECIDERS,)),
    Action.GRANT_EXTENSION: ("extension_decided", (Audience.TEAM,)),
    Action.REFUSE_EXTENSION: ("extension_decided", (Audience.TEAM,)),
    Action.ESCALATE: ("escalated", (Audience.DECIDERS,)),
    Action.EXPEDITE: ("expedited", (Audience.TEAM,)),
    Action.RESOLVE: ("resolved", (Audience.DECIDERS,)),
    Action.REWORK: ("reworked", (Audience.TEAM,)),
    Action.CLOSE: ("closed", (Audience.TEAM, Audience.REPORTER)),
    Action.PLACE: ("reported", (Audience.TEAM,)),
    Action.REOPEN: ("reopened", (Audience.TEAM, Audience.DECIDERS)),
}
