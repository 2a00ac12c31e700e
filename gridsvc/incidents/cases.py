"""Cases one by one, for those whose scope they lie in; anybody else's case is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import NotFound
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.incidents.queries import Wanted
from gridsvc.incidents.rules import Status
from gridsvc.incidents.rules.reasons import because
from gridsvc.staffing.models import Branch, Team, TeamAssignment


@dataclass(frozen=True)
class Case:
    """A case with the names around it; ``lon`` and ``lat`` are degrees, EPSG:4326, or ``None``."""

    incident: Incident
    category: Category
    team: Team | None
    branch: Branch | None
    lon: float | None
    lat: float | None


def visible(sight: Sight) -> ColumnElement[bool]:
    """Say in SQL that a viewer may see a case.

    It lies in the scope, by its grid or, outside every grid, by its division; sensitive kinds
    are the handling team's alone, or counting rows would undo every masked count.
    """
    sensitive = select(Category.id).where(Category.sensitive)
    return and_(
        lies_in(sight.full),
        or_(Incident.category_id.not_in(sensitive), lies_in(sight.handles)),
    )


def lies_in(scope: Scope) -> ColumnElement[bool]:
    """Say in SQL that a case came from an area, or is worked on by its people."""
    grid, division, handled = Incident.grid_code, Incident.division_code, Incident.handled_code
    # A case outside every grid that was sent to a team is in the area of that team's grids.
    teams = select(TeamAssignment.team_id).where(
        below(TeamAssignment.grid_code, scope, GRID_DIGITS), TeamAssignment.valid_to.is_(None)
    )
    outside = and_(grid.is_(None), or_(below(division, scope), Incident.team_id.in_(teams)))
    own = and_(grid.is_not(None), below(grid, scope, GRID_DIGITS))
    # Whoever works on a case since a newer map sees it, and whoever had it before still does.
    return or_(own, and_(handled.is_not(None), below(handled, scope, GRID_DIGITS)), outside)


def waits_for_a_look() -> ColumnElement[bool]:
    """Say in SQL that something about a report is odd and nobody has looked at it yet."""
    return and_(Incident.review_reason.is_not(None), Incident.reviewed_at.is_(None))


def cases(
    session: Session,
    sight: Sight,
    asked: Wanted,
    *,
    within: str = "",
    status: Status | None = None,
    open_only: bool = False,
    odd_only: bool = False,
    before: int | None = None,
    limit: int = 100,
) -> list[Case]:
    """Return a page of cases, newest number first, below an id when given.

    Served by the primary key, or for open ones by ``ix_incident_open_grid``.
    """
    query = _joined().where(visible(sight), lies_in(Scope((within,))))
    if open_only:
        query = query.where(Incident.closed_at.is_(None))
    if odd_only:
        query = query.where(waits_for_a_look())
    for told, column in ((status, Incident.status), (asked.level, Incident.level)):
        if told is not None:
            query = query.where(column == told)
    if asked.category_ids is not None:
        query = query.where(Incident.category_id.in_(asked.category_ids))
    if before is not None:
        query = query.where(Incident.id < before)
    rows = session.execute(query.order_by(Incident.id.desc()).limit(limit))
    return [Case(*row) for row in rows]


def case(session: Session, sight: Sight, number: int) -> Case:
    """Return one case.

    Raises
    ------
    NotFound
        It does not exist, or not for this viewer: the two answers are the same.
    """
    row = session.execute(_joined().where(Incident.id == number, visible(sight))).one_or_none()
    if row is None:
        raise because(NotFound, "no_case", [number], case=number)
    return Case(*row)


def own_case(session: Session, reporter_id: int, number: int) -> Case:
    """Return a case for whoever reported it, wherever it lies.

    Raises
    ------
    NotFound
        It does not exist, or somebody else reported it.
    """
    own = Incident.id == number, Incident.reporter_user_id == reporter_id
    row = session.execute(_joined().where(*own)).one_or_none()
    if row is None:
        raise because(NotFound, "no_case", [number], case=number)
    return Case(*row)


def any_case(session: Session, number: int) -> Case:
    """Return a case whoever looks: for the answer to its own reporter, and for nothing else."""
    return Case(*session.execute(_joined().where(Incident.id == number)).one())


def cases_of(session: Session, numbers: Sequence[int]) -> dict[int, Case]:
    """Return cases that were found for the viewer, by number."""
    rows = session.execute(_joined().where(Incident.id.in_(numbers)))
    return {row[0].id: Case(*row) for row in rows}


def merged_into(session: Session, sight: Sight, number: int) -> list[int]:
    """Return the cases that were merged into one, of those that the viewer may see."""
    merged = select(Incident.id).where(Incident.merged_into_id == number, visible(sight))
    return list(session.scalars(merged.order_by(Incident.id)))


def _joined():  # type: ignore[no-untyped-def] # six columns, as Case has them
    return (
        select(
            Incident,
            Category,
            Team,
            Branch,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
        )
        .join(Category, Category.id == Incident.category_id)
        .outerjoin(Team, Team.id == Incident.team_id)
        .outerjoin(Branch, Branch.id == Incident.branch_id)
    )


def history(session: Session, number: int) -> list[IncidentEvent]:
    """Return the steps of a case that was found for the viewer, oldest first."""
    steps = select(IncidentEvent).where(IncidentEvent.incident_id == number)
    return list(session.scalars(steps.order_by(IncidentEvent.seq)))
