"""Who gets a report, and why: point → grid of the day → team and branch, specialists beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput
from gridsvc.geo.datum import Datum
from gridsvc.grids.queries import locate, valid_on
from gridsvc.incidents.arrival.near import Candidate, candidates
from gridsvc.incidents.arrival.outside import Reading, Supervisor, division_of, readings, supervisor
from gridsvc.incidents.arrival.report import Report, position
from gridsvc.incidents.models import Category, SpecialistTeam
from gridsvc.incidents.rules import Kind, Level
from gridsvc.incidents.rules.reasons import because
from gridsvc.incidents.rules.routing import (
    COMMUNITY_DIGITS,
    Review,
    reach_m,
)
from gridsvc.staffing.models import Branch, PostHolding, Team, TeamPost
from gridsvc.staffing.queries import branch_of, team_of
from gridsvc.staffing.rules import Post


@dataclass(frozen=True)
class Route:
    """Who gets a report, and what led there.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326; as they were sent where ``lat`` is no latitude.
    on : date
        The day whose grids and teams count.
    category : Category
        In force that day, or the last edition before it retired.
    grid : Candidate or None
        The grid that gets it; ``None`` outside every grid: the supervisor of ``division_code``.
    candidates : tuple of Candidate
        Every grid within the accuracy, nearest first; more than one means that the circle
        crosses an edge.
    chosen : bool
        The reporter chose ``grid`` among the candidates against the point alone.
    supervisor : Supervisor or None
        Outside every grid: the division whose office gets it, and why.
    readings : tuple of Reading
        Outside every grid: where the place may have been meant.
    team, branch : Team, Branch or None
        Who answers for the grid that day.
    lead_post : Post or None
        Who leads: the leader, or the deputy while that post is vacant; ``None``: both are vacant.
    specialists : tuple of Team
        Co-handlers by category whose division holds the place, in order of code.
    """

    lon: float
    lat: float
    on: date
    category: Category
    grid: Candidate | None
    candidates: tuple[Candidate, ...]
    chosen: bool
    supervisor: Supervisor | None
    readings: tuple[Reading, ...]
    team: Team | None
    branch: Branch | None
    lead_post: Post | None
    specialists: tuple[Team, ...]

    @property
    def retired(self) -> bool:
        """Whether the category was no longer in force that day."""
        return self.category.valid_to is not None and self.category.valid_to <= self.on

    @property
    def division_code(self) -> str | None:
        """The grid's community, or outside every grid the division whose supervisor gets it."""
        if self.grid is not None:
            return self.grid.code[:COMMUNITY_DIGITS]
        return self.supervisor.division_code if self.supervisor else None

    @property
    def on_earth(self) -> bool:
        """Whether lat is one; a place whose two numbers are exchanged mostly has none."""
        return abs(self.lat) <= 90

    @property
    def swapped(self) -> bool:
        """Whether lon and lat look exchanged."""
        return not self.on_earth or any(one.why is Review.PLACE_SWAPPED for one in self.readings)


def of_report(session: Session, report: Report, on: date, home: Scope | None = None) -> Route:
    """Work out who gets a report on a day; see `explain`.

    Raises
    ------
    BadInput
        Its place is no place; no such category.
    """
    lon, lat = position(report)
    return explain(
        session,
        lon,
        lat,
        report.category,
        on,
        kind=report.kind,
        accuracy_m=report.accuracy_m,
        chosen=report.grid_code,
        home=home,
        sent=(report.lon, report.lat, report.datum),
    )


def explain(
    session: Session,
    lon: float,
    lat: float,
    category: str,
    on: date,
    *,
    kind: Kind | None = None,
    accuracy_m: float | None = None,
    chosen: str | None = None,
    home: Scope | None = None,
    sent: tuple[float, float, Datum | str] | None = None,
) -> Route:
    """Work out who gets a report at a place on a day; reads alone, and the same as a report does.

    Parameters
    ----------
    lon, lat : float
        Degrees, EPSG:4326. A place on a shared edge belongs to the lowest code.
    category : str
        Code; a retired one is still routed.
    accuracy_m : float, optional
        Radius of the circle that the place lies in, metres.
    chosen : str, optional
        The grid that the reporter chose; heard only among the candidates.
    home : Scope
        The reporter's own area, whose supervisor gets what lies on nobody's map.
    sent : tuple, optional
        lon, lat and datum as they came, where those differ.

    Raises
    ------
    BadInput
        No such category.
    """
    about = find_category(session, category, on, kind)
    on_earth = abs(lat) <= 90
    code = locate(session, lon, lat, on) if on_earth else None
    within = reach_m(accuracy_m)
    near = candidates(session, lon, lat, on, within, code) if on_earth else []
    grid = next((one for one in near if one.code == code), None)
    wanted = next((one for one in near if one.code == chosen), None)
    was_chosen = wanted is not None and wanted is not grid
    grid = wanted or grid
    outline = division_of(session, lon, lat, on) if on_earth and not grid else None
    read = () if grid else readings(session, *(sent or (lon, lat, Datum.WGS84)), on)
    above = None if grid else supervisor(session, outline, read, home or Scope())
    place = grid.code if grid else outline
    team = team_of(session, grid.code, on) if grid else None
    return Route(
        lon,
        lat,
        on,
        about,
        grid,
        tuple(near),
        was_chosen,
        above,
        read,
        team,
        branch_of(session, grid.code, on) if grid else None,
        _lead_post(session, team.id, on) if team else None,
        tuple(_specialists(session, about.id, place, on)),
    )


def find_category(session: Session, code: str, on: date, kind: Kind | None = None) -> Category:
    """Return the entry of a code in force on a day, else the one that retired last.

    Raises
    ------
    BadInput
        No edition has ever had it.
    """
    query = select(Category).where(Category.code == code)
    if kind is not None:
        query = query.where(Category.kind == kind)
    in_force = valid_on(Category, on)
    found = session.scalar(
        query.order_by(in_force.desc(), Category.valid_from.desc(), Category.id).limit(1)
    )
    if found is None:
        sought = code[:40] if kind is None else f"{code[:40]} ({kind.value})"
        raise because(BadInput, "no_category", ["category"], category=sought)
    return found


def _lead_post(session: Session, team_id: int, on: date) -> Post | None:
    held = set(
        session.scalars(
            select(TeamPost.post)
            .join(PostHolding, (PostHolding.post_id == TeamPost.id) & valid_on(PostHolding, on))
            .where(TeamPost.team_id == team_id, valid_on(TeamPost, on))
        )
    )
    return next((post for post in (Post.LEADER, Post.DEPUTY) if post in held), None)


def _specialists(session: Session, category_id: int, place: str | None, on: date) -> list[Team]:
    if place is None:
        return []
    return list(
        session.scalars(
            select(Team)
            .join(SpecialistTeam, SpecialistTeam.team_id == Team.id)
            .where(
                SpecialistTeam.category_id == category_id,
                valid_on(Team, on),
                func.starts_with(place, Team.division_code),
            )
            .order_by(Team.code)
        )
    )


def specialists_in(session: Session, scope: Scope, on: date) -> dict[int, list[Team]]:
    """Return, by category, the co-handlers whose division and a scope have anything in common."""
    query = (
        select(SpecialistTeam.category_id, Team)
        .join(Team, SpecialistTeam.team_id == Team.id)
        .where(valid_on(Team, on))
        .order_by(Team.code)
    )
    found: dict[int, list[Team]] = {}
    for category_id, team in session.execute(query):
        if scope.touches(team.division_code):
            found.setdefault(category_id, []).append(team)
    return found


def summary(route: Route) -> dict[str, Any]:
    """Give a route as plain values, for the interface and the command line."""
    return {
        "lon": route.lon,
        "lat": route.lat,
        "on": route.on,
        "category": route.category.code,
        "category_retired": route.retired,
        "grid_code": route.grid.code if route.grid else None,
        "grid_name": route.grid.name if route.grid else None,
        "edge_m": round(route.grid.edge_m, 2) if route.grid else None,
        "candidates": [
            {"grid_code": one.code, "name": one.name, "distance_m": round(one.distance_m, 2)}
            for one in route.candidates
        ],
        "division_code": route.division_code,
        "supervisor_name": route.supervisor.name if route.supervisor else None,
        "supervised_because": route.supervisor.whose.value if route.supervisor else None,
        "level": (route.supervisor.level if route.supervisor else Level.GRID).value,
        "readings": [asdict(one) for one in route.readings],
        "team": route.team.code if route.team else None,
        "team_name": route.team.name if route.team else None,
        "duty_phone": route.team.duty_phone if route.team else None,
        "branch": route.branch.code if route.branch else None,
        "lead_post": route.lead_post.value if route.lead_post else None,
        "specialists": [one.code for one in route.specialists],
        "specialist_names": [one.name for one in route.specialists],
        "emergency_phone": route.category.emergency_phone,
    }
