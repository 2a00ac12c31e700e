"""On the day of a new map open cases go along with their ground: once, with a step each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import case_town
import pytest
import redrawn_town
from case_town import NOW, report, step
from redrawn_town import GRID, MOVES, NEW, STAYS, TOMORROW, approved, asked, published, split
from sqlalchemy import select, text
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.rules import Role
from gridsvc.incidents import history, past_work, work_list
from gridsvc.incidents.cases import case
from gridsvc.incidents.models import CoHandler, Incident, IncidentEvent
from gridsvc.incidents.work_list import Question
from gridsvc.notices.models import Notice
from gridsvc.plans.publishing.decisions import review, rollback
from gridsvc.plans.publishing.in_force.rehoming import rehome_due
from gridsvc.plans.publishing.models import CaseHandover, Rehoming
from gridsvc.reports.check import check

ON_THE_DAY = NOW + timedelta(days=1)


@dataclass
class Town:
    """The town with a draft that gives the west of 001 001 to the new grid, and that to T4."""

    session: object
    planner: object
    street: object
    people: case_town.Cast

    def tick(self, now: datetime = ON_THE_DAY) -> int:
        factory = sessionmaker(
            self.session.connection(),
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
        )
        done = rehome_due(factory, now)
        self.session.expire_all()
        return done

    def reported(self, place=MOVES, **more) -> Incident:
        lon, lat = place
        return report(self.session, self.people.reporter, lon=lon, lat=lat, **more).incident

    def drawn(self):
        plan = split(self.session, self.planner)
        review.choose(self.session, plan.id, asked(self.planner), {NEW: ("T4", None)})
        return plan

    def announced(self, effective_on=TOMORROW):
        return published(self.session, self.drawn(), self.planner, self.street, effective_on)


@pytest.fixture
def town(session):
    planner, street = redrawn_town.build(session)
    return Town(session, planner, street, case_town.cast(session))


def team(session, code):
    return case_town.team_id(session, code)


def test_nothing_goes_before_the_day(town):
    incident = town.reported()
    town.announced()
    assert town.tick(NOW) == 0
    assert incident.team_id == team(town.session, "T1")


def test_a_case_goes_to_the_team_of_its_new_grid_and_keeps_the_grid_of_its_day(town):
    incident, other = town.reported(), town.reported(STAYS)
    stamped = incident.grid_boundary_id
    made = town.announced()
    assert town.tick() == 1
    assert (incident.grid_code, incident.grid_boundary_id) == (GRID, stamped)
    assert (incident.handled_code, incident.team_id) == (NEW, team(town.session, "T4"))
    assert (other.handled_code, other.team_id) == (None, team(town.session, "T1"))
    last = history.told(town.session, incident.id)[-1]
    assert (last[0].action, last[2]) == ("hand_over", "T4")
    assert last[0].detail == {
        "publication": made.id, "from_grid": GRID, "to_grid": NEW,
        "from_team_id": team(town.session, "T1"),
    }  # fmt: skip
    assert history.broken(town.session, [incident.id]) == set()


def test_a_second_look_hands_nothing_over_twice(town):
    town.reported()
    town.announced()
    assert (town.tick(), town.tick()) == (1, 0)
    steps = select(IncidentEvent).where(IncidentEvent.action == "hand_over")
    assert len(town.session.scalars(steps).all()) == 1


def test_a_hand_over_that_was_interrupted_goes_on_where_it_stopped(town):
    incident = town.reported()
    town.announced()
    assert town.tick() == 1
    later = town.reported()
    # as if the worker had died before it noted the end
    town.session.execute(text("alter table gridsvc.rehoming disable trigger user"))
    town.session.execute(text("delete from gridsvc.rehoming"))
    assert town.tick() == 1
    moved = town.session.scalars(select(CaseHandover.incident_id)).all()
    assert sorted(moved) == [incident.id, later.id]


def test_a_case_that_was_given_to_another_team_stays_with_it(town):
    incident = town.reported()
    step(town.session, incident, "dispatch", town.people.street, team_id=team(town.session, "S"))
    town.announced()
    town.tick()
    assert (incident.team_id, incident.handled_code) == (team(town.session, "S"), NEW)


def test_whoever_had_claimed_a_case_helps_from_then_on(town):
    incident = town.reported()
    step(town.session, incident, "claim", town.people.member)
    town.announced()
    town.tick()
    helper = town.session.scalars(
        select(CoHandler).where(CoHandler.incident_id == incident.id)
    ).one()
    assert incident.team_id == team(town.session, "T4")
    assert helper.team_id == team(town.session, "T1") and helper.until is None


def test_a_claimed_wish_stays_with_whoever_claimed_it(town):
    wish = town.reported(category="lamp")
    step(town.session, wish, "claim", town.people.member)
    town.announced()
    town.tick()
    assert wish.team_id == team(town.session, "T1")


def test_a_closed_case_goes_nowhere(town):
    incident = case_town.resolved(town.session, town.reported(), town.people)
    for action in ("verify", "close"):
        step(town.session, incident, action, town.people.community)
    town.announced()
    assert town.tick() == 0


def test_the_people_of_the_new_grid_see_the_case_and_the_old_ones_still_do(town):
    incident = town.reported()
    newcomer = case_town.account(town.session, "newcomer", Role.LEADER, NEW)
    town.announced()
    town.tick()
    for user in (newcomer, town.people.leader):
        found = case(town.session, case_town.sight_of(user), incident.id)
        assert found.incident is incident


def test_the_work_of_the_new_grid_is_listed_under_it_today_and_on_the_days_since(town):
    incident = town.reported()
    town.announced(redrawn_town.TODAY)
    before, after = NOW - timedelta(seconds=1), NOW + timedelta(days=1)
    town.tick(NOW)
    sight, asked_for = case_town.sight_of(town.people.street), Question(within=NEW)
    now = work_list.page(town.session, sight, asked_for, after, offset=0, limit=5)
    then = past_work.page(town.session, sight, asked_for, after, limit=5)
    for (row,) in (now, then):
        assert (row.incident.id, row.grid.code) == (incident.id, NEW)
    assert past_work.page(town.session, sight, asked_for, before, limit=5) == []


def test_what_differs_from_what_the_reviewer_saw_is_told_to_the_planner(town):
    seen = town.reported()
    plan = approved(town.session, town.drawn(), town.planner, town.street, TOMORROW)
    made = review.publish(town.session, plan.id, asked(town.planner))
    later = town.reported()
    step(town.session, seen, "dispatch", town.people.street, team_id=team(town.session, "S"))
    town.tick()
    done = town.session.get_one(Rehoming, made.id)
    assert (done.cases, done.differences) == (
        2,
        {"more": [later.id], "fewer": [], "other": [seen.id]},
    )
    told = town.session.scalars(select(Notice.topic).where(Notice.user_id == town.planner.id))
    assert "handover_differs" in set(told)


def test_a_map_taken_back_before_its_day_moves_no_case(town):
    incident = town.reported()
    town.announced()
    rollback.put_back(
        town.session, redrawn_town.TOWN, redrawn_town.TODAY, TOMORROW, asked(town.planner), "no"
    )
    assert town.tick() == 0
    assert (incident.handled_code, incident.team_id) == (None, team(town.session, "T1"))


def test_a_roll_back_brings_the_cases_back(town):
    incident = town.reported()
    town.announced(redrawn_town.TODAY)
    assert town.tick(NOW) == 1
    fresh = town.reported()
    assert (fresh.grid_code, fresh.team_id) == (NEW, team(town.session, "T4"))
    yesterday = redrawn_town.TODAY - timedelta(days=1)
    rollback.put_back(
        town.session, redrawn_town.TOWN, yesterday, redrawn_town.TODAY, asked(town.planner), "no"
    )
    assert town.tick(NOW) == 2
    assert (incident.handled_code, incident.team_id) == (None, team(town.session, "T1"))
    assert (fresh.grid_code, fresh.handled_code) == (NEW, GRID)
    assert fresh.team_id == team(town.session, "T1")


def test_the_check_finds_nothing_wrong_afterwards(town):
    town.reported()
    before = {(one.kind, one.codes) for one in check(town.session, TOMORROW)}
    town.announced()
    town.tick()
    new = {(one.kind, one.codes) for one in check(town.session, TOMORROW)} - before
    # the new grid has no building, which is what the planner answered for
    assert {kind.value for kind, _ in new} <= {"out_of_range"}
