"""The past stays as it was told: whatever is published later, a day's answers do not change."""

from __future__ import annotations

from datetime import timedelta

import case_town
import numpy as np
import peopled_town
import pytest
import redrawn_town
import toy_town
from peopled_town import REPORTED, SINCE, TODAY, TOWN, Viewer
from redrawn_town import EAST, GRID, MOVES, TOMORROW, asked, merged, published, split
from sqlalchemy import func, select

from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.geo.analysis.locate import Locator
from gridsvc.grids.models import GridBoundary
from gridsvc.incidents.models import Incident
from gridsvc.incidents.queries import Moment, Wanted, open_counts
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.decisions import rollback

YESTERDAY = TODAY - timedelta(days=1)
PLACE = f"lon={MOVES[0]}&lat={MOVES[1]}"

#: Every address that answers for a day, and would let the past be read anew.
DATED = (
    "/api/v1/grids?limit=1000",
    f"/api/v1/grids/{GRID}",
    f"/api/v1/grids/locate?{PLACE}",
    "/api/v1/teams",
    "/api/v1/branches",
    "/api/v1/assignments",
    "/maps/coverage/figures?kind=households",
    "/maps/coverage/figures?kind=staffing",
    "/maps/coverage/figures?kind=visits",
    "/maps/grids/figures",
    "/maps/open-issues/figures",
    "/maps/attention/figures",
    f"/grids/locate?{PLACE}",
)
#: What may differ in an answer about a past day: until when it held, when it was asked, and the
#: version of the layer, which names the tiles to fetch.
_ASIDE = ("valid_to", "as_of", "v")


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    peopled_town.visits(session)
    return session


def cases(session, places):
    """Report noise at places, spread over the town."""
    for lon, lat in places:
        column = (lon - toy_town.WEST) / toy_town.CELL_DEG
        row = (lat - toy_town.SOUTH) / toy_town.CELL_DEG
        code = ground.located(
            ground.in_force(session, TOWN, SINCE), np.array([lon]), np.array([lat])
        )[0]
        peopled_town.add_case(session, column, row, code, reported_at=REPORTED)
    # One that its reporter gave to the neighbour, against the point.
    peopled_town.add_case(session, 0.95, 2.5, EAST)


def as_told(value):
    if isinstance(value, dict):
        return {k: as_told(v) for k, v in value.items() if k not in _ASIDE}
    return [as_told(one) for one in value] if isinstance(value, list) else value


def told(viewer, on):
    """Everything that is told of a day, but for when it ended."""
    answers = {}
    for path in DATED:
        answer = viewer.get(f"{path}{'&' if '?' in path else '?'}on={on}")
        assert answer.status_code in (200, 303), (path, answer.status_code)
        answers[path] = answer.headers.get("Location") or as_told(answer.json)
    return answers


def test_what_was_told_of_a_past_day_stays_told(town, database):
    planner, street = town.info["cast"]
    cases(town, [MOVES, toy_town.position(1.2, 2.2), toy_town.position(2.5, 2.5)])
    viewer = Viewer(peopled_town.app_in(town, database), town, Role.DISTRICT, TOWN[:6])
    before = told(viewer, YESTERDAY)
    assert before[f"/api/v1/grids/locate?{PLACE}"]["grid_code"] == GRID
    published(town, split(town, planner), planner, street, TODAY)
    published(town, merged(town, planner), planner, street, TOMORROW)
    rollback.put_back(
        town, TOWN, YESTERDAY, TOMORROW + timedelta(days=1), asked(planner), "all of it"
    )
    town.commit()
    assert told(viewer, YESTERDAY) == before
    assert told(viewer, TODAY) != before


def test_no_incident_ever_gets_another_grid(town):
    planner, street = town.info["cast"]
    cases(town, [MOVES, toy_town.position(2.5, 2.5)])
    stamps = select(Incident.id, Incident.grid_code, Incident.grid_boundary_id)
    before = town.execute(stamps).all()
    published(town, split(town, planner), planner, street)
    published(town, merged(town, planner), planner, street, TOMORROW)
    town.expire_all()
    assert town.execute(stamps).all() == before


def test_open_cases_under_any_days_grids_are_those_of_an_independent_count(town):
    planner, street = town.info["cast"]
    drawn = np.random.default_rng(3).uniform(0, 3, (300, 2))
    cases(town, [toy_town.position(x, y) for x, y in drawn])
    published(town, split(town, planner), planner, street)
    published(town, merged(town, planner), planner, street, TOMORROW)
    rollback.put_back(
        town, TOWN, YESTERDAY, TOMORROW + timedelta(days=1), asked(planner), "all of it"
    )
    rows = town.execute(
        select(
            func.ST_X(Incident.geom), func.ST_Y(Incident.geom), Incident.grid_code,
            GridBoundary.valid_from, GridBoundary.valid_to,
        ).join(GridBoundary, GridBoundary.id == Incident.grid_boundary_id)
    ).all()  # fmt: skip
    lon, lat, stamp, since, until = (np.array(column) for column in zip(*rows, strict=True))
    sight = Sight(full=Scope((TOWN,)), handles=Scope((TOWN,)))
    for later in range(-1, 4):
        on = TODAY + timedelta(days=later)
        grids = ground.in_force(town, TOWN, on).reset_index()
        holds = np.array([a <= on and (b is None or b > on) for a, b in zip(since, until)])  # noqa: B905
        under = np.where(holds, stamp, Locator(grids).codes(lon, lat))
        codes, counts = np.unique(under, return_counts=True)
        moment = Moment(on, case_town.NOW, case_town.NOW, past=False)
        found = open_counts(town, sight, Wanted(), moment, Scope((TOWN,))).exact
        assert found.to_dict() == dict(zip(codes, counts, strict=True)), on
