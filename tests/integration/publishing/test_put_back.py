"""A former map is put back to the last digit, and the past is remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redrawn_town
from peopled_town import SINCE, TODAY, TOWN
from redrawn_town import (
    GRID,
    MOVES,
    NEW,
    TOMORROW,
    asked,
    published,
    split,
)
from rings import YESTERDAY, rings
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gridsvc.errors import Conflict
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.territory import refresh, stale_layers
from gridsvc.plans.publishing import past
from gridsvc.plans.publishing.decisions import rollback
from gridsvc.plans.publishing.models import PlanReview
from gridsvc.staffing.queries import team_of


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


DRAWN = """
    select layer, lod::text, code, geom::text, valid_from, valid_to from gridsvc.tile_feature
    union all
    select kind, '', grid_codes::text, geom::text, valid_from, valid_to
    from gridsvc.territory_finding where superseded_at is null
    order by 1, 2, 3, 5, 4
"""


def test_drawing_from_the_day_of_a_publication_on_draws_what_drawing_all_draws(
    town, planner, street
):
    refresh(town)
    published(town, split(town, planner), planner, street)
    rollback.put_back(town, TOWN, YESTERDAY, TOMORROW, asked(planner), "wrong")
    later = TOMORROW + timedelta(days=1)
    rollback.put_back(town, TOWN, TODAY, later, asked(planner), "right after all")
    drawn = town.execute(text(DRAWN)).all()
    assert len({row.valid_from for row in drawn}) > 2
    refresh(town)
    assert town.execute(text(DRAWN)).all() == drawn
    # A day too late leaves out what began before it.
    town.execute(text("delete from gridsvc.tile_feature"))
    refresh(town, since=later)
    assert town.execute(text(DRAWN)).all() != drawn


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
