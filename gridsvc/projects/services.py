"""Use cases of area projects: propose one, move it a stage, say from which cases it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound
from gridsvc.grids.models import Division, GridBoundary
from gridsvc.grids.queries import locate, point, valid_on
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import free_text
from gridsvc.projects.models import AreaProject, AreaProjectCase, AreaProjectGrid, AreaProjectStep
from gridsvc.projects.reasons import because
from gridsvc.projects.rules import Move, Stage, check_move

#: Characters of a title, and of what is to be done.
LONGEST_TITLE, LONGEST_WORK = 120, 4000


@dataclass(frozen=True)
class Proposal:
    """What is to be done, and where: at a place, or in grids.

    Attributes
    ----------
    division_code : str
        The division that answers for it.
    place : tuple of (float, float), optional
        Longitude and latitude in degrees, EPSG:4326.
    cases : sequence of int
        Numbers of the cases that it came from.
    """

    division_code: str
    title: str
    work: str
    place: tuple[float, float] | None = None
    grid_codes: Sequence[str] = ()
    cases: Sequence[int] = ()


def propose(
    session: Session, proposal: Proposal, user: UserAccount, sight: Sight, today: date
) -> AreaProject:
    """Enter a project at its first stage.

    Raises
    ------
    NotAllowed
        The user does not answer for the division.
    BadInput
        A word is missing or names a person's number, or the place is none of the division's.
    NotFound, Conflict
        As `link` refuses a case.
    """
    _check_words(proposal)
    known = session.get(Division, proposal.division_code) is not None
    if not known or not user.scope.covers(proposal.division_code):
        raise because(NotAllowed, "project_area", ["in"], code=proposal.division_code)
    codes = _grids_of(session, proposal, today)
    made = AreaProject(
        division_code=proposal.division_code,
        title=proposal.title.strip(),
        work=proposal.work.strip(),
        geom=None if proposal.place is None else point(*proposal.place),
        made_by=user.id,
    )
    session.add(made)
    session.flush()
    session.add_all(AreaProjectGrid(project_id=made.id, grid_code=code) for code in codes)
    first = AreaProjectStep(
        project_id=made.id, number=1, stage=Stage.PROPOSED, reached_on=today, told_by=user.id
    )
    session.add(first)
    session.flush()
    for number in proposal.cases:
        link(session, made.id, number, user, sight)
    record(session, user, "project.propose", str(made.id))
    return made


def move(
    session: Session, number: int, seen: int, wanted: Move, user: UserAccount, today: date
) -> AreaProjectStep:
    """Move a project a stage; of any number who do so at once exactly one does.

    Parameters
    ----------
    seen : int
        The number of the last step that the user looked at.

    Raises
    ------
    NotFound
        There is no such project, or it is not the user's.
    Conflict
        Somebody else took a step meanwhile.
    RuleViolation, BadInput
        As `gridsvc.projects.rules.check_move` refuses it; a note names a person's number.
    """
    _own(session, number, user)
    last = session.scalars(
        select(AreaProjectStep)
        .where(AreaProjectStep.project_id == number)
        .order_by(AreaProjectStep.number.desc())
        .limit(1)
    ).one()
    if last.number != seen:
        raise because(Conflict, "project_moved_on", [number])
    if free_text.screen(wanted.note):
        raise because(BadInput, "project_number", ["note"])
    check_move(last.stage, last.reached_on, wanted, today)
    first, until = wanted.planned or (None, None)
    values = {
        "project_id": number, "number": seen + 1, "stage": wanted.to, "planned_from": first,
        "planned_until": until, "reached_on": wanted.reached_on, "note": wanted.note.strip(),
        "told_by": user.id,
    }  # fmt: skip
    made = session.scalar(
        insert(AreaProjectStep).values(values).on_conflict_do_nothing().returning(AreaProjectStep)
    )
    if made is None:
        raise because(Conflict, "project_moved_on", [number])
    record(session, user, "project.move", str(number), {"to": wanted.to.value})
    return made


def link(session: Session, number: int, case: int, user: UserAccount, sight: Sight) -> None:
    """Say that a project came from a case; saying it twice changes nothing.

    Raises
    ------
    NotFound
        There is no such project or case, or not for this user.
    Conflict
        The case belongs to another project.
    """
    _own(session, number, user)
    if session.scalar(select(Incident.id).where(Incident.id == case, visible(sight))) is None:
        raise because(NotFound, "project_case", [case], case=case)
    wanted = insert(AreaProjectCase).values(incident_id=case, project_id=number)
    session.execute(wanted.on_conflict_do_nothing())
    held = session.scalar(
        select(AreaProjectCase.project_id).where(AreaProjectCase.incident_id == case)
    )
    if held != number:
        raise because(Conflict, "project_case_taken", [case], case=case, number=held or "")
    record(session, user, "project.link", str(number), {"case": case})


def unlink(session: Session, number: int, case: int, user: UserAccount, sight: Sight) -> None:
    """Take a case off a project again.

    Raises
    ------
    NotFound
        There is no such project or case, or not for this user.
    """
    _own(session, number, user)
    seen = select(Incident.id).where(Incident.id == case, visible(sight))
    found = session.scalar(
        delete(AreaProjectCase)
        .where(AreaProjectCase.project_id == number, AreaProjectCase.incident_id.in_(seen))
        .returning(AreaProjectCase.incident_id)
    )
    if found is None:
        raise because(NotFound, "project_case", [case], case=case)
    record(session, user, "project.unlink", str(number), {"case": case})


def _own(session: Session, number: int, user: UserAccount) -> AreaProject:
    found = session.get(AreaProject, number)
    if found is None or not user.scope.covers(found.division_code):
        raise because(NotFound, "project_none", [number], number=number)
    return found


def _check_words(proposal: Proposal) -> None:
    title, work = proposal.title.strip(), proposal.work.strip()
    if not (0 < len(title) <= LONGEST_TITLE and 0 < len(work) <= LONGEST_WORK):
        raise because(BadInput, "project_words", ["title", "work"])
    if free_text.screen(title) or free_text.screen(work):
        raise because(BadInput, "project_number", ["title", "work"])


def _grids_of(session: Session, proposal: Proposal, today: date) -> list[str]:
    """Return the codes of the grids that a project is for, or of the one that holds its place."""
    code, codes = proposal.division_code, sorted(set(proposal.grid_codes))
    if (proposal.place is None) == (not codes):
        raise because(BadInput, "project_place", ["lon", "lat", "grid_codes"])
    if proposal.place is not None:
        holds = locate(session, *proposal.place, today)
        if holds is None or not holds.startswith(code):
            raise because(BadInput, "project_elsewhere", ["lon", "lat"], code=code)
        return [holds]
    there = select(GridBoundary.grid_code).where(
        GridBoundary.grid_code.in_(codes), valid_on(GridBoundary, today)
    )
    known = set(session.scalars(there))
    for one in codes:
        if one not in known or not one.startswith(code):
            raise because(BadInput, "project_grid", ["grid_codes"], grid=one, code=code)
    return codes
