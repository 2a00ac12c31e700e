"""A draft becomes the map: reviewed, published whole or not at all, put back, and remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redrawn_town
import toy_town
from case_town import NOW, account, report
from peopled_town import SINCE, TODAY, TOWN
from redrawn_town import (
    EAST,
    FAR_EAST,
    GRID,
    MOVES,
    NEW,
    STAYS,
    TOMORROW,
    approved,
    asked,
    merged,
    published,
    split,
)
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import locate
from gridsvc.grids.territory import stale_layers
from gridsvc.notices.models import Notice
from gridsvc.plans.publishing import past
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.decisions import review, rollback
from gridsvc.plans.publishing.models import GridLineage, PlanReview
from gridsvc.plans.rules import PlanState
from gridsvc.staffing.queries import branch_of, team_of

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    return session


@pytest.fixture
def planner(town):
    return town.info["cast"][0]


@pytest.fixture
def street(town):
    return town.info["cast"][1]


def rings(session, on):
    """Every boundary of a day, to compare to the last digit."""
    frame = ground.in_force(session, TOWN, on)
    return {code: ground.comparable(shape) for code, shape in frame.geometry.items()}


def test_a_published_split_holds_from_its_day_and_not_a_day_before(town, planner, street):
    made = published(town, split(town, planner), planner, street, TOMORROW)
    assert locate(town, *MOVES, TODAY) == GRID
    assert locate(town, *MOVES, TOMORROW) == NEW
    assert locate(town, *STAYS, TOMORROW) == GRID
    assert (made.grids_before, made.grids_after) == (9, 10)
    assert made.proof["residual"] == 0 and made.proof["segments"] > 70


def test_only_what_changed_or_meets_the_new_border_has_a_new_boundary(town, planner, street):
    before = set(town.scalars(select(GridBoundary.id)))
    published(town, split(town, planner), planner, street)
    fresh = town.scalars(select(GridBoundary.grid_code).where(GridBoundary.id.not_in(before)))
    # 001 004, below, gains a corner where the line ends
    assert sorted(fresh) == [GRID, toy_town.code(1, 4), NEW]


def test_the_new_map_covers_what_the_old_one_covered(town, planner, street):
    before = edge_chain(ground.in_force(town, TOWN, TODAY))
    published(town, split(town, planner), planner, street, TOMORROW)
    assert edge_chain(ground.in_force(town, TOWN, TOMORROW)).same_as(before)
    assert stale_layers(town) == []


def test_a_new_grid_has_the_team_of_the_grid_it_came_from(town, planner, street):
    published(town, split(town, planner), planner, street, TOMORROW)
    assert team_of(town, NEW, TOMORROW).code == "T1"
    assert branch_of(town, NEW, TOMORROW).code == "BR"
    assert team_of(town, NEW, TODAY) is None


def test_a_merged_grid_ends_with_its_team(town, planner, street):
    published(town, merged(town, planner), planner, street, TOMORROW)
    assert team_of(town, EAST, TOMORROW).code == "T2"
    assert team_of(town, FAR_EAST, TODAY).code == "T3"
    assert team_of(town, FAR_EAST, TOMORROW) is None


def test_the_planner_may_choose_another_team(town, planner, street):
    plan = split(town, planner)
    review.choose(town, plan.id, asked(planner), {NEW: ("T4", None)})
    published(town, plan, planner, street, TOMORROW)
    assert team_of(town, NEW, TOMORROW).code == "T4"
    assert branch_of(town, NEW, TOMORROW).code == "BR"


def test_lineage_says_where_households_went(town, planner, street):
    made = published(town, merged(town, planner), planner, street)
    rows = town.scalars(select(GridLineage).where(GridLineage.publication_id == made.id)).all()
    told = {(one.from_code, one.to_code): (one.kind.value, one.households) for one in rows}
    assert told == {(EAST, EAST): ("kept", 300), (FAR_EAST, EAST): ("merged", 99)}
    assert not any(one.estimated for one in rows)


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


def test_the_database_itself_refuses_a_map_that_lost_ground(town, planner, street):
    plan = approved(town, split(town, planner), planner, street)
    # a corner moved by one step of the lattice: nothing that a tolerance would see
    moved = (
        "update gridsvc.plan_grid set geom = st_makepolygon(st_setpoint(st_exteriorring(geom), 1,"
        " st_translate(st_pointn(st_exteriorring(geom), 2), 1e-7, 1e-7)))"
        f" where plan_id = {plan.id} and grid_code = '{NEW}'"
    )
    town.execute(text(moved))
    with pytest.raises(RuleViolation, match="does not cover what the old one covers") as refused:
        review.publish(town, plan.id, asked(planner))
    assert refused.value.place is not None


def test_the_database_itself_refuses_a_map_that_lost_a_household(town, planner, street):
    plan = approved(town, split(town, planner), planner, street)
    town.execute(
        text(
            "update gridsvc.plan_grid set households = households - 1"
            f" where plan_id = {plan.id} and grid_code = '{GRID}'"
        )
    )
    with pytest.raises(RuleViolation, match="gains or loses"):
        review.publish(town, plan.id, asked(planner))


def test_rolling_back_gives_the_former_map_to_the_last_digit(town, planner, street):
    before = rings(town, YESTERDAY)
    published(town, split(town, planner), planner, street)
    assert rings(town, TODAY) != before
    made = rollback.put_back(town, TOWN, YESTERDAY, TODAY, asked(planner), "drawn by mistake")
    assert rings(town, TODAY) == before
    assert made.restores_on == YESTERDAY and made.grids_after == 9
    assert team_of(town, GRID, TODAY).code == "T1" and team_of(town, NEW, TODAY) is None
    assert stale_layers(town) == []


def test_rolling_forward_again_brings_grid_and_team_back(town, planner, street):
    published(town, split(town, planner), planner, street)
    after = rings(town, TODAY)
    rollback.put_back(town, TOWN, YESTERDAY, TOMORROW, asked(planner), "wrong")
    later = TOMORROW + timedelta(days=1)
    rollback.put_back(town, TOWN, TODAY, later, asked(planner), "right after all")
    assert rings(town, later) == after
    assert team_of(town, NEW, later).code == "T1"


def test_an_announced_map_is_taken_back_and_was_never_in_force(town, planner, street):
    before = rings(town, TODAY)
    published(town, split(town, planner), planner, street, TOMORROW)
    rollback.put_back(town, TOWN, TODAY, TOMORROW, asked(planner), "withdrawn")
    later = TOMORROW + timedelta(days=30)
    assert rings(town, later) == before and NEW not in rings(town, TOMORROW)
    sight = redrawn_town.case_town.sight_of(planner)
    assert [one.kind for one in past.versions(town, sight)] == ["import", "rollback"]


def test_the_former_map_in_force_is_not_put_back_twice(town, planner, street):
    with pytest.raises(Conflict, match="nothing to publish"):
        rollback.put_back(town, TOWN, YESTERDAY, TODAY, asked(planner), "again")


def test_a_place_tells_its_grids_through_time(town, planner, street):
    published(town, split(town, planner), planner, street, TOMORROW)
    sight = redrawn_town.case_town.sight_of(planner)
    stays = past.place_history(town, sight, *MOVES)
    assert [(one.grid_code, one.valid_from, one.valid_to) for one in stays] == [
        (NEW, TOMORROW, None),
        (GRID, SINCE, TOMORROW),
    ]
    assert [one.kind.value for one in past.lineage(town, NEW)] == ["split"]


def test_reviews_and_publications_cannot_be_rewritten(town, planner, street):
    published(town, split(town, planner), planner, street)
    for table in ("plan_review", "publication", "grid_lineage"):
        with pytest.raises(DBAPIError, match="append-only"), town.begin_nested():
            town.execute(text(f"delete from gridsvc.{table}"))
    assert town.scalar(select(PlanReview.id).limit(1)) is not None


def test_when_the_end_of_a_boundary_became_known_is_kept(town, planner, street):
    published(town, split(town, planner), planner, street, TOMORROW)
    ended = select(GridBoundary).where(GridBoundary.grid_code == GRID)
    old, new = town.scalars(ended.order_by(GridBoundary.id)).all()
    assert (old.valid_to, new.valid_to) == (TOMORROW, None)
