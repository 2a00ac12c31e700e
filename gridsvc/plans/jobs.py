"""Work on drafts that takes longer than an answer may: done by a worker, seen, and cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.calendars.queries import office_zone
from gridsvc.errors import Conflict, GridsvcError, NotFound
from gridsvc.geo.proposal import Wish
from gridsvc.plans import atoms as store
from gridsvc.plans import drafts, queries, rebase
from gridsvc.plans.models import Plan, PlanJob
from gridsvc.plans.proposals import alternatives
from gridsvc.plans.rules import JOB_LOST_AFTER, JobKind, JobState, PlanState
from gridsvc.plans.surroundings import base_map

#: Seconds between two words of progress: each is a transaction.
_TELL_EVERY = 0.5
_UNDER_WAY = (JobState.WAITING, JobState.RUNNING)

Sessions = sessionmaker[Session]
Progress = Callable[[int, int], None]

log = structlog.get_logger(__name__)


class Cancelled(Exception):  # noqa: N818  nothing went wrong
    """Somebody cancelled the job, or another worker has it now."""


def ask(
    session: Session,
    plan: Plan,
    user: UserAccount,
    kind: JobKind,
    params: dict[str, Any],
    now: datetime,
) -> PlanJob:
    """Leave work to a worker.

    Raises
    ------
    Conflict
        Another job of the draft is under way.
    """
    if other := queries.open_jobs(session, [plan.id]).get(plan.id):
        raise Conflict(
            f"Draft {plan.id} is being worked on already: wait for job {other.id}, or cancel it.",
            [other.id],
        )
    job = PlanJob(
        plan_id=plan.id,
        kind=kind,
        state=JobState.WAITING,
        params=params,
        seen=plan.log_number,
        done=0,
        total=0,
        asked_by_id=user.id,
        created_at=now,
    )
    session.add(job)
    session.flush()
    record(session, user, f"plan.{kind.value}", str(plan.id), {"job": job.id})
    return job


def job_of(session: Session, plan: Plan, job_id: int) -> PlanJob:
    """Return a job of a draft.

    Raises
    ------
    NotFound
        The draft has no such job.
    """
    job = session.get(PlanJob, job_id)
    if job is None or job.plan_id != plan.id:
        raise NotFound(f"There is no job {job_id} of draft {plan.id}.", [job_id])
    return job


def jobs(session: Session, plan_id: int) -> list[PlanJob]:
    """Return the jobs of a draft, the newest first."""
    query = select(PlanJob).where(PlanJob.plan_id == plan_id).order_by(PlanJob.id.desc())
    return list(session.scalars(query))


def cancel(session: Session, plan: Plan, job: PlanJob, now: datetime) -> None:
    """Stop a job; one that has ended stays as it is. A draft that was being opened is given up."""
    session.refresh(job, with_for_update=True)
    if job.state in _UNDER_WAY:
        job.state, job.finished_at = JobState.CANCELLED, now
        if job.kind is JobKind.OPEN:
            plan.state = PlanState.WITHDRAWN
        session.flush()


def work_one(sessions: Sessions, now: datetime) -> bool:
    """Do one job that waits, or whose worker was lost; return False when there is none.

    Two workers never do the same one: it is claimed in a transaction of its own, and its result
    is only written while the claim holds.
    """
    job_id = _claim(sessions, now)
    if job_id is None:
        return False
    try:
        with sessions() as session:
            kind = session.get_one(PlanJob, job_id).kind
        _WORK[kind](sessions, job_id)
    except Cancelled:
        log.info("plan_job_cancelled", job=job_id)
    except GridsvcError as refusal:
        _fail(sessions, job_id, refusal.message)
    except Exception:
        log.exception("plan_job_failed", job=job_id)
        _fail(sessions, job_id, "Something broke on our side; nothing was changed.")
    return True


def _claim(sessions: Sessions, now: datetime) -> int | None:
    lost = (PlanJob.state == JobState.RUNNING) & (PlanJob.beat_at < now - JOB_LOST_AFTER)
    with sessions.begin() as session:
        job = session.scalar(
            select(PlanJob)
            .where(or_(PlanJob.state == JobState.WAITING, lost))
            .order_by(PlanJob.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if job is None:
            return None
        job.state, job.beat_at = JobState.RUNNING, now
        return job.id


def _fail(sessions: Sessions, job_id: int, why: str) -> None:
    with sessions.begin() as session:
        job = session.get_one(PlanJob, job_id, with_for_update=True)
        if job.state is not JobState.RUNNING:
            return
        job.state, job.error, job.finished_at = JobState.FAILED, why, datetime.now(UTC)
        if job.kind is JobKind.OPEN:
            session.get_one(Plan, job.plan_id).state = PlanState.WITHDRAWN


def _progress(sessions: Sessions, job_id: int) -> Progress:
    """Make what tells a job's progress, and raises once the job is no longer to be done."""
    last = [0.0]

    def told(done: int, total: int) -> None:
        if time.monotonic() - last[0] < _TELL_EVERY:
            return
        last[0] = time.monotonic()
        with sessions.begin() as session:
            going_on = session.execute(
                update(PlanJob)
                .where(PlanJob.id == job_id, PlanJob.state == JobState.RUNNING)
                .values(done=done, total=total, beat_at=datetime.now(UTC))
                .returning(PlanJob.id)
            ).first()
        if going_on is None:
            raise Cancelled

    return told


def _patient(session: Session) -> None:
    """Let one transaction think for as long as it must."""
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))


def _done(
    session: Session, job_id: int, result: dict[str, Any] | None = None, labels: bytes | None = None
) -> None:
    """Say in the transaction of its result that a job is done, unless it was cancelled."""
    job = session.get_one(PlanJob, job_id, with_for_update=True, populate_existing=True)
    if job.state is not JobState.RUNNING:
        raise Cancelled
    job.state, job.finished_at = JobState.DONE, datetime.now(UTC)
    job.done = job.total = max(job.total, 1)
    job.result, job.labels = result, labels
    session.flush()


def _open(sessions: Sessions, job_id: int) -> None:
    with sessions.begin() as session:
        _patient(session)
        plan = session.get_one(Plan, session.get_one(PlanJob, job_id).plan_id)
        session.expire_all()
        drafts.fill(session, plan, _progress(sessions, job_id))
        plan.state = PlanState.DRAFT
        _done(session, job_id)


def _propose(sessions: Sessions, job_id: int) -> None:
    with sessions() as session:
        job = session.get_one(PlanJob, job_id)
        plan = session.get_one(Plan, job.plan_id)
        asked = job.params
        atoms = store.load(session, plan.id, asked["communities"])
        base = base_map(session, atoms.total_bounds.tolist())
        held = tuple(one.code for one in queries.locks(session, plan.id))
    locked = frozenset(code for code in atoms["grid"].unique() if code.startswith(held))
    wishes = [
        Wish(
            style=style,
            low=asked["low"],
            high=asked["high"],
            target=asked["target"],
            seed=asked["seed"],
            locked=locked,
        )
        for style in asked["styles"]
    ]
    result, labels = alternatives(atoms, base, wishes, _progress(sessions, job_id))
    with sessions.begin() as session:
        _done(session, job_id, result, labels)


def _rebase(sessions: Sessions, job_id: int) -> None:
    with sessions.begin() as session:
        _patient(session)
        job = session.get_one(PlanJob, job_id)
        user = session.get_one(UserAccount, job.asked_by_id)
        plan = session.get_one(Plan, job.plan_id)
        today = job.created_at.astimezone(office_zone(session)).date()
        tried = session.begin_nested()
        told = rebase.rebase(
            session, plan, user, job.seen, job.created_at, today, _progress(sessions, job_id)
        )
        if job.params["dry_run"]:
            tried.rollback()
        _done(session, job_id, told.as_dict())


_WORK: dict[JobKind, Callable[[Sessions, int], None]] = {
    JobKind.OPEN: _open,
    JobKind.PROPOSE: _propose,
    JobKind.REBASE: _rebase,
}
