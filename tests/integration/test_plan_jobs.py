"""What a worker does for drafts: opening, proposals and rebasing, seen, cancelled and repeated."""

from __future__ import annotations

from datetime import timedelta

import peopled_town
import pytest
import shapely
import toy_town
from case_town import account
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import update
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine
from gridsvc.errors import Conflict, NotFound
from gridsvc.grids.models import GridBoundary
from gridsvc.plans import atoms, drafts, findings, jobs, log, misfits, proposals, queries, rebase
from gridsvc.plans.models import PlanAtom, PlanJob
from gridsvc.plans.rules import Decision, EditKind, JobKind, JobState, PlanState

A, B, C = (toy_town.code(1, sequence) for sequence in (1, 2, 3))
DOWN = [list(toy_town.position(0.5, 3.2)), list(toy_town.position(0.5, 1.8))]
WISH = {
    "styles": ["balanced", "least_change"],
    "communities": [f"{TOWN}001", f"{TOWN}002"],
    "low": 100,
    "high": 450,
    "target": None,
    "seed": 1,
}


@pytest.fixture
def town(session):
    peopled_town.territory(session)
    return session


@pytest.fixture
def planner(town):
    return account(town, "planner1", Role.PLANNER, TOWN)


@pytest.fixture
def sessions(town):
    """What a worker opens: sessions of their own within the test's transaction."""
    return sessionmaker(
        town.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False
    )


@pytest.fixture
def plan(town, planner):
    plan = drafts.begin(town, planner, name="西片", scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(town, plan)
    plan.state = PlanState.DRAFT
    town.commit()
    return plan


def done(town, sessions, plan, user, kind, params):
    job = jobs.ask(town, plan, user, kind, params, NOW)
    town.commit()
    assert jobs.work_one(sessions, NOW)
    town.expire_all()
    return job


def ask(kind, seen, **params):
    return log.Asked(EditKind(kind), params, seen)


def test_a_large_draft_is_opened_by_the_worker(town, sessions, planner):
    plan = drafts.begin(town, planner, name="x", scope=TOWN, now=NOW, today=TODAY)
    job = done(town, sessions, plan, planner, JobKind.OPEN, {})
    assert (job.state, plan.state) == (JobState.DONE, PlanState.DRAFT)
    assert len(queries.outlines(town, plan.id)) == 9
    assert not jobs.work_one(sessions, NOW)


def test_a_cancelled_opening_leaves_nothing(fresh_database, monkeypatch):
    engine = make_engine(fresh_database, pool_size=3)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as town:
        peopled_town.territory(town)
        user = account(town, "planner1", Role.PLANNER, TOWN)
        plan = drafts.begin(town, user, name="x", scope=TOWN, now=NOW, today=TODAY)
        job = jobs.ask(town, plan, user, JobKind.OPEN, {}, NOW)

    def measured(*given):
        with sessions.begin() as other:
            held = other.get_one(PlanJob, job.id)
            jobs.cancel(other, other.get_one(type(plan), plan.id), held, NOW)
        return told(*given)

    told = drafts.store.measured
    monkeypatch.setattr(drafts.store, "measured", measured)
    assert jobs.work_one(sessions, NOW)
    with sessions() as town:
        assert town.get_one(PlanJob, job.id).state is JobState.CANCELLED
        assert town.get_one(type(plan), plan.id).state is PlanState.WITHDRAWN
        assert town.query(PlanAtom).count() == 0
    engine.dispose()


def test_a_job_whose_worker_was_lost_is_done_by_another(town, sessions, plan, planner):
    job = jobs.ask(town, plan, planner, JobKind.PROPOSE, WISH, NOW)
    job.state, job.beat_at = JobState.RUNNING, NOW
    town.commit()
    assert not jobs.work_one(sessions, NOW + timedelta(minutes=1))
    assert jobs.work_one(sessions, NOW + timedelta(minutes=3))
    town.expire_all()
    assert job.state is JobState.DONE


def test_a_draft_has_one_job_at_a_time(town, plan, planner):
    jobs.ask(town, plan, planner, JobKind.PROPOSE, WISH, NOW)
    with pytest.raises(Conflict, match="wait for job"):
        jobs.ask(town, plan, planner, JobKind.PROPOSE, WISH, NOW)


def test_a_job_that_cannot_be_done_says_why(town, sessions, plan, planner):
    job = done(town, sessions, plan, planner, JobKind.PROPOSE, WISH | {"low": 500})
    assert job.state is JobState.FAILED and "500" in job.error


def test_alternatives_are_scored_and_one_is_taken_and_undone(town, sessions, plan, planner):
    began = atoms.load(town, plan.id)
    job = done(town, sessions, plan, planner, JobKind.PROPOSE, WISH)
    assert [one["style"] for one in job.result["alternatives"]] == WISH["styles"]
    better = job.result["alternatives"][0]["scores"]["in_range"]
    assert better > job.result["present"]["in_range"]
    taken = proposals.take(town, plan, planner, job, "balanced", ask("proposal", 0), NOW)
    assert taken.seq == 1
    drawn = queries.outlines(town, plan.id)
    assert drawn["households"].between(100, 450).mean() == pytest.approx(better, abs=1e-4)
    log.undo(town, plan, planner, ask("undo", 1), NOW)
    assert atoms.load(town, plan.id).equals(began)
    with pytest.raises(NotFound):
        proposals.take(town, plan, planner, job, "compact", ask("proposal", 2), NOW)


def test_an_alternative_is_not_taken_over_what_was_drawn_since(town, sessions, plan, planner):
    job = done(town, sessions, plan, planner, JobKind.PROPOSE, WISH)
    changed = set(proposals.labels_of(job, "balanced").index)
    moved = set(atoms.load(town, plan.id).loc[sorted(changed), "grid"])
    one = sorted(moved)[0]
    other = toy_town.code(1, 4) if one != toy_town.code(1, 4) else A
    log.edit(town, plan, planner, ask("merge", 0, into=one, others=[other]), NOW)
    with pytest.raises((log.EditsMeet, Conflict)):
        proposals.take(town, plan, planner, job, "balanced", ask("proposal", 1), NOW)


def published_over(town, code, shape):
    """Let somebody else's map begin: one grid gets another boundary."""
    since = TODAY + timedelta(days=10)
    town.execute(update(GridBoundary).where(GridBoundary.grid_code == code).values(valid_to=since))
    town.flush()
    town.add(
        GridBoundary(
            grid_code=code,
            geom=f"SRID=4326;{shape.wkt}",
            household_count=1,
            dwelling_count=1,
            valid_from=since,
        )
    )
    town.commit()
    return since


def test_a_draft_published_over_is_drawn_again_and_what_does_not_fit_is_told(
    town, sessions, plan, planner
):
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    log.edit(town, plan, planner, ask("split", 1, grid=A, line=DOWN), NOW)
    below = toy_town.code(1, 4)
    both = shapely.coverage_union(toy_town.cell(0, 2), toy_town.cell(0, 1))
    since = published_over(town, A, both)
    town.execute(update(GridBoundary).where(GridBoundary.grid_code == below).values(valid_to=since))
    town.commit()
    assert queries.overtaken(town, plan) == [A, below]
    job = done(town, sessions, plan, planner, JobKind.REBASE, {"dry_run": False})
    assert job.state is JobState.DONE, job.error
    assert (job.result["fits"], [one["seq"] for one in job.result["misfits"]]) == (1, [2])
    assert plan.base_on == since and queries.overtaken(town, plan) == []
    kinds = [(line.kind, line.of_seq) for line in queries.lines(town, plan.id, 2)]
    assert kinds == [(EditKind.REBASE, None), (EditKind.MERGE, 1)]
    assert C not in queries.outlines(town, plan.id).index
    blocking, _ = findings.open_findings(town, plan)
    assert [one.figure for one in blocking if one.kind == findings.MISFIT] == [2]
    misfits.decide(town, plan, planner, 2, Decision.DROPPED, NOW)
    blocking, _ = findings.open_findings(town, plan)
    assert findings.MISFIT not in {one.kind for one in blocking}


def test_a_trial_of_a_rebase_changes_nothing(town, sessions, plan, planner):
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    published_over(town, A, toy_town.cell(0, 2))
    before = atoms.load(town, plan.id)
    job = done(town, sessions, plan, planner, JobKind.REBASE, {"dry_run": True})
    assert (job.state, job.result["fits"], job.result["misfits"]) == (JobState.DONE, 1, [])
    assert atoms.load(town, plan.id).equals(before) and plan.log_number == 1


def test_a_rebase_is_not_made_over_what_was_drawn_meanwhile(town, plan, planner):
    published_over(town, A, toy_town.cell(0, 2))
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    with pytest.raises(log.EditsMeet):
        rebase.rebase(town, plan, planner, 0, NOW, TODAY, lambda *_: None)
    assert plan.base_on == TODAY and plan.log_number == 1
