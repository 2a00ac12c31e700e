"""A report in no grid is given its place by a person, once; then it goes its way as any other.

docs/decisions/0025-odd-places.md says why nothing is set right by itself.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.calendars.queries import office_zone
from gridsvc.errors import BadInput, RuleViolation
from gridsvc.grids.queries import point
from gridsvc.incidents.arrival import routing
from gridsvc.incidents.arrival.outside import Reading, level_of, readings
from gridsvc.incidents.arrival.routing import Route
from gridsvc.incidents.models import Category, CoHandler, Incident
from gridsvc.incidents.rules import Level
from gridsvc.incidents.rules.reasons import because


def place(
    session: Session, incident: Incident, at: tuple[float, float], on: date, now: datetime
) -> dict[str, Any]:
    """Give a locked case in no grid its place, grid and team; what was sent is kept beside.

    It gets the grid of the day of its report, and who works there ``on`` this day. A team that it
    was given to meanwhile keeps it. Its clock, which runs since it came, runs on.

    Parameters
    ----------
    at : tuple of float
        lon, lat in degrees, EPSG:4326.

    Returns
    -------
    dict
        What the history notes.

    Raises
    ------
    RuleViolation
        The case has a grid.
    BadInput
        The place lies in no grid of that day, or is none.
    """
    if incident.grid_code is not None:
        raise because(RuleViolation, "place_known", [incident.id], case=incident.id)
    before, sent = incident.division_code, _sent(session, incident)
    then, today = _routes(session, incident, at, on)
    assert then.grid is not None  # noqa: S101 - _routes has made sure
    if incident.level is level_of(session, before):
        incident.level = Level.GRID
    incident.original_lon, incident.original_lat = sent
    incident.geom = point(*at)
    incident.grid_code, incident.grid_boundary_id = then.grid.code, then.grid.boundary_id
    incident.division_code = then.division_code
    if today.grid is not None and today.grid.code != then.grid.code:
        incident.handled_code = today.grid.code
    if incident.team_id is None and today.team is not None:
        incident.team_id = today.team.id
        incident.first_team_id = incident.first_team_id or today.team.id
    incident.branch_id = incident.branch_id or (today.branch.id if today.branch else None)
    if incident.review_reason is not None:
        incident.reviewed_at = incident.reviewed_at or now
    session.flush()
    helpers = _add_specialists(session, incident, today, now)
    return {
        "grid": then.grid.code,
        "place": list(at),
        "sent": list(sent),
        "from_division": before,
        "co_handlers": helpers,
    }


def meant(session: Session, incident: Incident) -> tuple[Reading, ...]:
    """Return where a case in no grid may have been meant, for a person to choose."""
    lon, lat = _sent(session, incident)
    if incident.grid_code is not None or lon is None or lat is None:
        return ()
    return readings(session, lon, lat, incident.datum, _day(session, incident))


def _routes(
    session: Session, incident: Incident, at: tuple[float, float], on: date
) -> tuple[Route, Route]:
    """Route a case to a place on the day of its report, and today."""
    if not all(math.isfinite(one) for one in at):
        raise because(BadInput, "place_not_finite", ["place"])
    about = session.get_one(Category, incident.category_id)
    days = {_day(session, incident), on}
    found = {
        day: routing.explain(session, *at, about.code, day, kind=incident.kind) for day in days
    }
    then = found[_day(session, incident)]
    if then.grid is None:
        lon, lat = (f"{one:g}" for one in at)
        raise because(BadInput, "place_no_grid", ["place"], lon=lon, lat=lat, day=then.on)
    return then, found[on]


def _add_specialists(
    session: Session, incident: Incident, route: Route, now: datetime
) -> list[str]:
    helpers = [one for one in route.specialists if one.id != incident.team_id]
    for team in helpers:
        row = {"incident_id": incident.id, "team_id": team.id, "since": now}
        session.execute(insert(CoHandler).values(row).on_conflict_do_nothing())
    return [one.code for one in helpers]


def _sent(session: Session, incident: Incident) -> tuple[float | None, float | None]:
    """Return lon, lat as they were sent, in the case's datum; ``None`` without a place."""
    if incident.original_lon is not None:
        return incident.original_lon, incident.original_lat
    own = Incident.id == incident.id
    row = session.execute(
        select(func.ST_X(Incident.geom), func.ST_Y(Incident.geom)).where(own)
    ).one()
    return row[0], row[1]


def _day(session: Session, incident: Incident) -> date:
    return incident.reported_at.astimezone(office_zone(session)).date()
