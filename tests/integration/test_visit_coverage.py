"""Coverage by its parts: never above 100 %, under the grids of the day, and even or not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import peopled_town
import pytest
import redrawn_town
import toy_town
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.reports.coverage import broken_communities, by_part, coverage_of, coverage_rows
from gridsvc.reports.rules.periods import PeriodKind, period_of
from gridsvc.reports.rules.spread import gini
from gridsvc.reports.staff_lines import staff_lines
from gridsvc.staffing.rules import Source
from gridsvc.visits.models import Visit

SEPTEMBER = period_of(PeriodKind.MONTH, TODAY)
HERE = Scope((TOWN,))


def rows_of(session: Session, scope: Scope = HERE, as_of: datetime = NOW):
    return coverage_rows(session, scope, SEPTEMBER, as_of, TODAY)


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    session.execute(text("update gridsvc.visit set recorded_at = visited_on + time '12:00'"))
    return session


def test_a_place_is_told_in_its_parts_and_visits_apart_from_dwellings(town) -> None:
    found = coverage_of(rows_of(town), broken_communities(town, HERE, TODAY), TOWN)
    # Of 1500 dwellings 4 were reached in 001 001 and 5 for the first time in 001 002.
    assert (found.visited, found.dwellings, found.below) == (9, 1500, 8)
    assert found.rate == pytest.approx(9 / 1500)
    # Three rounds of six calls each; the fourth was 200 days ago.
    assert (found.rounds, found.calls) == (3, 18)
    # 001 001 alone is complete; 002 has no leader, 003 a vacancy, 004 no branch, the rest nobody.
    assert (found.grids, found.staffed) == (9, 1)
    assert (found.communities, found.whole) == (2, 2)


def test_parts_roll_up_to_the_whole(town) -> None:
    rows, broken = rows_of(town), broken_communities(town, HERE, TODAY)
    whole = coverage_of(rows, broken, TOWN)
    parts = by_part(rows, broken, [f"{TOWN}001", f"{TOWN}002"]).values()
    grids = [coverage_of(rows, broken, code) for code in rows.index]
    for name in ("grids", "staffed", "dwellings", "visited", "below", "calls"):
        total = getattr(whole, name)
        assert sum(getattr(one, name) for one in parts) == total, name
        assert sum(getattr(one, name) for one in grids) == total, name


def test_what_is_recorded_later_changes_nothing_that_was_told(town) -> None:
    before = coverage_of(rows_of(town), {}, TOWN)
    town.add(
        Visit(
            grid_code=toy_town.code(1, 6), visited_on=TODAY, dwellings_visited=50,
            first_time_dwellings=50, recorded_at=NOW + timedelta(hours=1),
        )
    )  # fmt: skip
    town.flush()
    assert coverage_of(rows_of(town), {}, TOWN) == before
    later = coverage_of(rows_of(town, as_of=NOW + timedelta(hours=2)), {}, TOWN)
    assert later.visited == before.visited + 50


def test_a_gap_breaks_the_community_it_lies_in_and_no_other(town) -> None:
    town.execute(
        text(
            "insert into gridsvc.territory_finding"
            " (kind, community_code, grid_codes, area_m2, geom, valid_from) values ('gap', :code,"
            " '{}', 12.5, st_multi(st_makeenvelope(108, 27.7, 108.0001, 27.7001, 4326)), :since)"
        ),
        {"code": f"{TOWN}001", "since": date(2026, 9, 1)},
    )
    broken = broken_communities(town, HERE, TODAY)
    assert broken == {f"{TOWN}001": True, f"{TOWN}002": False}
    assert set(broken_communities(town, HERE, date(2026, 8, 31)).values()) == {False}


def test_a_period_is_told_under_the_grids_of_its_day(session) -> None:
    planner, street = redrawn_town.build(session)
    peopled_town.visits(session)
    session.execute(text("update gridsvc.visit set recorded_at = visited_on + time '12:00'"))
    before = rows_of(session)
    plan = redrawn_town.split(session, planner)
    redrawn_town.published(session, plan, planner, street, redrawn_town.TOMORROW)
    # Up to today nothing has changed; from tomorrow on the new grid is counted as well.
    pd.testing.assert_frame_equal(rows_of(session), before)
    after = coverage_rows(session, HERE, SEPTEMBER, NOW, redrawn_town.TOMORROW)
    assert set(after.index) - set(before.index) == {redrawn_town.NEW}
    assert coverage_of(after, {}, TOWN).visited == coverage_of(before, {}, TOWN).visited


def test_a_grid_that_is_gone_keeps_its_calls_in_the_sum_and_gives_its_dwellings_away(town) -> None:
    gone = toy_town.code(1, 1)
    town.execute(
        text("update gridsvc.grid_boundary set valid_to = :day where grid_code = :code"),
        {"day": TODAY, "code": gone},
    )
    rows = rows_of(town)
    assert not rows.loc[gone, "there"]
    assert coverage_of(rows, {}, TOWN).grids == 8
    assert coverage_of(rows, {}, TOWN).calls == 18


def test_more_visited_than_counted_is_held_at_the_whole_and_said(town) -> None:
    grid = toy_town.code(1, 1)
    town.add(
        Visit(
            grid_code=grid, visited_on=TODAY, dwellings_visited=121, first_time_dwellings=121,
            recorded_at=NOW,
        )
    )  # fmt: skip
    town.flush()
    row = rows_of(town).loc[grid]
    assert (row["visited"], row["rate"], row["over"]) == (120, 1.0, True)
    assert coverage_of(rows_of(town), {}, TOWN).over == 1


def test_the_list_behind_staffing_tells_posts_sources_and_branch(town) -> None:
    lines = {one.code: one for one in staff_lines(town, HERE, TODAY)}
    first, third = lines[toy_town.code(1, 1)], lines[toy_town.code(1, 3)]
    assert (first.held, first.posts, first.has_leader, first.has_deputy) == (7, 7, True, True)
    assert first.sources == {Source.VOLUNTEER: 7}
    assert (third.held, third.posts) == (6, 7)
    assert first.branch is not None
    assert first.branch.member_count == 12
    assert lines[toy_town.code(1, 5)].team is None


def test_all_118_grids_of_buxi_with_all_7272_dwellings_visited_stand_at_100_percent(
    session,
) -> None:
    place = "520302005"
    a_district(session, place, grids=118, dwellings=7272)
    session.execute(text(ROUNDS), {"place": place, "day": TODAY})
    found = coverage_of(rows_of(session, Scope((place,))), {}, place)
    assert (found.grids, found.visited, found.dwellings, found.rate) == (118, 7272, 7272, 1.0)
    assert (found.below, found.spread) == (0, 0.0)


def test_243000_visits_over_177000_households_cover_no_more_than_there_is(session) -> None:
    """A year of a district: 782 grids, more records than dwellings, many dwellings again."""
    place = "520302"
    a_district(session, place, grids=782, dwellings=177_000)
    # Making a year at once takes longer than any request may; reading it must not.
    limit = session.scalar(text("show statement_timeout"))
    session.execute(text("set local statement_timeout = '600s'"))
    # Of a series the planner knows no size: by a nested loop this would take days.
    session.execute(text("set local enable_nestloop = off"))
    session.execute(text(WALKED))
    session.execute(text("set local enable_nestloop = on"))
    session.execute(text(YEAR), {"since": date(2026, 1, 1)})
    # Every line looks for its round: in a table without statistics, by reading it from the start.
    session.execute(text("analyze gridsvc.visit"))
    session.execute(text(DOORS))
    session.execute(text("analyze gridsvc.visit, gridsvc.visit_building, gridsvc.building"))
    session.execute(text(f"set local statement_timeout = '{limit}'"))
    year = period_of(PeriodKind.YEAR, TODAY)
    rows = coverage_rows(session, Scope((place,)), year, NOW, date(2026, 12, 31))
    found = coverage_of(rows, {}, place)
    assert found.rounds == 243_000
    assert found.dwellings == 177_000
    assert rows["rate"].max() <= 1.0
    assert not rows["over"].any()
    # Every dwelling was called on at least once, 66,000 of them twice.
    assert (found.visited, found.calls) == (177_000, 243_000)
    distinct = session.scalar(
        text(
            "select count(distinct (building_id, n)) from gridsvc.visit_building,"
            " unnest(dwelling_numbers) n"
        )
    )
    assert found.visited == distinct


def test_the_spread_sees_the_grids_that_nobody_called_on() -> None:
    even = gini([40] * 10, [100] * 10)
    missed = gini([0, 0] + [50] * 8, [100] * 10)
    assert (even, missed) == (0.0, 0.2)
    # A grid of 300 counts as three of 100.
    assert gini([0, 150], [100, 300]) == gini([0, 50, 50, 50], [100] * 4) == 0.25
    assert gini([0, 0], [100, 100]) is gini([5], [10]) is None
    assert gini([5, 5, float("nan")], [10, 10, float("nan")]) == 0.0


def a_district(session: Session, place: str, *, grids: int, dwellings: int) -> None:
    """Make so many square grids of one community, a building each, the dwellings dealt evenly."""
    levels = [("district", place[:6], None), ("subdistrict", f"{place[:6]}005", place[:6])]
    levels.append(("community", f"{place[:6]}005001", f"{place[:6]}005"))
    for level, code, parent in levels:
        session.add(peopled_town.Division(code=code, level=level, parent_code=parent, name=code))
        session.flush()
    each, more = divmod(dwellings, grids)
    bind = {"each": each, "more": more, "grids": grids, "community": f"{place[:6]}005001"}
    for statement in DISTRICT:
        session.execute(text(statement), bind)


_CODE = ":community || lpad(n::text, 3, '0')"
_SQUARE = (
    "st_makeenvelope(108 + 0.001 * (n % 30), 27.7 + 0.001 * (n / 30),"
    " 108.001 + 0.001 * (n % 30), 27.701 + 0.001 * (n / 30), 4326)"
)
_COUNT = "cast(:each as int) + (n <= :more)::int"
DISTRICT = [
    "insert into gridsvc.grid (code, community_code, kind, name)"
    f" select {_CODE}, :community, 'residential', 'x' from generate_series(1, :grids) n",
    "insert into gridsvc.grid_boundary"
    " (grid_code, geom, valid_from, household_count, dwelling_count)"
    f" select {_CODE}, {_SQUARE}, date '2026-01-01', {_COUNT}, {_COUNT}"
    " from generate_series(1, :grids) n",
    "insert into gridsvc.building (code, community_code, geom, anchor, household_count,"
    " dwelling_count, valid_from)"
    f" select 'B' || {_CODE}, :community, st_multi({_SQUARE}), st_centroid({_SQUARE}),"
    f" {_COUNT}, {_COUNT}, date '2026-01-01' from generate_series(1, :grids) n",
]
#: One round a grid, through all of its dwellings.
ROUNDS = """
    with walked as (
        insert into gridsvc.visit
            (grid_code, visited_on, dwellings_visited, first_time_dwellings, topics, recorded_at)
        select substr(code, 2), :day, dwelling_count, dwelling_count, '{}', :day
        from gridsvc.building where code like 'B' || :place || '%' returning id, grid_code
    )
    insert into gridsvc.visit_building
    select w.id, b.id, array(select generate_series(1, b.dwelling_count))
    from walked w join gridsvc.building b on b.code = 'B' || w.grid_code
"""
#: 243,000 rounds of one dwelling: every dwelling in turn, then from the first on again.
WALKED = """
    create temp table walked on commit drop as
    with doors as (
        select b.id as building, substr(b.code, 2) as grid, n as number,
            row_number() over (order by n, b.id) - 1 as place
        from gridsvc.building b, generate_series(1, b.dwelling_count) n
    )
    select nextval('gridsvc.visit_id_seq') as id, k, d.*
    from generate_series(0, 242999) k join doors d on d.place = k % 177000
"""
YEAR = """
    insert into gridsvc.visit (id, grid_code, visited_on, dwellings_visited,
        first_time_dwellings, topics, recorded_at)
    select id, grid, cast(:since as date) + (k / 950)::int, 1, (k < 177000)::int, '{}',
        cast(:since as date) + (k / 950)::int
    from walked
"""
DOORS = "insert into gridsvc.visit_building select id, building, array[number] from walked"
