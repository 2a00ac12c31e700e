"""A draft becomes the map: whole or not at all, with its teams, and nothing is lost."""

from __future__ import annotations

import pytest
import toy_town
from peopled_town import TODAY, TOWN
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

from gridsvc.errors import RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import locate
from gridsvc.grids.territory import stale_layers
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.models import GridLineage
from gridsvc.staffing.queries import branch_of, team_of


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
