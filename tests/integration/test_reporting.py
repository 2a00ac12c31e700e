"""A report: routed, kept when it is odd, and stored exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import case_town
import pytest
import toy_town
from case_town import GRID, HERE, NOW, report
from peopled_town import TOWN
from sqlalchemy import func, select, update

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict
from gridsvc.geo.datum import from_wgs84
from gridsvc.incidents import history
from gridsvc.incidents.arrival import routing
from gridsvc.incidents.models import ClockEntry, CoHandler, Incident, IncidentEvent
from gridsvc.notices.models import Notice
from gridsvc.staffing.models import Team


@pytest.fixture
def town(session):
    case_town.build(session)
    return case_town.cast(session)


def test_a_report_goes_to_the_team_of_its_grid_with_a_clock_and_a_first_step(session, town):
    case = report(session, town.leader).incident
    assert (case.grid_code, case.division_code) == (GRID, GRID[:12])
    assert session.get(Team, case.team_id).code == "T1"
    assert case.first_team_id == case.team_id
    assert case.branch_id is not None
    assert case.due_at > NOW
    assert session.scalars(select(ClockEntry.kind)).all() == ["start"]
    step = session.scalars(select(IncidentEvent)).one()
    assert (step.action, step.from_status, step.to_status) == ("report", None, "reported")
    assert history.broken(session, [case.id]) == set()


def test_the_team_is_told_and_whoever_reported_is_not(session, town):
    report(session, town.leader)
    told = session.scalars(select(Notice.user_id).order_by(Notice.user_id)).all()
    assert told == [town.member.id]


def test_specialists_of_the_category_co_handle(session, town):
    case = report(session, town.leader, category="wires").incident
    assert session.scalars(select(CoHandler.team_id)).all() == [case_town.team_id(session, "S")]
    assert case.team_id == case_town.team_id(session, "T1")


def test_a_repeat_with_the_same_content_gets_the_first_case(session, town):
    first = report(session, town.leader, client_report_id="a", device_at=NOW)
    again = report(session, town.leader, NOW + timedelta(hours=1), client_report_id="a")
    assert (first.created, again.created) == (True, False)
    assert again.incident.id == first.incident.id
    assert session.scalar(select(func.count()).select_from(IncidentEvent)) == 1


@pytest.mark.parametrize("other", [{"description": "b"}, {"category": "wires"}, {"lon": 108.00051}])
def test_other_content_under_the_same_id_is_refused_naming_the_first(session, town, other):
    first = report(session, town.leader, client_report_id="a").incident
    with pytest.raises(Conflict) as refused:
        report(session, town.leader, client_report_id="a", **other)
    assert refused.value.ids == [str(first.id)]
    with pytest.raises(Conflict):
        report(session, town.member, client_report_id="a")


def test_outside_every_grid_it_is_kept_for_the_supervisor(session, town):
    lon, lat = toy_town.position(3.5, 1.5)
    case = report(session, town.street, lon=lon, lat=lat).incident
    assert (case.grid_code, case.team_id, case.division_code) == (None, None, TOWN)
    assert case.level == "subdistrict"
    assert session.scalars(select(Notice.user_id)).all() == []  # its supervisor reported it
    report(session, town.specialist, lon=lon, lat=lat)
    assert session.scalars(select(Notice.user_id)).all() == [town.street.id]


def oddity(session, town, what):
    member = town.member
    given = {
        "retired": {"category": "old"},
        "far": {"lon": HERE[0] + 3.0},
        "clock": {"device_at": NOW - timedelta(hours=1)},
        "future": {"occurred_at": NOW + timedelta(hours=1)},
        "swapped": {"lon": HERE[1], "lat": HERE[0]},
        "neighbour": {"lon": toy_town.position(1.5, 2.5)[0]},
        "choice": {"grid_code": toy_town.code(2, 3), "accuracy_m": 5.0},
    }.get(what, {})
    if what == "lost":
        member = case_town.account(session, "lost", Role.LEADER)
    return report(session, member, **given).incident


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("retired", "category_retired"),
        ("far", "far_away,outside_scope"),
        ("clock", "device_clock"),
        ("swapped", "place_swapped"),
        ("future", "device_clock"),
        ("neighbour", "outside_scope"),
        ("choice", "choice_not_near"),
        ("lost", "scope_lost"),
        ("ordinary", None),
    ],
)
def test_what_is_odd_is_kept_for_a_person_to_look_at(session, town, what, reason):
    case = oddity(session, town, what)
    assert case.id
    assert case.review_reason == reason
    assert case.division_code is not None


@pytest.mark.parametrize(
    "place",
    [
        {"lon": float("nan")},
        {"lat": float("inf")},
        {"lon": 1e308},
        {"lat": -1e308},
        {"lon": 181.0},
    ],
)
def test_a_place_that_cannot_be_is_refused(session, town, place):
    with pytest.raises(BadInput):
        report(session, town.leader, **place)


def test_an_unknown_category_is_refused(session, town):
    with pytest.raises(BadInput, match="no category “storm”"):
        report(session, town.leader, category="storm")


def test_another_datum_is_converted_and_both_are_kept(session, town):
    lon, lat = (float(one) for one in from_wgs84(*HERE, "gcj02"))
    case = report(session, town.leader, lon=lon, lat=lat, datum="gcj02").incident
    stored = session.execute(select(func.st_x(Incident.geom), func.st_y(Incident.geom))).one()
    assert tuple(stored) == pytest.approx(HERE, abs=1e-9)
    assert (case.original_lon, case.original_lat) == (lon, lat)
    assert case.grid_code == GRID


def test_a_circle_across_an_edge_gives_candidates_and_the_choice_counts(session, town):
    lon, lat = toy_town.position(0.95, 2.5)
    other = toy_town.code(1, 2)
    case = report(session, town.leader, lon=lon, lat=lat, accuracy_m=20.0, grid_code=other).incident
    assert case.grid_candidates == [GRID, other]
    assert (case.grid_code, case.grid_was_chosen) == (other, True)
    assert session.get(Team, case.team_id).code == "T2"
    alone = report(session, town.leader, lon=lon, lat=lat, accuracy_m=2.0).incident
    assert (alone.grid_candidates, alone.grid_was_chosen) == ([GRID], False)


def test_explain_gives_the_same_grid_as_the_report_and_says_why(session, town):
    lon, lat = toy_town.position(1.0, 2.5)
    on = NOW.date()
    found = routing.explain(session, lon, lat, "wires", on)
    case = report(session, town.leader, lon=lon, lat=lat, category="wires").incident
    assert found.grid.code == case.grid_code == GRID  # a shared edge belongs to the lowest code
    assert found.grid.edge_m == pytest.approx(0, abs=1e-6)
    assert found.lead_post == "leader"
    assert [one.code for one in found.specialists] == ["S"]
    two = routing.explain(session, *toy_town.position(1.5, 2.5), "noise", on)
    assert (two.team.code, two.lead_post) == ("T2", "deputy")


def test_five_at_once_of_each_of_two_hundred_are_two_hundred(fresh_database):
    engine = make_engine(fresh_database, pool_size=6)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        leader = case_town.cast(session).leader.id

    def send(number: int) -> tuple[int, bool]:
        with sessions.begin() as session:
            made = report(
                session, session.get_one(UserAccount, leader), client_report_id=f"r{number}"
            )
            return made.incident.id, made.created

    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(send, [number for number in range(200) for _ in range(5)]))
    with sessions() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Incident, IncidentEvent, ClockEntry)
        ]
    engine.dispose()
    assert counts == [200, 200, 200]
    assert sum(created for _, created in told) == 200
    assert len({number for number, _ in told}) == 200


def test_a_scope_taken_away_meanwhile_does_not_change_the_answer_to_a_repeat(session, town):
    first = report(session, town.leader, client_report_id="a").incident
    session.execute(
        update(UserScope).where(UserScope.user_id == town.leader.id).values(prefix="99")
    )
    session.expire(town.leader)
    assert report(session, town.leader, client_report_id="a").incident.id == first.id
