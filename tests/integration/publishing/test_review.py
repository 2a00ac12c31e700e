"""A draft before it is published: who approves it, what the reviewer sees, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redrawn_town
import toy_town
from case_town import NOW, account, report
from peopled_town import TODAY
from redrawn_town import (
    GRID,
    MOVES,
    NEW,
    TOMORROW,
    approved,
    asked,
    merged,
    published,
    split,
)
from rings import YESTERDAY
from sqlalchemy import select, text

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.notices.models import Notice
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.rules import PlanState


def test_every_step_of_the_review_is_in_the_log(town, planner, street):
    plan = split(town, planner)
    published(town, plan, planner, street)
    steps = [one.action.value for one in review.reviews(town, plan.id)]
    assert steps == ["submit", "approve", "publish"]
    actions = set(town.scalars(select(AuditEntry.action)))
    assert {"plan.submit", "plan.approve", "plan.publish"} <= actions
    assert plan.state is PlanState.PUBLISHED


def test_the_reviewer_sees_who_gets_what(town, planner, street):
    case = report(town, planner, lon=MOVES[0], lat=MOVES[1]).incident
    plan = split(town, planner)
    review.choose(town, plan.id, asked(planner), {NEW: ("T4", None)})
    redrawn_town.answered(town, plan, planner)
    seen = review.submit(town, plan.id, asked(planner), TOMORROW, "ok").seen
    assert [(row["grid"], row["change"], row["team_after"]) for row in seen["staffing"]] == [
        (GRID, "changed", "T1"),
        (NEW, "new", "T4"),
    ]
    assert [(row["id"], row["team_from"], row["team_to"]) for row in seen["cases"]] == [
        (case.id, "T1", "T4")
    ]
    assert [(row["code"], row["grids_before"], row["grids_after"]) for row in seen["parties"]] == [
        ("T1", 1, 1), ("T4", 1, 2), ("BR", 3, 4),
    ]  # fmt: skip


def test_nobody_approves_what_is_his_own(town, planner, street):
    plan = split(town, planner)
    redrawn_town.answered(town, plan, planner)
    review.submit(town, plan.id, asked(planner), TODAY, "ok")
    with pytest.raises(RuleViolation, match="not for you"):
        review.approve(town, plan.id, asked(planner))


def test_a_warning_without_a_reason_is_not_submitted(town, planner):
    plan = split(town, planner)
    with pytest.raises(RuleViolation, match="no written reason"):
        review.submit(town, plan.id, asked(planner), TODAY, "ok")


def test_a_grid_without_a_team_needs_a_reason(town, planner):
    plan = redrawn_town.opened(town, planner)
    nobody = toy_town.code(1, 5)
    redrawn_town.edited(town, plan, planner, "merge", into=nobody, others=[toy_town.code(1, 6)])
    redrawn_town.answered(town, plan, planner)
    with pytest.raises(RuleViolation, match="no team or no branch") as refused:
        review.submit(town, plan.id, asked(planner), TODAY)
    assert refused.value.ids == [nobody]


def test_a_returned_draft_can_be_drawn_on_and_is_told_to_its_planner(town, planner, street):
    plan = split(town, planner)
    redrawn_town.answered(town, plan, planner)
    review.submit(town, plan.id, asked(planner), TODAY, "ok")
    review.send_back(town, plan.id, asked(street), "the lane belongs to 002")
    assert plan.state is PlanState.RETURNED
    told = town.scalars(select(Notice.topic).where(Notice.user_id == planner.id))
    assert "plan_returned" in set(told)


def test_an_approved_draft_is_not_published_into_the_past(town, planner, street):
    plan = split(town, planner)
    redrawn_town.answered(town, plan, planner)
    with pytest.raises(RuleViolation, match="choose 2026-09-16 or later"):
        review.submit(town, plan.id, asked(planner), YESTERDAY, "ok")
    approved(town, plan, planner, street, TOMORROW)
    with pytest.raises(RuleViolation, match="approved for"):
        review.publish(town, plan.id, asked(planner), TODAY)
    late = asked(planner, NOW + timedelta(days=3), TODAY + timedelta(days=3))
    with pytest.raises(RuleViolation, match="cannot hold"):
        review.publish(town, plan.id, late)


def test_a_draft_on_an_old_map_is_told_of_the_newer_version(town, planner, street):
    first, second = split(town, planner), merged(town, planner)
    approved(town, second, planner, street)
    made = published(town, first, planner, street)
    with pytest.raises(Conflict, match=f"version {made.id}, published on 2026-09-16 by planner1"):
        review.publish(town, second.id, asked(planner))


def test_another_team_than_the_reviewer_saw_is_not_assigned(town, planner, street):
    plan = approved(town, split(town, planner), planner, street)
    town.execute(text("update gridsvc.team_assignment set team_id = (select id from gridsvc.team"
                      f" where code = 'T3') where grid_code = '{GRID}'"))  # fmt: skip
    with pytest.raises(Conflict, match="Who looks after grid"):
        review.publish(town, plan.id, asked(planner))


def test_a_planner_of_another_area_does_not_find_the_draft(town, planner, street):
    plan = approved(town, split(town, planner), planner, street)
    stranger = account(town, "planner2", Role.PLANNER, "520303")
    with pytest.raises(NotFound):
        review.publish(town, plan.id, asked(stranger))
