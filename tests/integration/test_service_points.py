"""Service points over the peopled town: one station, two agents, distances off the drawing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import peopled_town
import pytest
import toy_town
from peopled_town import TODAY, TOWN

from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput
from gridsvc.geo.datum import Datum, from_wgs84
from gridsvc.service_points.intake import import_points
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.queries import established, points_on, stops
from gridsvc.service_points.rules import Tier
from gridsvc.service_points.siting import siting

HERE, ALL = Scope((TOWN,)), Scope(("",))
HEAD = "code,name,tier,lon,lat,phone,services,hours"


def at(column: float, row: float) -> str:
    return "{},{}".format(*toy_town.position(column, row))


POINTS = (
    f"S1,站一,station,{at(0.5, 2.5)},0851-1,证明|缴费,Mo-Fr 09:00-17:00",
    f"A1,点一,agent,{at(0.5, 2.5)},,,",
    f"A2,点二,agent,{at(0.5, 0.5)},139 0000 0000,,Sa 09:00-12:00",
)


@pytest.fixture
def written(tmp_path):
    def write(*lines: str, head: str = HEAD, name: str = "points.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def town(session, written):
    peopled_town.build(session)
    stop = f"A2,树下,{at(1.5, 0.5)},Tu 15:00-16:00"
    rounds = written(stop, head="point,place,lon,lat,hours", name="rounds.csv")
    report = import_points(session, written(*POINTS), rounds, since=peopled_town.SINCE)
    assert report.as_dict() == {"added": 3, "changed": 0, "unchanged": 0, "stops": 1}
    return session


def codes(found) -> list[str]:
    return [one.point.code for one in found]


def test_loading_a_file_again_changes_nothing_and_a_change_is_one(town, written):
    again = import_points(town, written(*POINTS), since=TODAY)
    assert again.as_dict() == {"added": 0, "changed": 0, "unchanged": 3, "stops": 0}
    other = import_points(town, written(POINTS[0].replace("17:00", "18:00")), since=TODAY)
    assert other.as_dict() == {"added": 0, "changed": 1, "unchanged": 0, "stops": 0}
    assert town.query(ServiceHour).filter_by(place=None).count() == 6
    assert town.query(ServicePoint).count() == 3


def test_every_row_that_cannot_be_loaded_is_told_and_none_is_loaded(session, written):
    peopled_town.build(session)
    bad = written(
        POINTS[0],
        f"S1,again,station,{at(0.5, 0.5)},,,",
        f"X1,phone,agent,{at(0.5, 0.5)},1.39E+10,,",
        f"X2,far,agent,{at(9, 9)},,,",
        f"X3,hours,agent,{at(0.5, 0.5)},,,Mo 9-17",
        f"X4,tier,kiosk,{at(0.5, 0.5)},,,",
        "X5,short,agent",
    )
    with pytest.raises(BadInput) as told:
        import_points(session, bad, since=TODAY)
    assert sorted(told.value.ids) == ["2", "3", "4", "5", "6", "7"]
    for words in (
        "comes twice",
        "'1.39E+10': write a number",
        "outside every grid",
        "write times as",
        "'kiosk'",
    ):
        assert words in told.value.message
    session.rollback()


def test_a_round_of_nobody_is_refused(town, written):
    stop = f"A9,nowhere,{at(1.5, 0.5)},Tu 15:00-16:00"
    rounds = written(stop, head="point,place,lon,lat,hours", name="rounds.csv")
    with pytest.raises(BadInput, match="Row 1: there is no service point A9"):
        import_points(town, written(*POINTS), rounds, since=TODAY)


def test_positions_of_another_datum_are_brought_to_ours(session, written):
    peopled_town.build(session)
    lon, lat = (float(one) for one in from_wgs84(*toy_town.position(0.5, 0.5), Datum.GCJ02))
    import_points(session, written(f"G,g,agent,{lon},{lat},,,"), since=TODAY, datum=Datum.GCJ02)
    [found] = points_on(session, ALL, TODAY)
    assert found.grid_code == toy_town.code(2, 1)


def test_the_nearest_comes_first_with_its_straight_line(town):
    found = points_on(town, HERE, TODAY, near=toy_town.position(0.5, 1.0))
    assert codes(found) == ["A2", "A1", "S1"]
    assert [round(one.distance_m) for one in found] == [55, 166, 166]
    assert found[0].grid_code == toy_town.code(2, 1)


def test_only_points_of_the_scope_the_tier_the_box_and_the_day_are_given(town):
    assert codes(points_on(town, HERE, TODAY)) == ["A1", "A2", "S1"]
    assert codes(points_on(town, HERE, TODAY, tier=Tier.AGENT, after="A1")) == ["A2"]
    assert codes(points_on(town, Scope((f"{TOWN}002",)), TODAY)) == ["A2"]
    assert points_on(town, Scope(), TODAY) == []
    assert points_on(town, HERE, peopled_town.SINCE - timedelta(1)) == []
    (west, south), (east, north) = toy_town.position(0, 0), toy_town.position(3, 1)
    assert codes(points_on(town, HERE, TODAY, box=(west, south, east, north))) == ["A2"]


def test_a_point_that_closed_counts_to_the_day_before(town, written):
    closing = written(POINTS[2] + f",{TODAY}", head=f"{HEAD},valid_to")
    import_points(town, closing, since=TODAY)
    assert codes(points_on(town, HERE, TODAY - timedelta(1))) == ["A1", "A2", "S1"]
    assert codes(points_on(town, HERE, TODAY)) == ["A1", "S1"]


def test_each_level_is_counted_against_its_own_places(town):
    told = {one.tier: (one.having, one.places) for one in established(town, HERE, TODAY)}
    assert told == {Tier.CENTRE: (0, 1), Tier.STATION: (1, 2), Tier.AGENT: (2, 9)}
    lacking = established(town, HERE, TODAY)[1].lacking
    assert [one.code for one in lacking] == [f"{TOWN}002"]
    assert [one.tier for one in established(town, Scope((toy_town.code(1, 1),)), TODAY)] == [
        "agent"
    ]


def test_hours_at_the_point_and_on_the_round_are_kept_apart(town):
    found = {one.point.code: one.point.id for one in points_on(town, HERE, TODAY)}
    times = stops(town, found.values())
    assert len(times[found["S1"]]) == 5
    assert [one.hour.place for one in times[found["A2"]]] == ["树下", None]
    assert times[found["A2"]][0].lon == toy_town.position(1.5, 0.5)[0]


def test_dwellings_too_far_from_every_point_are_counted_by_grid(town):
    # Points stand at the houses of 001 001 and 002 001; cells are 98.6 m by 110.8 m.
    told = siting(town, HERE, TODAY, 150)
    far = [(one.code[9:], one.dwellings, one.beyond, round(one.farthest_m)) for one in told.grids]
    assert far == [("001006", 250, 250, 226), ("002003", 150, 150, 197), ("001003", 99, 99, 197)]
    assert (told.dwellings, told.beyond) == (1500, 499)
    assert sorted(one.dwellings for one in told.buildings) == [99, 150, 250]
    assert told.buildings[0].dwellings == 250


def test_a_point_across_the_border_counts_and_another_tier_does_not(town):
    lower = Scope((f"{TOWN}002",))
    assert siting(town, lower, TODAY, 150).beyond == 150
    assert siting(town, lower, TODAY, 150, Tier.STATION).beyond == 330
    assert siting(town, lower, TODAY, 150, Tier.CENTRE).grids[0].farthest_m == float("inf")
