"""Who gets a report, and why: point → grid of the day → team and branch, specialists beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput
from gridsvc.grids.models import DivisionBoundary, Grid, GridBoundary
from gridsvc.grids.queries import locate, point, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.incidents.models import Category, SpecialistTeam
from gridsvc.incidents.rules import Kind
from gridsvc.incidents.rules.reasons import because
from gridsvc.incidents.rules.routing import CANDIDATES_AT_MOST, reach_m
from gridsvc.staffing.models import Branch, PostHolding, Team, TeamPost
from gridsvc.staffing.queries import branch_of, team_of
from gridsvc.staffing.rules import Post

_COMMUNITY_DIGITS = 12


@dataclass(frozen=True)
class Candidate:
    """A grid that a place may lie in; ``distance_m`` is 0 inside, ``edge_m`` is to its edge."""

    code: str
    name: str
    boundary_id: int
    distance_m: float
    edge_m: float


@dataclass(frozen=True)
class Route:
    """Who gets a report, and what led there.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326.
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
    division_code : str or None
        The grid's community, or the smallest division whose outline holds the place.
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
    division_code: str | None
    team: Team | None
    branch: Branch | None
    lead_post: Post | None
    specialists: tuple[Team, ...]

    @property
    def retired(self) -> bool:
        """Whether the category was no longer in force that day."""
        return self.category.valid_to is not None and self.category.valid_to <= self.on


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

    Raises
    ------
    BadInput
        No such category.
    """
    about = find_category(session, category, on, kind)
    code = locate(session, lon, lat, on)
    near = candidates(session, lon, lat, on, reach_m(accuracy_m), code)
    grid = next((one for one in near if one.code == code), None)
    wanted = next((one for one in near if one.code == chosen), None)
    was_chosen = wanted is not None and wanted is not grid
    grid = wanted or grid
    place = grid.code if grid else division_of(session, lon, lat, on)
    team = team_of(session, grid.code, on) if grid else None
    return Route(
        lon,
        lat,
        on,
        about,
        grid,
        tuple(near),
        was_chosen,
        place[:_COMMUNITY_DIGITS] if place else None,
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


def candidates(
    session: Session, lon: float, lat: float, on: date, within_m: float, holder: str | None
) -> list[Candidate]:
    """Return the residential grids within metres of a place on a day, nearest first, at most nine.

    ``holder``, the grid that holds the place, comes first whatever its distance: on the ellipsoid
    a long edge runs metres beside the straight line in degrees that decides.

    Distances are metres on the ellipsoid. Served by ``idx_grid_boundary_geom``: the circle is
    turned into degrees, not the boundaries into metres.
    """
    here = point(lon, lat)
    earth = func.geography(here)
    box = func.ST_Envelope(func.geometry(func.ST_Buffer(earth, within_m + 0.01)))
    distance = func.ST_Distance(func.geography(GridBoundary.geom), earth)
    held = func.coalesce(GridBoundary.grid_code == holder, False)
    edge = func.ST_Distance(func.geography(func.ST_Boundary(GridBoundary.geom)), earth)
    rows = session.execute(
        select(GridBoundary.grid_code, Grid.name, GridBoundary.id, distance, edge)
        .join(Grid, Grid.code == GridBoundary.grid_code)
        .where(
            GridBoundary.geom.op("&&")(box),
            valid_on(GridBoundary, on),
            Grid.kind == GridKind.RESIDENTIAL,
            or_(held, distance <= within_m),
        )
        .order_by(held.desc(), distance, GridBoundary.grid_code)
        .limit(CANDIDATES_AT_MOST)
    )
    return [Candidate(*row) for row in rows]


def division_of(session: Session, lon: float, lat: float, on: date) -> str | None:
    """Return the smallest division whose outline holds a place on a day, or ``None``."""
    code = DivisionBoundary.division_code
    return session.scalar(
        select(code)
        .where(
            func.ST_Covers(DivisionBoundary.geom, point(lon, lat)), valid_on(DivisionBoundary, on)
        )
        .order_by(func.length(code).desc(), code)
        .limit(1)
    )


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
        "team": route.team.code if route.team else None,
        "team_name": route.team.name if route.team else None,
        "duty_phone": route.team.duty_phone if route.team else None,
        "branch": route.branch.code if route.branch else None,
        "lead_post": route.lead_post.value if route.lead_post else None,
        "specialists": [one.code for one in route.specialists],
        "specialist_names": [one.name for one in route.specialists],
        "emergency_phone": route.category.emergency_phone,
    }
