"""Reads of area projects as they stood on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import NotFound
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Incident
from gridsvc.projects.models import AreaProject, AreaProjectCase, AreaProjectGrid, AreaProjectStep
from gridsvc.projects.reasons import because
from gridsvc.projects.rules import STAGES, Kept, Promise, Stage, kept, promises
from gridsvc.reports.rules.periods import Period


@dataclass(frozen=True)
class Standing:
    """A project as it stood on a day.

    Attributes
    ----------
    steps : list of AreaProjectStep
        Up to that day, the first one first.
    places : list of tuple
        Grid code (empty for a point of its own), longitude and latitude in degrees (EPSG:4326): the
        point, or one inside each of its grids that was in force on the day.
    grid_codes : list of str
        The grids that it is for, or the one that held its point, also those that are no more.
    cases : list of int
        Numbers of the cases that it came from, of those that the viewer may see.
    """

    project: AreaProject
    steps: list[AreaProjectStep]
    places: list[tuple[str, float, float]] = field(default_factory=list)
    grid_codes: list[str] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    @property
    def last(self) -> AreaProjectStep:
        """The step that brought it where it stood."""
        return self.steps[-1]

    @property
    def plan(self) -> AreaProjectStep | None:
        """The plan that held, also after the work began; none while it is but proposed."""
        plans = [one for one in self.steps if one.stage is Stage.PLANNED]
        return None if self.last.stage is Stage.PROPOSED else plans[-1]

    @property
    def promises(self) -> list[Promise]:
        """Its plans, and what became of them by that day."""
        return promises([(one.stage, one.reached_on, one.planned_until) for one in self.steps])

    def reached(self, stage: Stage) -> date | None:
        """Tell on which day it came to a stage that it has not left backwards."""
        if STAGES.index(stage) > STAGES.index(self.last.stage):
            return None
        return next(one.reached_on for one in reversed(self.steps) if one.stage == stage)


def standing(session: Session, sight: Sight, on: date, within: str = "") -> list[Standing]:
    """Return the projects that a viewer sees as they stood on a day, by number.

    Whoever answers for its division or for one of its grids sees all of it; for anybody else it
    is there once it is planned.
    """
    scope = Scope(sight.prefixes).narrowed(within)
    for_grids = select(AreaProjectGrid.project_id).where(
        below(AreaProjectGrid.grid_code, scope, GRID_DIGITS)
    )
    mine = or_(below(AreaProject.division_code, scope), AreaProject.id.in_(for_grids))
    found = session.scalars(select(AreaProject).where(mine).order_by(AreaProject.id)).all()
    return _stood(session, found, sight, on)


def project(session: Session, sight: Sight, number: int, on: date) -> Standing:
    """Return one project as it stood on a day.

    Raises
    ------
    NotFound
        It did not exist that day, or not for this viewer.
    """
    found = session.get(AreaProject, number)
    stood = [] if found is None else _stood(session, [found], sight, on)
    if not stood:
        raise because(NotFound, "project_none", [number], number=number)
    return stood[0]


def cases_of(session: Session, sight: Sight, number: int) -> list[Incident]:
    """Return the cases that a project came from, of those that the viewer may see, by number."""
    linked = select(AreaProjectCase.incident_id).where(AreaProjectCase.project_id == number)
    query = select(Incident).where(Incident.id.in_(linked), visible(sight))
    return list(session.scalars(query.order_by(Incident.id)))


def project_of(session: Session, case: int) -> int | None:
    """Return the number of the project that a case led to."""
    return session.scalar(
        select(AreaProjectCase.project_id).where(AreaProjectCase.incident_id == case)
    )


def tellers(session: Session, steps: Sequence[AreaProjectStep]) -> dict[int, str]:
    """Return the names of the accounts that told of steps, by id."""
    ids = {one.told_by for one in steps if one.told_by is not None}
    rows = session.execute(
        select(UserAccount.id, UserAccount.username).where(UserAccount.id.in_(ids))
    )
    return {row.id: row.username for row in rows}


def by_period(stood: Sequence[Standing], periods: Sequence[Period]) -> list[tuple[Period, Kept]]:
    """Count the plans due in each period, and what became of them."""
    plans = [one for project in stood for one in project.promises]
    return [(one, kept(plans, one.start, one.last_day)) for one in periods]


def answers_for(sight: Sight, one: Standing) -> bool:
    """Tell whether a viewer answers for a project's division or for one of its grids."""
    return any(sight.full.covers(code) for code in (one.project.division_code, *one.grid_codes))


def _stood(
    session: Session, found: Sequence[AreaProject], sight: Sight, on: date
) -> list[Standing]:
    numbers = [one.id for one in found]
    steps = _steps(session, numbers, on)
    grids, places = _places(session, numbers, on)
    cases = _cases(session, numbers, sight)
    stood = [
        Standing(one, steps[one.id], places[one.id], grids[one.id], cases[one.id])
        for one in found
        if one.id in steps
    ]
    return [one for one in stood if answers_for(sight, one) or _public(sight, one)]


def _public(sight: Sight, one: Standing) -> bool:
    codes = (one.project.division_code, *one.grid_codes)
    return one.last.stage is not Stage.PROPOSED and any(map(sight.public.covers, codes))


def _steps(session: Session, numbers: Sequence[int], on: date) -> dict[int, list[AreaProjectStep]]:
    query = select(AreaProjectStep).where(
        AreaProjectStep.project_id.in_(numbers), AreaProjectStep.reached_on <= on
    )
    found: dict[int, list[AreaProjectStep]] = defaultdict(list)
    for one in session.scalars(query.order_by(AreaProjectStep.number)):
        found[one.project_id].append(one)
    return found


def _places(
    session: Session, numbers: Sequence[int], on: date
) -> tuple[dict[int, list[str]], dict[int, list[tuple[str, float, float]]]]:
    """Return the grids of projects, and where to put them on a map."""
    grids: dict[int, list[str]] = defaultdict(list)
    places: dict[int, list[tuple[str, float, float]]] = defaultdict(list)
    inside = func.ST_PointOnSurface(GridBoundary.geom)
    there = (GridBoundary.grid_code == AreaProjectGrid.grid_code) & valid_on(GridBoundary, on)
    own = AreaProject.geom
    rows = session.execute(
        select(
            AreaProject.id, AreaProjectGrid.grid_code, own.is_not(None),
            func.ST_X(func.coalesce(own, inside)), func.ST_Y(func.coalesce(own, inside)),
        )
        .join(AreaProjectGrid, AreaProjectGrid.project_id == AreaProject.id)
        .outerjoin(GridBoundary, there)
        .where(AreaProject.id.in_(numbers))
        .order_by(AreaProjectGrid.grid_code)
    )  # fmt: skip
    for number, code, is_point, lon, lat in rows:
        grids[number].append(code)
        if lon is not None:
            places[number].append(("" if is_point else code, lon, lat))
    return grids, places


def _cases(session: Session, numbers: Sequence[int], sight: Sight) -> dict[int, list[int]]:
    rows = session.execute(
        select(AreaProjectCase.project_id, AreaProjectCase.incident_id)
        .join(Incident, Incident.id == AreaProjectCase.incident_id)
        .where(AreaProjectCase.project_id.in_(numbers), visible(sight))
        .order_by(AreaProjectCase.incident_id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for number, case in rows:
        found[number].append(case)
    return found
