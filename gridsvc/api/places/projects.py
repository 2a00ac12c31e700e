"""Area projects: what is planned and done where, moved stage by stage, and their cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import PAGE_LIMIT, Dated, Day, Latitude, Longitude, Question, Within
from gridsvc.incidents.rules.free_text import masked
from gridsvc.projects import queries, services
from gridsvc.projects.queries import Standing
from gridsvc.projects.rules import Move, Stage
from gridsvc.projects.services import LONGEST_TITLE, LONGEST_WORK, Proposal

blueprint = APIBlueprint("api_projects", __name__, url_prefix="/api/v1", tag="projects")

_NUMBER = "/projects/<int(max=2147483647):number>"
GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}$")]
Number = Annotated[int, Field(ge=1, lt=2**63)]


class ProjectsQuestion(Dated, Within):
    """A page of projects."""

    stage: Stage | None = None
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: int = Field(0, ge=0, lt=2**31, description="Last id seen.")


class ProposalForm(Question):
    """A project at its first stage: at a place (lon and lat) or for grids."""

    division_code: str = Field(pattern=r"^[0-9]{6,12}$")
    title: str = Field(min_length=1, max_length=LONGEST_TITLE, pattern=r"^[^\u0000]*$")
    work: str = Field(min_length=1, max_length=LONGEST_WORK, pattern=r"^[^\u0000]*$")
    lon: Longitude | None = None
    lat: Latitude | None = None
    grid_codes: list[GridCode] = Field(default_factory=list, max_length=1000)
    cases: list[Number] = Field(default_factory=list, max_length=1000)


class MoveForm(Question):
    """A step: ``seen`` is the number of the last step that the sender looked at."""

    seen: int = Field(ge=1, le=32_000)
    to: Stage
    reached_on: Day | None = Field(None, description="Today by default.")
    planned_from: Day | None = None
    planned_until: Day | None = None
    note: str = Field("", max_length=2000, pattern=r"^[^\u0000]*$")


class CaseForm(Question):
    """A case that a project came from."""

    incident_id: Number


class ProjectStep(Answer):
    """A step; ``note`` and ``told_at`` are for those who answer for the place."""

    number: int
    stage: Stage
    reached_on: date
    planned_from: date | None
    planned_until: date | None
    note: str | None
    told_at: datetime | None


class ProjectPlace(Answer):
    """Where it is, EPSG:4326; ``grid_code`` is null for a point of its own."""

    lon: float
    lat: float
    grid_code: str | None


class Project(Answer):
    """A project as it stood on a day; ``cases`` are those that the caller may see, by number."""

    id: int
    division_code: str
    title: str
    work: str
    stage: Stage
    planned_from: date | None
    planned_until: date | None
    completed_on: date | None
    grid_codes: list[str]
    places: list[ProjectPlace]
    cases: list[int]
    steps: list[ProjectStep]


class Projects(Answer):
    """A page of projects; ``next`` is the id to ask ``after`` for, null on the last page."""

    items: list[Project]
    next: int | None


@blueprint.get("/projects")
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(ProjectsQuestion, location="query", arg_name="asked")
@blueprint.output(Projects)
def projects(asked: ProjectsQuestion) -> dict[str, Any]:
    """List projects as they stood on a day, by number; outside the own area from planned on."""
    stood = queries.standing(edge.session(), edge.sight(), asked.day, asked.within or "")
    found = [one for one in stood if one.project.id > asked.after]
    found = [one for one in found if asked.stage in (None, one.last.stage)]
    page = found[: asked.limit]
    following = page[-1].project.id if len(found) > len(page) else None
    return {"items": [_answer(one) for one in page], "next": following}


@blueprint.get(_NUMBER)
@requires(Permission.VIEW_PUBLIC_MAP)
@blueprint.input(Dated, location="query", arg_name="asked")
@blueprint.output(Project)
def project(number: int, asked: Dated) -> dict[str, Any]:
    """Answer one project as it stood on a day."""
    return _answer(queries.project(edge.session(), edge.sight(), number, asked.day))


@blueprint.post("/projects")
@requires(Permission.KEEP_PROJECTS)
@blueprint.input(ProposalForm, arg_name="given")
@blueprint.output(Project, status_code=201)
def propose(given: ProposalForm) -> dict[str, Any]:
    """Enter a project at its first stage."""
    place = None
    if given.lon is not None and given.lat is not None:
        place = (given.lon, given.lat)
    proposal = Proposal(
        given.division_code, given.title, given.work, place, given.grid_codes, given.cases
    )
    made = services.propose(edge.session(), proposal, _account(), edge.sight(), edge.today())
    return _now(made.id)


@blueprint.post(f"{_NUMBER}/steps")
@requires(Permission.KEEP_PROJECTS)
@blueprint.input(MoveForm, arg_name="given")
@blueprint.output(Project)
@blueprint.doc(responses={409: "Somebody else moved it on", 422: "The stage cannot follow"})
def move(number: int, given: MoveForm) -> dict[str, Any]:
    """Move a project a stage on, or back with a note that says why."""
    span = None
    if given.planned_from is not None and given.planned_until is not None:
        span = (given.planned_from, given.planned_until)
    wanted = Move(given.to, given.reached_on or edge.today(), span, given.note)
    services.move(edge.session(), number, given.seen, wanted, _account(), edge.today())
    return _now(number)


@blueprint.post(f"{_NUMBER}/cases")
@requires(Permission.KEEP_PROJECTS)
@blueprint.input(CaseForm, arg_name="given")
@blueprint.output(Project)
@blueprint.doc(responses={409: "The case belongs to another project"})
def link(number: int, given: CaseForm) -> dict[str, Any]:
    """Say that a project came from a case; saying it twice changes nothing."""
    services.link(edge.session(), number, given.incident_id, _account(), edge.sight())
    return _now(number)


@blueprint.delete(f"{_NUMBER}/cases/<int(max=9223372036854775807):case>")
@requires(Permission.KEEP_PROJECTS)
@blueprint.output(Project)
def unlink(number: int, case: int) -> dict[str, Any]:
    """Take a case off a project again."""
    services.unlink(edge.session(), number, case, _account(), edge.sight())
    return _now(number)


def _now(number: int) -> dict[str, Any]:
    return _answer(queries.project(edge.session(), edge.sight(), number, edge.today()))


def _answer(one: Standing) -> dict[str, Any]:
    inside, plan, viewer = queries.answers_for(edge.sight(), one), one.plan, edge.user()
    # An administrator answers for places too, and reads no case.
    reads = viewer is not None and allows(viewer.role, Permission.VIEW_CASES)
    return {
        "id": one.project.id,
        "division_code": one.project.division_code,
        "title": masked(one.project.title),
        "work": masked(one.project.work),
        "stage": one.last.stage,
        "planned_from": plan.planned_from if plan else None,
        "planned_until": plan.planned_until if plan else None,
        "completed_on": one.reached(Stage.DONE),
        "grid_codes": one.grid_codes,
        "places": [
            {"lon": lon, "lat": lat, "grid_code": code or None} for code, lon, lat in one.places
        ],
        "cases": one.cases if reads else [],
        "steps": [_step(step, inside) for step in one.steps],
    }


def _step(step: Any, inside: bool) -> dict[str, Any]:
    told = {name: getattr(step, name) for name in ProjectStep.model_fields}
    if not inside:
        return told | {"note": None, "told_at": None}
    return told | {"note": masked(step.note)}


def _account() -> UserAccount:
    user = edge.user()
    assert user is not None  # noqa: S101 - the gate let nobody else in
    return user
