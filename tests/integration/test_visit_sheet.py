"""What the visit sheet keeps on a phone: the doors of the own grids, and none of other teams'."""

from __future__ import annotations

from datetime import date

import peopled_town
import pytest
import toy_town
from peopled_town import TODAY, TOWN, Viewer, app_in

from gridsvc import edge
from gridsvc.accounts.rules import Role
from gridsvc.visits.models import Visit, VisitBuilding
from gridsvc.web.visits import sheet

OWN = toy_town.code(1, 1)


@pytest.fixture
def town(session, database, monkeypatch):
    monkeypatch.setattr(edge, "now", lambda: peopled_town.NOW)
    peopled_town.build(session)
    return app_in(session, database)


@pytest.fixture
def leader(town, session) -> Viewer:
    return Viewer(town, session, Role.LEADER, OWN)


def test_a_leader_keeps_the_doors_of_the_own_grid_and_who_was_reached_this_year(
    leader, session
) -> None:
    last_year = Visit(
        grid_code=OWN, visited_on=date(TODAY.year - 1, 12, 31), dwellings_visited=1,
        first_time_dwellings=1,
    )  # fmt: skip
    session.add(last_year)
    session.flush()
    house = session.query(peopled_town.Building).filter_by(code=f"B{OWN}").one()
    session.add(VisitBuilding(visit_id=last_year.id, building_id=house.id, dwelling_numbers=[9]))
    session.flush()
    told = leader.get("/report/rounds").json
    assert [one["code"] for one in told["grids"]] == [OWN]
    assert (told["year"], told["whole"], told["grids"][0]["dwellings"]) == (2026, True, 120)
    (building,) = told["buildings"]
    assert (building["code"], building["dwellings"]) == (f"B{OWN}", 120)
    assert building["reached"] == [1, 2, 3, 4]
    lon, lat = toy_town.position(0.5, 2.5)
    assert building["at"] == pytest.approx([lon, lat], abs=1e-7)


def test_functional_grids_are_not_walked_and_empty_houses_have_no_doors(town, session) -> None:
    street = Viewer(town, session, Role.STREET_STAFF, TOWN)
    told = street.get("/report/rounds").json
    assert len(told["grids"]) == 9
    # The house of 002 002 has no household, Z stands outside every grid.
    assert len(told["buildings"]) == 8


def test_an_area_too_large_for_a_phone_comes_grid_by_grid(town, session, monkeypatch) -> None:
    monkeypatch.setattr(sheet, "BUILDINGS_KEPT", 3)
    street = Viewer(town, session, Role.STREET_STAFF, TOWN)
    told = street.get("/report/rounds").json
    assert (told["whole"], told["buildings"], len(told["grids"])) == (False, [], 9)
    one = street.get(f"/report/rounds?grid={OWN}").json
    assert [building["grid"] for building in one["buildings"]] == [OWN]


def test_the_doors_of_another_teams_grid_are_not_told(leader) -> None:
    answer = leader.get(f"/report/rounds?grid={toy_town.code(1, 2)}")
    assert answer.status_code == 404


def test_the_phone_keeps_the_sheet_only_for_those_who_record_visits(town, session) -> None:
    leader = Viewer(town, session, Role.LEADER, OWN)
    planner = Viewer(town, session, Role.PLANNER, TOWN)
    kept = '"/report/visits"'
    assert kept in leader.get("/report").get_data(as_text=True)
    assert kept not in planner.get("/report").get_data(as_text=True)
    assert planner.get("/report/visits").status_code == 403
