"""Half-days of teams and days of agents, beside the dated targets that hold for their area."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta

import peopled_town
import pytest
import toy_town
from geoalchemy2.shape import from_shape
from peopled_town import NOW, SINCE, TODAY, TOWN, Viewer, app_in
from shapely import Point
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts import services as accounts
from gridsvc.accounts.rules import Role, Scope
from gridsvc.calendars.services import set_day
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.rounds import agent_weeks, week_of
from gridsvc.service_points.rules import Tier, weekly
from gridsvc.service_points.tiles import points
from gridsvc.staffing.models import Team
from gridsvc.targets.queries import in_force
from gridsvc.targets.rules import TargetKind, nearest
from gridsvc.targets.services import set_target
from gridsvc.visits.models import Visit
from gridsvc.visits.quotas import team_weeks

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
MONDAY = date(2026, 9, 14)  # of NOW, a Wednesday
ALL = Scope((TOWN,))
ONE = toy_town.code(1, 1)


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    return session


@pytest.fixture
def clerk(town: Session):
    return accounts.add_user(
        town, username="clerk", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )


def read(viewer: Viewer, path: str) -> str:
    answer = viewer.get(path, **PAGE)
    assert answer.status_code == 200, path
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def days(office: Viewer) -> dict[str, int]:
    """The days of the only agent of the week."""
    (one,) = office.get("/api/v1/service-points/agent-days").json["items"]
    return {name: one[name] for name in ("planned", "due", "done", "quota")}


def walk(session: Session, day: date, hour: int, *, recorded: datetime, grid: str = ONE) -> None:
    """A round of team T1 that ended at an hour of UTC, which is eight less than the office's."""
    team = session.query(Team).filter_by(code="T1").one()
    session.add(
        Visit(
            grid_code=grid, team_id=team.id, visited_on=day, dwellings_visited=2,
            first_time_dwellings=0, topics={}, recorded_at=recorded,
            ended_at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        )
    )  # fmt: skip
    session.flush()


def test_a_target_holds_from_its_day_on_below_its_area_and_the_past_stands(town, clerk) -> None:
    kind = TargetKind.TEAM_HALF_DAYS
    set_target(town, TOWN, kind, 2, TODAY, clerk, TODAY)
    set_target(town, f"{TOWN}002", kind, 4, TODAY + timedelta(7), clerk, TODAY)
    set_target(town, TOWN, kind, 3, TODAY, clerk, TODAY)
    assert in_force(town, kind, TODAY - timedelta(1)) == {}
    now, later = (in_force(town, kind, TODAY + timedelta(n)) for n in (0, 7))
    assert nearest(now, f"{TOWN}002") == 3
    assert (nearest(later, f"{TOWN}002"), nearest(later, f"{TOWN}001")) == (4, 3)
    for prefix, value, day, kind_of in (
        ("520303", 2, TODAY, NotAllowed),
        (TOWN, 15, TODAY, BadInput),
        (TOWN, 2, TODAY - timedelta(1), BadInput),
    ):
        with pytest.raises(kind_of):
            set_target(town, prefix, kind, value, day, clerk, TODAY)


def test_half_days_of_a_week_are_counted_for_the_team_and_opened_on_the_page(
    town, clerk, database, monkeypatch
) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    day = MONDAY + timedelta(1)
    for hour in (1, 2, 6):  # 9 and 10 in the morning, 14 in the afternoon
        walk(town, day, hour, recorded=NOW)
    walk(town, day - timedelta(1), 9, recorded=NOW + timedelta(1))
    set_target(town, TOWN, TargetKind.TEAM_HALF_DAYS, 2, TODAY, clerk, TODAY)
    town.execute(text("update gridsvc.target set valid_from = :day"), {"day": MONDAY})
    told = team_weeks(town, ALL, MONDAY - timedelta(7), 2, NOW).set_index(["week", "code"])
    now = told.loc[(MONDAY, "T1")]
    assert (now["rounds"], now["dwellings"], now["half_days"], now["quota"]) == (3, 6, 2, 2)
    assert told.loc[(MONDAY - timedelta(7), "T1"), "rounds"] == 0
    assert told.loc[MONDAY - timedelta(7)]["quota"].isna().all()
    late = team_weeks(town, ALL, MONDAY, 1, NOW + timedelta(1)).set_index("code")
    assert late.loc["T1", "half_days"] == 3
    street = Viewer(app_in(town, database), town, Role.STREET_STAFF, TOWN)
    assert "1 of 4 teams kept the quota" in read(street, f"/quotas?on={TODAY}")
    team = town.query(Team).filter_by(code="T1").one()
    assert "2 half-days in the week 2026-09-14" in read(
        street, f"/quotas/teams/{team.id}?on={TODAY}"
    )
    assert "half-days of a team on rounds, a week 2 " in read(street, f"/targets?on={TODAY}")


def test_a_team_sees_its_own_half_days_and_no_others(town, database, monkeypatch) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    teams = {one.code: one.id for one in town.query(Team)}
    app = app_in(town, database)
    for role in (Role.LEADER, Role.TEAM_MEMBER):
        viewer = Viewer(app, town, role, ONE)
        page = viewer.get(f"/quotas?on={TODAY}", **PAGE).text
        assert set(re.findall(r"/quotas/teams/(\d+)", page)) == {str(teams["T1"])}
        assert 'href="/targets"' not in page
        assert viewer.get(f"/quotas/teams/{teams['T1']}?on={TODAY}").status_code == 200
        assert viewer.get(f"/quotas/teams/{teams['T2']}?on={TODAY}").status_code == 404
        assert viewer.get(f"/quotas?in={toy_town.code(1, 2)}").status_code == 404


@pytest.fixture
def agent(town: Session) -> ServicePoint:
    made = ServicePoint(
        code="A2", name="代办点", tier=Tier.AGENT, services=[], phone="0851-1",
        geom=from_shape(Point(*toy_town.position(0.5, 0.5)), 4326), valid_from=SINCE,
    )  # fmt: skip
    town.add(made)
    town.flush()
    place = from_shape(Point(*toy_town.position(1.5, 0.5)), 4326)
    for opening in weekly("Tu,Th 15:00-16:00; Sa 09:00-10:00"):
        town.add(ServiceHour(service_point_id=made.id, place="大树下", geom=place, **vars(opening)))
    town.flush()
    return made


def test_an_agents_week_leaves_out_days_off_and_counts_the_days_against_the_quota(
    town, clerk, agent, database, monkeypatch
) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    set_day(town, TOWN, MONDAY + timedelta(3), worked=False, reason="x")
    week = week_of(town, ALL, MONDAY, NOW)
    assert [(one.day - MONDAY).days for one in week] == [1, 3, 5]
    assert [one.falls_out for one in week] == [False, True, False]
    assert [one.days for one in agent_weeks(town, ALL, MONDAY, week)] == [2]
    set_target(town, TOWN, TargetKind.AGENT_DAYS, 3, TODAY, clerk, TODAY)
    town.execute(text("update gridsvc.target set valid_from = :day"), {"day": MONDAY})
    app = app_in(town, database)
    office = Viewer(app, town, Role.STREET_STAFF, TOWN)
    page = read(office, "/service-points/rounds")
    # Tuesday is over on Wednesday, Thursday falls out: Saturday is left.
    assert "1 meeting is still to come, at 1 places" in page and "day off: falls out" in page
    assert "1 agent point plans fewer days than its quota" in page
    assert "2 / 3" in page and "0 / 1 planned day so far" in page
    # The agent's point has another grid than the stop; Wednesday is not of the plan.
    stop = toy_town.code(2, 2)
    for grid, day in ((stop, 2), (toy_town.code(2, 1), 1), (stop, 1)):
        assert days(office) == {"planned": 2, "due": 1, "done": 0, "quota": 3}
        walk(town, MONDAY + timedelta(day), 8, recorded=NOW, grid=grid)
    assert days(office)["done"] == 1
    visitor = Viewer(app, town, None)
    assert "What became of the plan?" not in read(visitor, "/service-points/rounds")
    told = visitor.get("/api/v1/service-points/rounds?on=2026-09-14&limit=2").json
    assert [one["falls_out"] for one in told["items"]] == [False, True] and told["next"] == 2
    assert told["items"][0]["agent_point"] == "A2"


def test_points_come_as_tiles_of_the_area_that_is_seen(town, agent) -> None:
    at = (15, 26214, 13758)
    tile = points(town, *at, TODAY, Scope((f"{TOWN}002",)))
    assert b"service_points" in tile and b"A2" in tile and b"agent" in tile
    assert points(town, *at, TODAY, Scope((f"{TOWN}001",))) == b""
    assert points(town, *at, TODAY, ALL, Tier.CENTRE) == b""
    assert points(town, *at, SINCE - timedelta(1), ALL) == b""


def test_the_establishment_is_measured_against_the_target_of_the_day(
    town, clerk, agent, database, monkeypatch
) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    street = Viewer(app_in(town, database), town, Role.STREET_STAFF, TOWN)
    page = "/service-points?list=missing"
    assert street.get(page, **PAGE).text.count('<li class="alarm"') == 3
    # One grid of nine has an agent: 11 % is reached, 12 % is not.
    for percent, alarms in ((11, 2), (12, 3)):
        set_target(town, TOWN, TargetKind.AGENT_SHARE, percent, TODAY, clerk, TODAY)
        now = street.get(page, **PAGE).text
        assert now.count('<li class="alarm"') == alarms and f"target {percent} %" in now
    assert street.get(f"{page}&on=2026-09-15", **PAGE).text.count('<li class="alarm"') == 3
