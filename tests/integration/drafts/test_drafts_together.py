"""What two planners do to each other in one draft: both are heard, or one is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import peopled_town
import pytest
import toy_town
from case_town import account
from drafted import DOWN, A, B, C, ask, opened, split
from peopled_town import NOW, TOWN
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine
from gridsvc.errors import Conflict, RuleViolation
from gridsvc.plans import locks, log, queries


def test_edits_that_do_not_meet_pass_each_other_and_edits_that_meet_do_not(town, plan, planner):
    other = account(town, "planner2", Role.PLANNER, TOWN)
    split(town, plan, planner, seen=0)
    apart = log.edit(town, plan, other, ask("merge", 0, into=B, others=[C]), NOW)
    assert apart.rebased and apart.seq == 2
    with pytest.raises(log.EditsMeet, match="line 1") as met:
        log.edit(town, plan, other, ask("merge", 0, into=A, others=[toy_town.code(1, 4)]), NOW)
    assert met.value.ids == ["1"]
    with pytest.raises(log.EditsMeet):
        log.undo(town, plan, planner, ask("undo", 1), NOW)


def test_a_repeat_gets_the_first_answer_and_other_content_is_refused(town, plan, planner):
    first = split(town, plan, planner, client_id="x")
    again = split(town, plan, planner, seen=0, client_id="x")
    assert (again.seq, again.repeated, plan.log_number) == (first.seq, True, 1)
    with pytest.raises(Conflict, match="another edit"):
        log.edit(town, plan, planner, ask("merge", 1, "x", into=B, others=[C]), NOW)


@pytest.mark.parametrize("code", [A, A[:12]])
def test_a_lock_names_who_and_why(town, plan, planner, code):
    locks.lock(town, plan, planner, code, "school year", NOW)
    with pytest.raises(RuleViolation, match="planner1: school year"):
        split(town, plan, planner)
    locks.unlock(town, plan, planner, code)
    assert split(town, plan, planner).seq == 1


@pytest.fixture
def committed(fresh_database):
    """A draft that is really stored, so that two planners can have sessions of their own."""
    engine = make_engine(fresh_database, pool_size=4)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as town:
        peopled_town.territory(town)
        number = opened(town, account(town, "planner1", Role.PLANNER, TOWN)).id
    yield sessions, number
    engine.dispose()


def at_once(committed, *asked):
    """Let every edit begin before any of them is done; answer the lines, or the refusals."""
    sessions, number = committed
    ready = Barrier(len(asked))

    def draws(one):
        with sessions() as town:
            user = town.scalars(select(UserAccount)).one()
            ready.wait()
            try:
                plan = queries.plan_for(town, number, user.scope, lock=True)
                made = log.edit(town, plan, user, one, NOW)
                town.commit()
                return made.seq
            except Conflict as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(asked)) as pool:
        return sorted(pool.map(draws, asked), key=str)


def test_two_planners_at_once_elsewhere_are_both_heard(committed):
    told = at_once(
        committed, ask("split", 0, grid=A, line=DOWN), ask("merge", 0, into=B, others=[C])
    )
    assert told == [1, 2]


def test_two_planners_at_once_in_one_grid_are_one_and_a_refusal(committed):
    told = at_once(
        committed, ask("merge", 0, into=B, others=[A]), ask("merge", 0, into=B, others=[C])
    )
    assert told == [1, "edits_meet"]


def test_the_same_edit_sent_three_times_at_once_is_made_once(committed):
    told = at_once(committed, *[ask("merge", 0, "x", into=B, others=[C])] * 3)
    assert told == [1, 1, 1]
