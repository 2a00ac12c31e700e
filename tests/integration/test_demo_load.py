"""The demo in a real database: it loads once, keeps every rule, and tells its story."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from case_town import account
from sqlalchemy import func, select, text
from undone import undone

from gridsvc.accounts.rules import Role, Scope
from gridsvc.demo.draft import begin_draft
from gridsvc.demo.load import Loaded, is_demo_or_empty, load_demo
from gridsvc.grids.models import Division
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.incidents.rules import Level, Status
from gridsvc.plans import queries
from gridsvc.staffing.queries import staffing_on
from gridsvc.staffing.rules import StaffingReading, staffing_reading
from gridsvc.visits.models import Visit
from gridsvc.visits.queries import dwellings_visited

NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)
TODAY = date(2026, 9, 16)
TOWN = Scope(("520398001",))


@pytest.fixture(scope="module")
def loaded(engine):
    with undone(engine) as session:
        counts = load_demo(session, now=NOW)
        session.execute(text("set constraints all immediate"))
        yield session, counts


def test_it_loads_once_and_then_leaves_the_database_as_it_is(loaded):
    session, counts = loaded
    assert counts.grids == 101
    assert counts.buildings == 1850
    assert 1_300 <= counts.cases <= 1_700
    assert load_demo(session, now=NOW) == Loaded()


def test_it_is_at_home_in_an_empty_database_and_in_its_own_but_in_no_office_s(loaded, engine):
    assert is_demo_or_empty(loaded[0])
    with undone(engine) as session:
        assert is_demo_or_empty(session)
        session.add(Division(code="520302", level="district", name="红花岗区"))
        session.flush()
        assert not is_demo_or_empty(session)


def test_the_map_has_no_gap_and_no_overlap(loaded):
    session, _ = loaded
    assert session.scalar(text("select count(*) from gridsvc.territory_finding")) == 0


def test_staffing_shows_a_corner_in_nobodys_charge(loaded):
    session, _ = loaded
    staffed = staffing_on(session, TOWN, TODAY)
    readings = [
        staffing_reading(
            has_team=row.has_team,
            has_branch=row.has_branch,
            has_leader=row.has_leader,
            vacancies=row.posts - row.held,
        )
        for row in staffed.itertuples()
    ]
    found = {one: readings.count(one) for one in StaffingReading}
    assert found[StaffingReading.NOBODY] == 2
    assert found[StaffingReading.NO_BRANCH] == 1
    assert found[StaffingReading.NO_LEADER] == 3
    assert found[StaffingReading.VACANCIES] == 9
    assert staffed["posts"].between(7, 8).all()


def test_visits_are_uneven_and_two_grids_were_not_called_on(loaded):
    session, _ = loaded
    reached = dwellings_visited(session, TOWN, TODAY)
    dwellings = dict(
        session.execute(
            text("select b.grid_code, b.dwelling_count from gridsvc.grid_boundary b "
                 "join gridsvc.grid g on g.code = b.grid_code and g.kind = 'residential'")
        ).all()
    )  # fmt: skip
    rates = {code: reached.get(code, 0) / count for code, count in dwellings.items()}
    assert sorted(rates.values())[:2] == [0, 0]
    assert 0.1 < sorted(rates.values())[2] < 0.3
    assert 0.95 < max(rates.values()) <= 1


def test_most_rounds_are_on_fridays(loaded):
    session, _ = loaded
    days = session.scalars(select(Visit.visited_on)).all()
    assert sum(day.weekday() == 4 for day in days) > 0.6 * len(days)
    assert min(days) > TODAY - timedelta(days=91)
    assert max(days) < TODAY


def test_open_work_has_a_spread_of_ages_and_some_of_it_is_overdue(loaded):
    session, _ = loaded
    open_ = session.scalars(select(Incident).where(Incident.closed_at.is_(None))).all()
    assert 120 <= len(open_) <= 200
    overdue = sum(one.due_at < NOW for one in open_)
    assert 15 <= overdue <= 0.6 * len(open_)
    ages = sorted((NOW - one.reported_at).days for one in open_)
    assert ages[0] == 0
    assert ages[-1] > 14


def test_95_per_cent_of_closed_cases_ended_at_the_grid_and_some_rose_to_every_level(
    loaded,
):
    session, _ = loaded
    by_level = select(Incident.level, func.count()).group_by(Incident.level)
    closed = dict(session.execute(by_level.where(Incident.closed_at.is_not(None))).all())
    assert closed[Level.GRID] >= 0.95 * sum(closed.values())
    assert set(session.scalars(select(Incident.level).distinct())) == set(Level)


def test_nobodys_cases_are_claimed_by_nobody(loaded):
    session, _ = loaded
    waiting = session.scalars(
        select(Incident.status).where(Incident.team_id.is_(None), Incident.closed_at.is_(None))
    ).all()
    assert len(waiting) >= 3
    assert set(waiting) == {Status.REPORTED}


def test_two_reports_lie_outside_every_grid(loaded):
    session, _ = loaded
    outside = session.scalars(select(Incident).where(Incident.grid_code.is_(None))).all()
    assert len(outside) == 2
    assert {one.division_code for one in outside} == {"520398001"}


def test_histories_end_where_the_case_stands_and_run_forward(loaded):
    session, _ = loaded
    events = session.execute(
        select(IncidentEvent, Incident.status)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .order_by(IncidentEvent.incident_id, IncidentEvent.seq)
    ).all()
    before: IncidentEvent | None = None
    for event, status in events:
        if event.seq == 1:
            assert event.from_status is None
        else:
            assert before is not None
            assert (before.to_status, before.seq) == (event.from_status, event.seq - 1)
            assert before.at <= event.at <= NOW
        before = event
        last = (event.to_status, status)
    assert last[0] == last[1]


def test_every_kind_of_case_occurs(loaded):
    session, _ = loaded
    counts = session.execute(
        select(Category.code, func.count(Incident.id)).join(Incident).group_by(Category.code)
    ).all()
    assert len(counts) == 14
    assert min(count for _, count in counts) >= 20


def test_the_wet_week_shows_in_the_drainage_cases(loaded):
    session, _ = loaded
    when = session.scalars(
        select(Incident.reported_at).join(Category).where(Category.code == "drainage")
    ).all()
    wet = [one for one in when if 22 <= (NOW - one).days <= 32]
    assert len(wet) > 0.5 * len(when)


def test_a_draft_is_under_way_with_one_grid_mended(loaded):
    session, _ = loaded
    people = (account(session, "planner", Role.PLANNER, *TOWN.prefixes),)
    people += (account(session, "street", Role.STREET_STAFF, *TOWN.prefixes),)
    plan = begin_draft(session, *people, "520398001003", NOW)
    grids = queries.outlines(session, plan.id)
    assert (plan.log_number, len(grids)) == (1, 13)
    assert grids["households"].between(100, 300).all() and 1 < grids["changed"].sum() < 13
