"""Open cases that a report is likely to repeat, and joining one instead of reporting it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.grids.queries import point
from gridsvc.incidents import history
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.incidents.rules import ENDED
from gridsvc.incidents.rules.duplicates import SHOWN, since
from gridsvc.incidents.rules.reasons import because


@dataclass(frozen=True)
class Likely:
    """An open case near a place; ``distance_m`` is metres on the ellipsoid.

    ``seen``: it lies in the viewer's area. Of another one, reported by the viewer, only what the
    report said is the viewer's to know.
    """

    incident: Incident
    distance_m: float
    seen: bool = True


def likely(
    session: Session,
    lon: float,
    lat: float,
    category_id: int,
    now: datetime,
    sight: Sight | None = None,
    user: UserAccount | None = None,
) -> list[Likely]:
    """Return open cases of a category near a place, nearest first, at most five.

    Radius and age are the category's. With a sight, only cases that the viewer may see, and with
    a user also those that he reported himself, wherever they lie. Served by
    ``idx_incident_geom``: the circle is turned into degrees, not the cases into metres.
    """
    about = session.get_one(Category, category_id)
    earth = func.geography(point(lon, lat))
    # A polygon about a circle lies inside it by a hundredth; the exact distance decides.
    circle = func.ST_Buffer(earth, about.duplicate_radius_m * 1.02 + 0.01)
    distance = func.ST_Distance(func.geography(Incident.geom), earth)
    seen = true() if sight is None else visible(sight)
    rows = session.execute(
        select(Incident, distance, seen)
        .where(
            Incident.geom.op("&&")(func.ST_Envelope(func.geometry(circle))),
            Incident.category_id == category_id,
            Incident.closed_at.is_(None),
            Incident.reported_at >= since(now, about.duplicate_days),
            distance <= about.duplicate_radius_m,
            seen if user is None else or_(seen, Incident.reporter_user_id == user.id),
        )
        .order_by(distance, Incident.id)
        .limit(SHOWN)
    )
    return [Likely(*row) for row in rows]


def join(
    session: Session,
    incident_id: int,
    client_report_id: str,
    user: UserAccount,
    sight: Sight,
    now: datetime,
    note: str | None = None,
) -> Incident:
    """Say that one's own report is this open case: one household more is affected by it.

    Safe to call twice with the same id, also at the same time.

    Raises
    ------
    NotFound
        The case is not there, or neither seen nor reported by this user.
    Conflict
        The case has ended meanwhile, or the id came before with something else.
    BadInput
        The id is empty.
    """
    if not client_report_id:
        raise because(BadInput, "join_needs_id", ["client_report_id"])
    incident = session.scalar(
        select(Incident)
        .where(
            Incident.id == incident_id,
            or_(visible(sight), Incident.reporter_user_id == user.id),
        )
        .with_for_update(of=Incident)
        .execution_options(populate_existing=True)
    )
    if incident is None:
        raise because(NotFound, "no_case", [incident_id], case=incident_id)
    _take_id(session, client_report_id)
    earlier = _case_of(session, client_report_id)
    if earlier == incident_id:
        return incident
    if earlier is not None:
        raise because(Conflict, "join_otherwise", [earlier], case=earlier)
    if incident.status in ENDED:
        into = incident.merged_into_id
        if into is None:
            raise because(Conflict, "join_ended", [incident_id], case=incident_id)
        raise because(Conflict, "join_merged", [into], case=incident_id, into=into)
    incident.households_affected += 1
    history.append(
        session,
        incident,
        "join",
        now=history.not_before(session, incident, now),
        user=user,
        from_status=incident.status,
        note=note,
        detail={"client_report_id": client_report_id},
    )
    return incident


def _take_id(session: Session, client_report_id: str) -> None:
    """Let nobody else use the same id until this transaction ends, for whichever case."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(client_report_id, 0))))


def _case_of(session: Session, client_report_id: str) -> int | None:
    """Return the case that an id reported or joined, by the unique indexes of both."""
    reported = session.scalar(
        select(Incident.id).where(Incident.client_report_id == client_report_id)
    )
    joined = select(IncidentEvent.incident_id).where(
        IncidentEvent.action == "join",
        IncidentEvent.detail["client_report_id"].astext == client_report_id,
    )
    return reported or session.scalar(joined)
