"""Taking a report in: exactly once, routed, with its clock running, all in one transaction.

Why it cannot double or get lost: docs/decisions/0018-exactly-once.md.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import Conflict
from gridsvc.geo.datum import Datum
from gridsvc.grids.opening import bounds
from gridsvc.grids.queries import point
from gridsvc.incidents import catalogue, clock, history
from gridsvc.incidents.arrival import routing
from gridsvc.incidents.arrival.flood import require_room
from gridsvc.incidents.arrival.report import Report, content_hash
from gridsvc.incidents.models import CoHandler, Incident
from gridsvc.incidents.rules import Level, Status
from gridsvc.incidents.rules.questions import checked
from gridsvc.incidents.rules.reasons import because
from gridsvc.incidents.rules.routing import FAR_M, Review, Whose, clock_is_off
from gridsvc.incidents.telling import Audience, tell

# No vowels, no 0, 1, I, L, O: it is read out over a phone and never spells a word.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_TRACKING_LETTERS = 14  # 28^14 > 2^67: nobody guesses one
_SHIFTED = (Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True)
class Reported:
    """The case of a report, and whether this call made it or an earlier one did."""

    incident: Incident
    created: bool


def report_incident(
    session: Session,
    report: Report,
    now: datetime,
    user: UserAccount | None,
    home: Scope | None = None,
) -> Reported:
    """Take a report in: store, route, start its clock, write its first step and tell the team.

    Everything is in the caller's transaction: answer only after its commit. Calling again with
    the same ``client_report_id`` and content, also at the same time from elsewhere, gives the
    first case and changes nothing. What is odd is kept with a ``review_reason``, not refused.

    Parameters
    ----------
    user : UserAccount or None
        Who reports; ``None`` for a partner's system.
    home : Scope
        The area of that system, whose supervisor gets what lies on nobody's map.

    Raises
    ------
    BadInput
        A place that is not on earth in either order; an unknown category or datum; a required
        question of the category is not answered, or an answer is none.
    TooMany
        The account sent very many reports just now.
    Conflict
        The id came before with other content, or from somebody else: names the first case.
    """
    digest = content_hash(report, user)
    first = _first(session, report, digest)
    if first is not None:
        return Reported(first, created=False)
    if user is not None:
        require_room(session, user, now)
    on = now.astimezone(office_zone(session)).date()
    route = routing.of_report(session, report, on, user.scope if user else home)
    report = replace(report, answers=_answers(session, report, route))
    reviews = _reviews(session, report, route, user, now)
    number = _insert(session, report, route, user, digest, reviews, now)
    if number is None:
        # Somebody was faster by less than a transaction: theirs is committed, so it is seen now.
        first = _first(session, report, digest)
        if first is None:
            raise because(Conflict, "report_under_way")
        return Reported(first, created=False)
    return Reported(_begin(session, number, route, user, now), created=True)


def _answers(session: Session, report: Report, route: routing.Route) -> dict[str, Any]:
    asked = catalogue.questions(session, route.category.id)
    return checked(catalogue.answerable(asked), report.answers) | report.beside


def _first(session: Session, report: Report, digest: str) -> Incident | None:
    if report.client_report_id is None:
        return None
    first = session.scalar(
        select(Incident)
        .where(Incident.client_report_id == report.client_report_id)
        .execution_options(populate_existing=True)
    )
    if first is not None and first.content_hash != digest:
        key = report.client_report_id[:80]
        raise because(Conflict, "report_otherwise", [first.id], key=key, case=first.id)
    return first


def _reviews(
    session: Session,
    report: Report,
    route: routing.Route,
    user: UserAccount | None,
    now: datetime,
) -> list[Review]:
    found = {
        Review.CATEGORY_RETIRED: route.retired,
        Review.CHOICE_NOT_NEAR: report.grid_code is not None
        and (route.grid is None or route.grid.code != report.grid_code),
        Review.DEVICE_CLOCK: clock_is_off(report.device_at, report.occurred_at, now),
        Review.PLACE_SWAPPED: route.swapped,
        Review.DATUM_DOUBTFUL: bool(route.readings) and not route.swapped,
    }
    if user is not None:
        found[Review.SCOPE_LOST] = not user.scope.prefixes
    if user is not None and not route.swapped:
        scope = user.scope
        outside = not scope.covers(_code_of_the_map(route))
        found[Review.OUTSIDE_SCOPE] = bool(scope.prefixes) and outside
        found[Review.FAR_AWAY] = outside and _away_m(session, scope, route) > FAR_M
    return [review for review in Review if found.get(review)]


def _code_of_the_map(route: routing.Route) -> str | None:
    """Return the grid of a place, or else the division whose outline holds it."""
    if route.grid is not None:
        return route.grid.code
    above = route.supervisor
    return above.division_code if above and above.whose is Whose.OUTLINE else None


def _away_m(session: Session, scope: Scope, route: routing.Route) -> float:
    """Measure from a place to the box around a scope's grids, in metres; 0 without grids."""
    box = bounds(session, scope, route.on)
    if box is None:
        return 0.0
    area = func.geography(func.ST_MakeEnvelope(*box, 4326))
    metres = func.ST_Distance(area, func.geography(point(route.lon, route.lat)))
    return float(session.scalar(select(metres)) or 0.0)


def _placed(report: Report, route: routing.Route) -> dict[str, Any]:
    """Where it is: in storage, and as it was sent where that is not the same."""
    apart = report.datum in _SHIFTED or not route.on_earth
    return {
        "geom": point(route.lon, route.lat) if route.on_earth else None,
        "datum": str(report.datum),
        "original_lon": report.lon if apart else None,
        "original_lat": report.lat if apart else None,
        "accuracy_m": report.accuracy_m,
        "provenance": report.provenance,
    }


def _routed(route: routing.Route) -> dict[str, Any]:
    """What it is, and whose."""
    grid, team = route.grid, route.team
    return {
        "kind": route.category.kind,
        "category_id": route.category.id,
        "level": route.supervisor.level if route.supervisor else Level.GRID,
        "grid_code": grid.code if grid else None,
        "grid_boundary_id": grid.boundary_id if grid else None,
        "division_code": route.division_code,
        "team_id": team.id if team else None,
        "first_team_id": team.id if team else None,
        "branch_id": route.branch.id if route.branch else None,
        "grid_candidates": [one.code for one in route.candidates],
        "grid_was_chosen": route.chosen,
    }


def _insert(
    session: Session,
    report: Report,
    route: routing.Route,
    user: UserAccount | None,
    digest: str,
    reviews: list[Review],
    now: datetime,
) -> int | None:
    """Insert the row, or return ``None`` where the id is taken, waiting for whoever takes it."""
    values = {
        **_routed(route),
        **_placed(report, route),
        "status": Status.REPORTED,
        "description": report.description,
        "reported_at": now,
        "received_at": now,
        "occurred_at": report.occurred_at,
        "device_at": report.device_at,
        "review_reason": ",".join(reviews) or None,
        "answers": report.answers,
        "reporter_user_id": user.id if user else None,
        "tracking_code": "".join(secrets.choice(_LETTERS) for _ in range(_TRACKING_LETTERS)),
        "client_report_id": report.client_report_id,
        "content_hash": digest,
        "source": report.source,
        "source_ref": report.source_ref,
    }
    taken = insert(Incident).values(values)
    return session.scalar(
        taken.on_conflict_do_nothing(index_elements=["client_report_id"]).returning(Incident.id)
    )


def _begin(
    session: Session,
    number: int,
    route: routing.Route,
    user: UserAccount | None,
    now: datetime,
) -> Incident:
    incident = session.get_one(Incident, number)
    others = [one for one in route.specialists if one.id != incident.team_id]
    session.add_all(CoHandler(incident_id=number, team_id=one.id, since=now) for one in others)
    clock.start(session, incident, now, user)
    step = history.append(
        session,
        incident,
        "report",
        now=now,
        user=user,
        team_id=incident.team_id,
        detail={
            "grid": incident.grid_code,
            "division": incident.division_code,
            "candidates": incident.grid_candidates,
            "chosen": incident.grid_was_chosen,
            "co_handlers": [one.code for one in others],
            "content": incident.content_hash,
        },
    )
    audience = (Audience.TEAM,) if incident.team_id else (Audience.DECIDERS,)
    tell(session, incident, step, "reported", audience, but=user)
    return incident
