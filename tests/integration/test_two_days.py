"""The maps of two days beside each other: at the interface and on the page."""

from __future__ import annotations

from datetime import timedelta

import case_town
import peopled_town
import pypdfium2
import pytest
import redrawn_town
from case_town import Client
from peopled_town import SINCE, TODAY, TOWN, Viewer
from redrawn_town import EAST, FAR_EAST

from gridsvc.accounts.rules import Role
from gridsvc.plans import two_days

ASKED = f"/api/v1/compare?in={TOWN}"
LATER = TODAY + timedelta(days=1)


@pytest.fixture
def app(session, database):
    """The case town; 001 002 and 001 003 are one grid since TODAY, with an open case in it."""
    planner, street = redrawn_town.build(session)
    lon, lat = redrawn_town.toy_town.position(2.5, 2.5)
    case_town.report(session, planner, lon=lon, lat=lat)
    redrawn_town.published(session, redrawn_town.merged(session, planner), planner, street)
    session.commit()
    return peopled_town.app_in(session, database)


def test_two_days_tell_ground_households_teams_and_open_cases_or_why_not(app, session, monkeypatch):
    planner = Client(app, session, Role.PLANNER, TOWN)
    told = planner.get(f"{ASKED}&with={SINCE}&on={LATER}").json
    moved = [one for one in told["flows"] if one["before"] != one["after"]]
    assert [(one["before"], one["after"]) for one in moved] == [(FAR_EAST, EAST)]
    assert told["moved_households"] == moved[0]["households"] > 0
    assert len(told["pieces"]["features"]) == 1
    parties = {one["code"]: one["grids_after"] - one["grids_before"] for one in told["parties"]}
    assert (parties["T2"], parties["T3"]) == (0, -1)
    assert {(one["team_before"], one["team_after"]) for one in told["cases"]} == {("T3", "T2")}
    swapped = planner.get(f"{ASKED}&with={LATER}&on={SINCE}").json
    assert (swapped["before"], swapped["flows"]) == (told["before"], told["flows"])
    told = planner.get(f"{ASKED}&with={TODAY}&on={LATER}").json
    assert (told["moved_households"], told["moved_share"]) == (0, 0)
    assert told["pieces"]["features"] == told["parties"] == told["cases"] == []
    early = planner.get(f"{ASKED}&with=1999-01-01&on={TODAY}")
    assert (early.status_code, "no grids on 1999-01-01" in early.json["detail"]) == (404, True)
    monkeypatch.setattr(two_days, "MOST_COMPARED", 3)
    large = planner.get(f"{ASKED}&with={SINCE}&on={LATER}")
    assert (large.status_code, "choose a smaller area" in large.json["detail"]) == (400, True)
    stranger = Client(app, session, Role.PLANNER, "520303")
    assert stranger.get(f"{ASKED}&with={SINCE}&on={TODAY}").status_code == 404


def test_the_page_shows_what_changed_with_its_map(app, session):
    viewer = Viewer(app, session, Role.STREET_STAFF, TOWN)
    html = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    page = f"/plans/compare?in={TOWN}&with={SINCE}&on={LATER}"
    told = viewer.get(page, **html).get_data(as_text=True)
    assert all(f'id="{one}"' in told for one in ("pieces", "grids", "flows", "parties", "cases"))
    with pypdfium2.PdfDocument(viewer.get(f"{page}&format=pdf", **html).data) as printed:
        said = printed[0].get_textpage().get_text_bounded()
    assert "划归另一网格" in said and "此前地图的界线" in said and "1 : " in said
    led = viewer.get(f"/plans/versions?in={TOWN}", **html).get_data(as_text=True)
    assert f"/plans/compare?on={TODAY}&amp;in={TOWN}&amp;with={SINCE}" in led
    refused = viewer.get(f"/plans/compare?in={TOWN}&with=1999-01-01", **html)
    assert refused.status_code == 404 and "1999-01-01" in refused.get_data(as_text=True)
