from __future__ import annotations

from collections import Counter
from datetime import date

import geopandas as gpd
import pytest
import toy_town
from sqlalchemy import text

from gridsvc.errors import NotFound
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.report import ImportReport
from gridsvc.grids.intake.rows import Rows
from gridsvc.grids.services import set_division
from gridsvc.reports.check import check

SINCE, TODAY = date(2026, 1, 1), date(2026, 3, 1)


def take_in(
    session, frame: gpd.GeoDataFrame, target: Target = Target.GRID, **order
) -> ImportReport:
    rows = frame.rename(columns={"household_count": "households"})
    for column in ("name", "name_en", "parent", "dwellings"):
        rows[column] = rows.get(column)
    rows.index = rows.index.set_names("row")
    order = {"valid_from": SINCE, "parent_code": "520302", "create_parents": True, **order}
    return import_boundaries(session, Rows("toy town", rows, [], True), Order(target, **order))


def houses() -> gpd.GeoDataFrame:
    return toy_town.buildings().assign(code=list("ABCDEFGHIZ"))


def found(session, kind: str, **where) -> list[tuple[str, ...]]:
    return [one.codes for one in check(session, TODAY, **where) if one.kind == kind]


@pytest.fixture
def town(session):
    take_in(session, toy_town.grids())
    return session


def test_a_town_without_staff_has_one_finding_a_grid_for_team_and_branch(town):
    kinds = Counter(one.kind for one in check(town, TODAY))
    assert kinds == {"no_team": 9, "no_branch": 9, "out_of_range": 3}


def test_households_out_of_range_are_those_of_the_drawing(town):
    expected = [toy_town.code(1, 3), toy_town.code(1, 5), toy_town.code(2, 2)]
    assert sorted(code for (code,) in found(town, "out_of_range")) == expected


def test_a_divisions_own_range_counts(town):
    set_division(town, "520302001002", household_range=(0, 160))
    below = found(town, "out_of_range", within="520302001002")
    assert below == [(toy_town.code(2, 1),)]


def test_only_the_part_asked_for_is_judged(town):
    assert {code[:12] for (code,) in found(town, "no_team", within="520302001002")} == {
        "520302001002"
    }


def test_a_code_that_nothing_has_is_refused_and_never_sound(town):
    for code in ("520302009", "520303", "abc"):
        with pytest.raises(NotFound, match=f"no division or grid {code}"):
            check(town, TODAY, within=code)


def test_a_community_left_undivided_beside_divided_ones_is_blocking(town):
    assert found(town, "community_without_grid") == []
    town.execute(
        text(
            "insert into gridsvc.division (code, level, parent_code, name) values"
            " ('520302001099', 'community', '520302001', 'bare'),"
            " ('520302002', 'subdistrict', '520302', 'not begun'),"
            " ('520302002001', 'community', '520302002', 'not begun')"
        )
    )
    (bare,) = [one for one in check(town, TODAY) if one.kind == "community_without_grid"]
    assert (bare.codes, bare.blocking) == (("520302001099",), True)


def test_before_the_grids_began_there_is_nothing_to_find(town):
    assert check(town, date(2025, 12, 31)) == []


def test_a_building_in_no_grid_is_blocking(town):
    take_in(town, houses(), Target.BUILDING)
    assert found(town, "household_without_grid") == [("Z",)]
    assert all(one.blocking for one in check(town, TODAY) if one.kind != "out_of_range")


def test_counts_that_differ_from_the_buildings_are_found(town):
    changed = houses()
    changed.loc[4, "household_count"] += 2
    take_in(town, changed, Target.BUILDING)
    (one,) = [one for one in check(town, TODAY) if one.kind == "household_count_differs"]
    assert (
        one.text == f"{toy_town.code(1, 5)} is said to have 301 households, its buildings have 303"
    )


def test_accepted_gaps_and_overlaps_stay_on_the_list(session):
    broken = toy_town.grids().drop(index=4)
    broken.loc[0, "geometry"] = toy_town.cell(0, 2, wide=1.5)
    take_in(session, broken, accept=frozenset({"gap", "overlap"}))
    assert found(session, "gap") == [("520302001001",)]
    assert found(session, "overlap") == [(toy_town.code(1, 1), toy_town.code(1, 2))]


def test_a_drawing_that_lags_behind_its_boundary_is_found(town):
    town.execute(text("delete from gridsvc.tile_feature where code = '520302001001001'"))
    assert found(town, "history_broken") == [(toy_town.code(1, 1),)]


def case(session, lon: float, lat: float, steps: tuple[int, ...]) -> None:
    """Write a case of grid 001-001 by hand, past the services that would get it right."""
    session.execute(
        text("""
            insert into gridsvc.category (standard, kind, code, name, valid_from)
            values ('local', 'incident', '1', 'lamp', '2020-01-01');
            insert into gridsvc.incident (kind, category_id, status, level, geom, datum,
                provenance, reported_at, grid_code, grid_boundary_id)
            select 'incident', c.id, 'reported', 'grid', st_setsrid(st_point(:lon, :lat), 4326),
                'wgs84', 'map', '2026-02-01', b.grid_code, b.id
            from gridsvc.grid_boundary b, gridsvc.category c where b.grid_code = :code
        """),
        {"lon": lon, "lat": lat, "code": toy_town.code(1, 1)},
    )
    for seq in range(1, max(steps, default=0) + 1):
        session.execute(
            text("""
                insert into gridsvc.incident_event
                    (incident_id, seq, at, action, to_status, detail)
                select id, :seq, now(), 'report', 'reported', '{}' from gridsvc.incident
            """),
            {"seq": seq},
        )
    # The chain refuses a gap; whoever owns the tables can still cut a step out.
    session.execute(text("alter table gridsvc.incident_event disable trigger append_only"))
    session.execute(
        text("delete from gridsvc.incident_event where not seq = any(:steps)"),
        {"steps": list(steps)},
    )
    session.execute(text("alter table gridsvc.incident_event enable trigger append_only"))


@pytest.mark.parametrize(
    ("lon", "steps", "fault"),
    [
        (108.0015, (1,), "lies outside the boundary that it was given"),
        (108.0005, (), "has no history"),
        (108.0005, (1, 3), "lacks a step of its history"),
    ],
)
def test_broken_history_is_found(town, lon, steps, fault):
    case(town, lon, 27.7025, steps)
    (one,) = [one for one in check(town, TODAY) if one.kind == "history_broken"]
    assert one.text.endswith(fault)


def test_a_sound_case_is_no_finding(town):
    case(town, 108.0005, 27.7025, (1, 2))
    assert found(town, "history_broken") == []
