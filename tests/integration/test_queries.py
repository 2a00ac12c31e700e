"""Reads as of any day, against a town whose answers are drawn."""

from __future__ import annotations

from datetime import date, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.errors import NotFound
from gridsvc.grids import queries as grids
from gridsvc.grids.models import Division, GridBoundary
from gridsvc.incidents import cases
from gridsvc.incidents.models import Category
from gridsvc.incidents.queries import Wanted, moment, open_counts, wanted
from gridsvc.staffing import queries as staffing
from gridsvc.visits.queries import dwellings_visited

ALL = Scope(("",))
A_TEAM = toy_town.code(1, 1)


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


def counts(session, sight=Sight(full=ALL, handles=ALL), asked=Wanted(), on=TODAY):  # noqa: B008
    return open_counts(session, sight, asked, moment(on, NOW, "Asia/Shanghai"), ALL)


def test_a_point_on_a_shared_edge_belongs_to_the_lowest_code(town):
    edge = toy_town.position(1, 2.5)
    corner = toy_town.position(1, 1)
    assert grids.locate(town, *edge, TODAY) == toy_town.code(1, 1)
    assert grids.locate(town, *corner, TODAY) == toy_town.code(1, 4)


def test_a_place_under_a_functional_grid_belongs_to_the_residential_one(town):
    assert grids.locate(town, *toy_town.position(0.3, 2.3), TODAY) == toy_town.code(1, 1)


def test_a_place_outside_or_before_the_grids_has_none(town):
    assert grids.locate(town, *toy_town.position(3.5, 1.5), TODAY) is None
    assert grids.locate(town, *toy_town.position(0.5, 0.5), date(2025, 12, 31)) is None


def test_locating_uses_the_spatial_index_on_the_bare_column(town):
    peopled_town.many_more(town)
    # That the index serves is asked, not what the planner thinks of a town this small.
    town.execute(text("set local enable_seqscan = off"))
    query = grids.locating(grids.point(108.0005, 27.7005), TODAY).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    plan = "\n".join(town.scalars(text(f"explain {query}")))
    assert "Index Scan using idx_grid_boundary_geom" in plan or (
        "Bitmap Index Scan on idx_grid_boundary_geom" in plan
    )
    assert "st_transform" not in plan.lower()


def test_the_edge_is_measured_in_metres(town):
    middle = toy_town.position(0.5, 2.5)
    # half of 0.001 degrees of longitude at 27.7° north is 49.3 m, half of latitude 55.4 m
    assert grids.edge_m(town, A_TEAM, *middle, TODAY) == pytest.approx(49.3, abs=0.1)
    with pytest.raises(NotFound):
        grids.edge_m(town, "520302001001777", *middle, TODAY)


def test_a_range_is_inherited_from_the_nearest_division_that_states_it(town):
    town.execute(
        update(Division).where(Division.code == TOWN).values(household_min=50, household_max=200)
    )
    town.execute(update(Division).where(Division.code == f"{TOWN}002").values(household_max=400))
    frame = grids.grids_on(town, ALL, TODAY)
    assert tuple(frame.loc[A_TEAM, ["low", "high"]]) == (50, 200)
    assert tuple(frame.loc[toy_town.code(2, 1), ["low", "high"]]) == (50, 400)


def test_a_scope_cuts_exactly_below_its_codes(town):
    assert list(grids.grids_on(town, Scope((f"{TOWN}002",)), TODAY).index) == [
        toy_town.code(2, n) for n in (1, 2, 3)
    ]
    assert grids.grids_on(town, Scope(()), TODAY).empty


def test_staffing_is_read_as_of_the_day(town):
    frame = staffing.staffing_on(town, ALL, TODAY)
    assert frame.loc[A_TEAM].tolist() == [True, True, True, 7, 7]
    assert frame.loc[toy_town.code(1, 2)].tolist() == [True, True, False, 6, 7]
    assert frame.loc[toy_town.code(1, 4), "has_branch"] == False  # noqa: E712
    assert frame.loc[toy_town.code(1, 5)].tolist() == [False, False, False, 0, 7]
    assert staffing.staffing_on(town, ALL, date(2025, 12, 31)).empty


def test_a_dwelling_visited_twice_counts_once(town):
    visited = dwellings_visited(town, ALL, TODAY)
    assert visited.to_dict() == {toy_town.code(1, 1): 4, toy_town.code(1, 2): 5}
    assert dwellings_visited(town, ALL, TODAY, window_days=365)[toy_town.code(1, 3)] == 1


def redraw(session, on):
    """From a day on, 001 001 takes the east half of 001 002 too, whose building it gets."""
    for sequence, column, wide in ((1, 0, 1.7), (2, 1.7, 0.3)):
        code = toy_town.code(1, sequence)
        old = session.scalar(select(GridBoundary).where(GridBoundary.grid_code == code))
        old.valid_to = on
        session.flush()
        session.add(
            GridBoundary(
                grid_code=code,
                geom=peopled_town.from_shape(toy_town.cell(column, 2, wide=wide), 4326),
                household_count=100,
                dwelling_count=100,
                valid_from=on,
            )
        )
    session.flush()


def test_open_cases_count_under_the_grids_of_the_day_asked_for(town):
    peopled_town.add_case(town, 1.5, 2.5, toy_town.code(1, 2))
    redraw(town, TODAY)
    assert counts(town).exact[A_TEAM] == 8
    assert toy_town.code(1, 2) not in counts(town).exact
    before = counts(town, on=TODAY - timedelta(1)).exact
    assert (before[A_TEAM], before[toy_town.code(1, 2)]) == (7, 1)


def test_visited_dwellings_move_with_their_building(town):
    house = town.query(peopled_town.Building).filter_by(code=f"B{toy_town.code(1, 2)}").one()
    visit = town.query(peopled_town.Visit).filter_by(grid_code=toy_town.code(1, 2)).one()
    town.add(
        peopled_town.VisitBuilding(visit_id=visit.id, building_id=house.id, dwelling_numbers=[9])
    )
    redraw(town, TODAY)
    assert dwellings_visited(town, ALL, TODAY).to_dict() == {A_TEAM: 5}


def test_a_closed_case_is_open_on_the_days_before_it_closed(town):
    code = toy_town.code(2, 3)
    assert counts(town).exact[code] == 4
    assert counts(town, on=date(2026, 9, 11)).exact[code] == 5
    assert counts(town, on=date(2026, 9, 12)).exact[code] == 4
    assert code not in counts(town, on=date(2026, 9, 9)).exact


def test_open_cases_are_counted_from_their_partial_index(town):
    from gridsvc.incidents import queries

    part = queries.exact_part(Sight(full=ALL), Wanted(), moment(TODAY, NOW, "Asia/Shanghai"))
    town.execute(text("set local enable_seqscan = off"))
    query = (
        select(queries.Incident.grid_code, queries.func.count())
        .where(part.cases, part.holds(queries.Incident.grid_code))
        .group_by(queries.Incident.grid_code)
        .compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    )
    assert "ix_incident_open_grid" in "\n".join(town.scalars(text(f"explain {query}")))


def test_sensitive_kinds_are_counted_for_the_handling_team_alone(town):
    code = toy_town.code(2, 1)
    assert counts(town).exact[code] == 16
    outside = counts(town, Sight(full=ALL))
    assert (outside.exact[code], len(outside.masked)) == (13, 0)
    quarrels = wanted(town, category="quarrel")
    asked_for = counts(town, Sight(full=ALL), quarrels)
    assert (len(asked_for.exact), asked_for.masked[code]) == (0, 3)
    assert counts(town, asked=quarrels).exact[code] == 3


def test_a_case_of_another_scope_is_not_there(town):
    mine, other = Sight(full=Scope((f"{TOWN}001",))), Sight(full=Scope((f"{TOWN}002",)))
    number = cases.cases(town, mine, Wanted(), limit=1)[0].incident.id
    assert cases.case(town, mine, number).incident.id == number
    with pytest.raises(NotFound, match=f"no case {number}"):
        cases.case(town, other, number)


def test_sensitive_cases_are_listed_for_the_handling_team_alone(town):
    sensitive = town.scalar(select(Category.id).where(Category.sensitive))
    whole = cases.cases(town, Sight(full=ALL, handles=ALL), Wanted())
    outside = cases.cases(town, Sight(full=ALL), Wanted())
    assert sum(one.category.id == sensitive for one in whole) == 3
    assert len(whole) - len(outside) == 3


def test_a_case_outside_every_grid_is_its_divisions(town):
    found = cases.cases(town, Sight(full=Scope((TOWN,))), Wanted())
    lost = [one.incident for one in found if one.incident.grid_code is None]
    assert [one.division_code for one in lost] == [TOWN]
    elsewhere = cases.cases(town, Sight(full=Scope((f"{TOWN}002",))), Wanted())
    assert all(one.incident.grid_code for one in elsewhere)


def test_a_frame_for_a_notebook_holds_what_its_viewer_sees(town):
    frame = grids.grids_frame(town, Sight(full=Scope((f"{TOWN}002",))), TODAY)
    assert frame["code"].tolist() == [toy_town.code(2, n) for n in (1, 2, 3)]
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.iloc[0].equals(toy_town.cell(0, 0))
