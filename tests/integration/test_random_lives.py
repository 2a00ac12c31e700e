"""Random lives of a case: whatever is tried in whatever order, what must hold holds."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import case_town
import pytest
from case_town import NOW, report
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import GridsvcError
from gridsvc.incidents import clock, history
from gridsvc.incidents.handling import undo
from gridsvc.incidents.handling.life import options
from gridsvc.incidents.models import CoHandler, Incident, IncidentEvent
from gridsvc.incidents.rules import Kind, Outcome, Status, Urgency
from gridsvc.incidents.rules.clock_ledger import run_of
from gridsvc.incidents.rules.life import Action

ACTORS = ("leader", "member", "specialist", "community", "street", "district", "reporter")
#: The road of most cases.
USUAL = ("claim", "resolve", "verify", "close", "reopen", "rework", "merge", "unmerge")

REACHED: set[Status] = set()


class Lives(RuleBasedStateMachine):
    """One case, and people who try steps on it, allowed or not, while time goes by."""

    session: Session
    accounts: list[int]

    @initialize(kind=st.sampled_from(list(Kind)))
    def reported(self, kind: Kind) -> None:
        self.savepoint = self.session.begin_nested()
        people = (self.session.get_one(UserAccount, one) for one in self.accounts)
        self.people = case_town.Cast(*people)
        self.now = NOW
        older = report(self.session, self.people.reporter, NOW - timedelta(hours=1))
        self.older = older.incident.id
        category = case_town.KIND_CATEGORY[kind]
        odd = {"category": category, "device_at": NOW - timedelta(hours=1)}
        made = report(self.session, self.people.reporter, NOW, **odd)
        self.case = made.incident

    @rule(data=st.data(), hours=st.integers(0, 30))
    def tried(self, data: st.DataObject, hours: int) -> None:
        self.now += timedelta(hours=hours)
        # Mostly what somebody may do, or few lives would reach their end; else anything.
        possible = [
            (actor, action)
            for actor in ACTORS
            for action in options(self.session, self.case, getattr(self.people, actor), self.now)
            if action in USUAL
        ]
        anything = st.tuples(st.sampled_from(ACTORS), st.sampled_from(list(Action)))
        usual = data.draw(st.integers(0, 2)) < 2 and possible
        actor, action = data.draw(st.sampled_from(possible) if usual else anything)
        before = self.observed()
        given = {
            "note": "because", "outcome": Outcome.REFERRED, "working_days": 1,
            "into_id": self.older, "rating": 2, "urgency": Urgency.URGENT, "place": case_town.HERE,
        }  # fmt: skip
        if action == "co_handle":
            given["team_id"] = case_town.team_id(self.session, "S")
        user = getattr(self.people, actor)
        with self.session.begin_nested() as savepoint:
            try:
                case_town.step(self.session, self.case, action, user, self.now, **given)
                done = True
            except GridsvcError:
                savepoint.rollback()
                done = False
        self.session.expire_all()
        if done:
            REACHED.add(self.case.status)
        if not done:
            assert self.observed() == before
        elif action == "close" and data.draw(st.booleans()):
            seq, sight = before[2] + 1, case_town.sight_of(user)
            (back,) = undo.undo(
                self.session, [(self.case.id, seq)], user, sight, self.now, "slipped"
            )
            assert back.refused is None
            self.session.expire_all()
            assert self.observed()[:2] == (before[0], pytest.approx(before[1], abs=1e-6))
        elif action in ("rework", "unmerge", "resolve", "merge"):
            # Pausing and going on takes no time and gives none.
            assert self.observed()[1] == pytest.approx(before[1], abs=1e-6)

    def observed(self) -> tuple[Status, float | None, int]:
        case = self.case
        return case.status, clock.share(self.session, case, self.now), len(self.steps())

    def steps(self) -> list[IncidentEvent]:
        return [event for event, _, _ in history.told(self.session, self.case.id)]

    @invariant()
    def exactly_one_team_owns_it(self) -> None:
        helpers = self.session.scalars(
            select(CoHandler.team_id).where(
                CoHandler.incident_id == self.case.id, CoHandler.until.is_(None)
            )
        ).all()
        assert self.case.team_id is not None
        assert self.case.team_id not in helpers
        assert len(set(helpers)) == len(helpers)

    @invariant()
    def its_history_is_unbroken(self) -> None:
        steps = self.steps()
        assert [one.seq for one in steps] == list(range(1, len(steps) + 1))
        assert [one.from_status for one in steps[1:]] == [one.to_status for one in steps[:-1]]
        assert steps[-1].to_status == self.case.status
        assert all(a.at <= b.at for a, b in zip(steps, steps[1:], strict=False))
        assert history.broken(self.session, [self.case.id, self.older]) == set()

    @invariant()
    def its_clock_runs_while_somebody_has_to_work(self) -> None:
        run = run_of(clock.ledger(self.session, self.case.id))
        assert run is not None
        at_work = self.case.status in (
            Status.REPORTED, Status.DISPATCHED, Status.CLAIMED, Status.RETURNED
        )  # fmt: skip
        assert run.running is at_work
        assert run.stopped is (self.case.status is Status.CLOSED)
        assert (self.case.due_at is not None) is (at_work or run.stopped)

    @invariant()
    def the_older_case_counts_the_household_while_it_is_merged(self) -> None:
        older = self.session.get_one(Incident, self.older)
        assert older.households_affected == (2 if self.case.status is Status.MERGED else 1)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            self.savepoint.rollback()
            self.session.expunge_all()


def test_random_lives_keep_what_must_hold(session):
    # The town is built once; each life is led in a savepoint of its own.
    case_town.build(session)
    people = case_town.cast(session)
    accounts = [getattr(people, one.name).id for one in fields(people)]
    session.expunge_all()
    machine = type("Bound", (Lives,), {"session": session, "accounts": accounts})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {Status.CLOSED, Status.MERGED, Status.VERIFIED} <= REACHED, "the lives were too short"
