"""A report whose place is odd: kept as it came, looked at by a person, given its place once."""

from __future__ import annotations

from datetime import timedelta

import case_town
import pytest
import toy_town
from case_town import GRID, HERE, NOW, report, step
from click.testing import CliRunner
from peopled_town import TOWN
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from gridsvc.accounts.models import UserAccount
from gridsvc.cli import main
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.geo.datum import from_wgs84
from gridsvc.incidents import clock, history, work_list
from gridsvc.incidents.arrival import routing
from gridsvc.incidents.handling import placing
from gridsvc.incidents.models import Incident
from gridsvc.notices.models import Notice
from gridsvc.reports.check import check
from gridsvc.staffing.models import Team

SWAPPED = {"lon": HERE[1], "lat": HERE[0]}
OUTSIDE = dict(zip(("lon", "lat"), toy_town.position(9.5, 2.5), strict=True))


@pytest.fixture
def town(session):
    case_town.build(session)
    return case_town.cast(session)


def test_exchanged_numbers_are_kept_as_they_came_for_the_supervisor_of_where_they_were_meant(
    session, town
):
    case = report(session, town.reporter, **SWAPPED).incident
    assert (case.grid_code, case.team_id, case.geom) == (None, None, None)
    assert (case.original_lon, case.original_lat) == (HERE[1], HERE[0])
    assert (case.review_reason, case.division_code) == ("place_swapped", GRID[:12])
    assert session.scalars(select(Notice.user_id)).all() == [town.community.id]
    (meant,) = placing.meant(session, case)
    assert (meant.lon, meant.lat, meant.grid_code) == (*HERE, GRID)


def test_a_person_sets_the_place_and_the_case_goes_its_way_with_its_clock(session, town):
    case = report(session, town.reporter, category="wires", **SWAPPED).incident
    due = case.due_at
    with pytest.raises(NotFound):
        step(session, case, "place", town.leader, place=HERE)
    with pytest.raises(BadInput, match="lies in no grid"):
        step(session, case, "place", town.community, place=(HERE[0] + 3, HERE[1]))
    step(session, case, "place", town.community, NOW + timedelta(hours=1), place=HERE)
    session.refresh(case)
    assert (case.grid_code, case.division_code, case.level) == (GRID, GRID[:12], "grid")
    assert session.get(Team, case.team_id).code == "T1"
    assert (case.original_lon, case.original_lat) == (HERE[1], HERE[0])
    assert session.execute(select(func.st_x(Incident.geom), func.st_y(Incident.geom))).one() == HERE
    assert (case.due_at, clock.share(session, case, NOW + timedelta(hours=2)) > 0) == (due, True)
    assert town.member.id in session.scalars(select(Notice.user_id)).all()
    last = history.told(session, case.id)[-1][0]
    assert (last.action, last.user_id, last.detail["co_handlers"]) == (
        "place", town.community.id, ["S"],
    )  # fmt: skip
    assert history.broken(session, [case.id]) == set()
    assert case.reviewed_at is not None
    assert not [one for one in check(session, NOW.date()) if one.kind == "history_broken"]
    with pytest.raises(RuleViolation, match="has its grid"):
        step(session, case, "place", town.community, place=HERE)


def test_the_database_lets_nobody_move_what_was_sent(session, town):
    case = report(session, town.reporter, **SWAPPED).incident
    for change in ("original_lon = 1", "geom = st_setsrid(st_makepoint(1, 1), 4326)"):
        with pytest.raises(IntegrityError, match="never change"), session.begin_nested():
            session.execute(text(f"update gridsvc.incident set {change} where id = {case.id}"))


def test_a_place_that_lies_in_a_grid_in_another_datum_is_doubted_and_not_moved(session, town):
    lon, lat = (float(one) for one in from_wgs84(*HERE, "gcj02"))
    case = report(session, town.reporter, lon=lon, lat=lat).incident
    assert (case.grid_code, case.review_reason) == (None, "datum_doubtful,outside_scope")
    (meant,) = placing.meant(session, case)
    assert (meant.why, meant.grid_code) == ("datum_doubtful", GRID)
    assert (meant.lon, meant.lat) == pytest.approx(HERE, abs=1e-9)


def test_a_look_is_noted_once_and_takes_the_report_off_the_list(session, town):
    case = report(session, town.member, device_at=NOW - timedelta(hours=1)).incident
    sight, odd = case_town.sight_of(town.community), work_list.Question(only=work_list.ODD)
    assert work_list.count(session, sight, odd, NOW) == 1
    step(session, case, "review", town.community, note="the phone was new")
    assert work_list.count(session, sight, odd, NOW) == 0
    last = history.told(session, case.id)[-1][0]
    assert (last.action, last.detail) == ("review", {"reasons": ["device_clock"]})
    assert history.broken(session, [case.id]) == set()
    assert case.review_reason == "device_clock"
    with pytest.raises(RuleViolation, match="nothing odd"):
        step(session, case, "review", town.street)


@pytest.mark.parametrize(
    ("who", "given", "whose"),
    [
        ("reporter", SWAPPED, "reading"),
        ("street", OUTSIDE, "reporter"),
        (None, OUTSIDE, "office"),
    ],
)
def test_outside_every_grid_it_is_told_who_gets_a_report_as_reporting_does(
    session, town, who, given, whose
):
    user: UserAccount | None = who and getattr(town, who)
    sent = case_town.Report("noise", **given)
    route = routing.of_report(session, sent, NOW.date(), user.scope if user else None)
    told = routing.summary(route)
    case = report(session, user, **given).incident
    assert (told["supervised_because"], told["division_code"], told["level"]) == (
        whose, case.division_code, case.level,
    )  # fmt: skip
    assert told["supervisor_name"]
    assert case.division_code == {"reading": GRID[:12], "reporter": TOWN, "office": TOWN[:6]}[whose]


def test_the_command_names_the_supervisor_and_why(fresh_database):
    engine = make_engine(fresh_database)
    with session_factory(engine).begin() as session:
        case_town.build(session)
        case_town.cast(session)
    engine.dispose()
    home = {"GRIDSVC_HOME": str(fresh_database.home)}
    given = home | {"GRIDSVC_DATABASE_URL": fresh_database.database_url}

    def said(lon: float, lat: float, *more: str) -> str:
        words = ["explain-route", str(lon), str(lat), "--category", "noise", *more]
        done = CliRunner().invoke(main, words, env=given)
        assert done.exit_code == 0, done.output
        return done.stdout

    swapped = said(HERE[1], HERE[0])
    assert f"exchanged it would lie in grid {GRID}" in swapped
    assert f"supervisor of community {GRID[:12]}" in swapped
    assert f"supervisor of district {TOWN[:6]}" in said(**OUTSIDE)
    assert f"supervisor of subdistrict {TOWN}" in said(*OUTSIDE.values(), "--reporter", "street1")
