"""Service points on their page and in the interface, for the office and for a visitor."""

from __future__ import annotations

import html
import re

import peopled_town
import pytest
import toy_town
from geoalchemy2.shape import from_shape
from peopled_town import SINCE, TOWN, Viewer
from shapely import Point

from gridsvc.accounts.rules import Role
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.rules import Tier, weekly

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
PLACE = "lon={}&lat={}".format(*toy_town.position(0.5, 1.0))


@pytest.fixture
def town(session, database):
    peopled_town.build(session)
    for code, tier, row in (("S1", Tier.STATION, 2.5), ("A2", Tier.AGENT, 0.5)):
        session.add(
            ServicePoint(
                code=code, name=f"点{code}", tier=tier, services=["证明"], phone="0851-1",
                geom=from_shape(Point(*toy_town.position(0.5, row)), 4326), valid_from=SINCE,
            )
        )  # fmt: skip
    session.flush()
    agent = session.query(ServicePoint).filter_by(code="A2").one()
    [stop] = weekly("Tu 15:00-16:00")
    place = from_shape(Point(*toy_town.position(1.5, 0.5)), 4326)
    session.add(ServiceHour(service_point_id=agent.id, place="大树下", geom=place, **vars(stop)))
    session.flush()
    app = peopled_town.app_in(session, database)
    return lambda role, scope="": Viewer(app, session, role, scope)


def read(viewer: Viewer, path: str) -> str:
    answer = viewer.get(path, **PAGE)
    assert answer.status_code == 200, answer.text
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_the_nearest_is_named_with_its_distance_phone_and_round(town):
    page = read(town(Role.DISTRICT), f"/service-points?{PLACE}")
    assert "55 m 点A2" in page and "in a straight line" in page
    assert "Tue 15:00–16:00 · 大树下" in page
    assert page.index("点A2 ·") < page.index("点S1 ·")


def test_a_visitor_sees_the_points_of_the_public_part_alone(town):
    page = read(town(None), f"/service-points?{PLACE}")
    assert "点A2" in page and "点S1" not in page
    assert "Too far away" not in page
    assert town(None).get("/service-points?list=far", **PAGE).status_code == 404


def test_each_level_is_shown_against_the_target(town):
    district = town(Role.DISTRICT)
    page = read(district, "/service-points?list=missing")
    assert "subdistrict centre 0.0 % 0 of 1 subdistricts" in page
    assert "community station 50.0 % 1 of 2 communities" in page
    assert "agent point 11.1 % 1 of 9 residential grids" in page
    assert "target 100 %" in page


def test_the_dwellings_too_far_away_are_counted_and_listed_by_grid(town):
    page = read(town(Role.DISTRICT), "/service-points?list=far&beyond=150")
    assert "499 dwellings farther than 150 m of 1,500 dwellings · 33.2 %" in page
    assert "格001006 250 250 226" in page


@pytest.mark.parametrize("wrong", ["lon=1", "lon=a&lat=2", "tier=x", "list=x", "list=far&beyond=1"])
def test_a_question_that_cannot_be_read_is_refused(town, wrong):
    assert town(Role.DISTRICT).get(f"/service-points?{wrong}", **PAGE).status_code == 400


def test_a_building_that_is_looked_for_becomes_the_place(town, session):
    session.execute(peopled_town.text("update gridsvc.building set name = '1号楼'"))
    page = town(Role.DISTRICT).get("/service-points?q=1号", **PAGE).text
    assert "1号楼</a>" in page and "lon=108.0" in page
    assert "No building of that name." in read(town(Role.STREET_STAFF), "/service-points?q=zz")


def test_the_interface_gives_pages_of_points_with_hours(town):
    district = town(Role.DISTRICT)
    first = district.get("/api/v1/service-points?limit=1").json
    assert first["next"] == "A2" and first["features"][0]["properties"]["hours"] == [
        {"day": "Tu", "opens": "15:00", "closes": "16:00", "place": "大树下",
         "lon": toy_town.position(1.5, 0)[0], "lat": toy_town.position(0, 0.5)[1]}
    ]  # fmt: skip
    rest = district.get("/api/v1/service-points?limit=1&after=A2").json
    assert [one["id"] for one in rest["features"]] == ["S1"] and rest["next"] is None


def test_the_interface_gives_the_nearest_of_a_tier(town):
    path = f"/api/v1/service-points/nearest?{PLACE}&tier="
    [found] = town(Role.DISTRICT).get(f"{path}station").json["features"]
    assert found["id"] == "S1" and abs(found["properties"]["distance_m"] - 166.2) < 0.2
    assert town(None).get(f"{path}station").json["features"] == []
    leader = town(Role.LEADER, f"{TOWN}001001")
    assert leader.get("/api/v1/service-points?bbox=1,2,3").status_code == 400
