"""What the maps colour, asked for as the browser does."""

from __future__ import annotations

import peopled_town
import pytest
import toy_town
from flask import g
from peopled_town import FUNCTIONAL, TODAY, TOWN, Viewer
from shapely.geometry import shape

from dashboards.open_issues import open_issues_map
from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.grids.models import TerritoryFinding
from gridsvc.incidents.queries import Wanted
from gridsvc.web.atlas import figures

PUBLIC = toy_town.code(2, 1)


@pytest.fixture
def viewer(session, database):
    peopled_town.build(session)
    app = peopled_town.app_in(session, database)
    return lambda role=None, scope="": Viewer(app, session, role, scope)


def rows(answer, part="grids"):
    columns = answer.json[part]
    names = ("class", "value", "num", "den", "flags")
    return {
        code: tuple(columns[name][place] for name in names)
        for place, code in enumerate(columns["code"])
    }


def coverage(client, kind, **asked):
    query = "&".join(f"{k}={v}" for k, v in asked.items())
    return client.get(f"/maps/coverage/figures?kind={kind}&on={TODAY}&{query}")


def test_households_are_classed_and_outlined_where_out_of_range(viewer):
    answer = coverage(viewer(Role.DISTRICT), "households")
    found = rows(answer)
    assert found[toy_town.code(1, 1)] == (1, 120, 120, 300, 0)
    assert found[toy_town.code(1, 2)] == (3, 300, 300, 300, 0)
    assert found[toy_town.code(1, 3)] == (0, 99, 99, 300, 1)
    assert found[toy_town.code(1, 5)] == (4, 301, 301, 300, 1)
    assert found[FUNCTIONAL] == (-1, None, None, 300, 2)
    assert answer.json["total"] == {"value": 166.6667, "num": 1500, "den": 9}


def test_an_area_is_made_from_sums_and_leaves_functional_grids_out(viewer):
    areas = rows(coverage(viewer(Role.DISTRICT), "households"), "areas")
    assert areas[f"{TOWN}001"] == (2, 195, 1170, 1800, 0)
    assert list(areas) == [TOWN, f"{TOWN}001", f"{TOWN}002"]


def test_staffing_shows_the_worst_want_of_each_grid_and_area(viewer):
    answer = coverage(viewer(Role.DISTRICT), "staffing")
    found = rows(answer)
    steps = [found[toy_town.code(1, n)][0] for n in (1, 2, 3, 4, 5)]
    assert steps == [3, 1, 2, 1, 0]
    assert found[toy_town.code(1, 3)][2:4] == (6, 7)
    assert rows(answer, "areas")[f"{TOWN}001"][0] == 0
    assert answer.json["total"] == {"value": 0.1111, "num": 1, "den": 9}


def test_coverage_is_distinct_dwellings_of_all_dwellings(viewer):
    found = rows(coverage(viewer(Role.DISTRICT), "visits"))
    assert found[toy_town.code(1, 1)] == (0, 0.0333, 4, 120, 0)
    assert found[toy_town.code(2, 2)] == (-1, None, 0, 0, 1)


def test_open_work_is_a_rate_with_both_its_numbers(viewer):
    answer = viewer(Role.LEADER).get(f"/maps/open-issues/figures?on={TODAY}")
    found = rows(answer)
    assert found[toy_town.code(1, 1)] == (4, 5.8333, 7, 120, 0)
    assert found[PUBLIC] == (4, 8.8889, 16, 180, 0)
    assert found[toy_town.code(1, 2)] == (0, 0, 0, 300, 0)
    assert rows(answer, "areas")[f"{TOWN}002"][2:4] == (20, 330)
    assert answer.json["total"] == {"value": 1.8, "num": 27, "den": 1500}


def test_narrowing_shows_that_part_alone_and_nothing_of_others(viewer):
    client = viewer(Role.COMMUNITY_STAFF, f"{TOWN}001")
    inside = {"in": toy_town.code(1, 1)}
    assert list(rows(coverage(client, "households", **inside))) == [toy_town.code(1, 1)]
    assert coverage(client, "households", **{"in": "990101"}).status_code == 404


def test_a_visitor_sees_public_grids_with_counts_cut_down_to_fives(viewer):
    found = rows(viewer().get(f"/maps/open-issues/figures?on={TODAY}"))
    assert list(found) == [toy_town.code(2, n) for n in (1, 2, 3)]
    assert found[PUBLIC] == (4, 5.5556, 10, 180, 0)
    assert found[toy_town.code(2, 3)] == (-2, None, None, 150, 0)


def test_a_visitor_gets_no_number_at_all_from_a_filter(viewer):
    client = viewer()
    for narrowed in ("category=noise", "older_than_days=1", "level=grid", "category=quarrel"):
        answer = client.get(f"/maps/open-issues/figures?on={TODAY}&{narrowed}")
        assert {row[0] for row in rows(answer).values()} == {-2}
        assert answer.json["total"]["num"] is None


def test_an_account_sees_its_scope_exactly_and_public_parts_masked(viewer):
    client = viewer(Role.STREET_STAFF, f"{TOWN}001")
    answer = client.get(f"/maps/open-issues/figures?on={TODAY}&in=all")
    found = rows(answer)
    assert found[toy_town.code(1, 1)][2] == 7
    assert found[PUBLIC][2] == 10
    # 7 seen exactly and 17 masked, cut down to 15
    assert rows(answer, "areas")[TOWN][2] == 7 + 15


def test_who_asks_for_no_area_gets_the_own_one_without_what_is_public_beside_it(viewer):
    answer = viewer(Role.STREET_STAFF, f"{TOWN}001").get(f"/maps/open-issues/figures?on={TODAY}")
    assert {code[:12] for code in rows(answer)} == {f"{TOWN}001"}
    assert rows(answer)[toy_town.code(1, 1)][2] == 7


def test_sensitive_counts_stay_with_the_handling_team(viewer):
    asked = f"/maps/open-issues/figures?on={TODAY}&category=quarrel"
    assert rows(viewer(Role.DISTRICT).get(asked))[PUBLIC][:3] == (-2, None, None)
    assert rows(viewer(Role.LEADER).get(asked))[PUBLIC][2] == 3
    unfiltered = rows(viewer(Role.PLANNER).get(f"/maps/open-issues/figures?on={TODAY}"))
    assert unfiltered[PUBLIC][2] == 13


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/maps/coverage/figures?kind=joy", "joy"),
        ("/maps/coverage/figures?on=yesterday", "yesterday"),
        ("/maps/coverage/figures?on=9999-12-31", "1990"),
        ("/maps/coverage/figures?in=52x", "52x"),
        ("/maps/coverage/figures?kind=visits&window_days=0", "window_days"),
        ("/maps/open-issues/figures?category=joy", "joy"),
        ("/maps/open-issues/figures?level=planet", "planet"),
        ("/maps/open-issues/heat?bandwidth_m=1e9", "bandwidth_m"),
    ],
)
def test_a_wrong_parameter_is_told_in_one_sentence(viewer, address, named):
    answer = viewer(Role.DISTRICT).get(address)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert named in answer.json["detail"]


def test_unchanged_figures_are_not_sent_again(viewer):
    client = viewer(Role.DISTRICT)
    first = coverage(client, "households")
    again = client.get(
        f"/maps/coverage/figures?kind=households&on={TODAY}",
        **{"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"},
    )
    assert (again.status_code, again.data) == (304, b"")
    assert "private" in first.headers["Cache-Control"]


def test_a_notebook_gets_the_same_figures_with_their_shapes(session, database):
    peopled_town.build(session)
    with peopled_town.app_in(session, database).test_request_context("/"):
        g.sight = Sight(full=Scope((TOWN,)), handles=Scope((TOWN,)))
        frame = figures.embedded(figures.open_work(Wanted(), TODAY))
        drawn = open_issues_map(frame, measure="per_100_households")
    assert frame.set_index("code").loc[PUBLIC, ["value", "num", "den"]].tolist() == [
        8.8889,
        16,
        180,
    ]
    assert PUBLIC in drawn.get_root().render()


def test_a_card_has_three_facts_and_leads_to_the_grid(viewer):
    address = f"/maps/coverage/cards/{toy_town.code(1, 1)}?kind=visits&on={TODAY}"
    card = viewer(Role.LEADER).get(address).json
    assert [fact["value"] for fact in card["facts"]] == ["4 / 120 · 3%", "队1 · 0851-1", "7"]
    assert card["links"][0]["href"].startswith(f"/grids/{toy_town.code(1, 1)}")
    assert all(link["href"].startswith("/") for link in card["links"])


def test_a_card_tells_outsiders_no_small_count_and_nothing_elsewhere(viewer):
    client = viewer()
    masked = client.get(f"/maps/open-issues/cards/{toy_town.code(2, 3)}?on={TODAY}").json
    assert not any(fact["value"] == "4" for fact in masked["facts"])
    assert client.get(f"/maps/coverage/cards/{toy_town.code(1, 1)}").status_code == 404


def test_findings_are_shown_on_their_days_to_who_sees_a_grid_that_takes_part(viewer, session):
    session.add(
        TerritoryFinding(
            kind="overlap",
            community_code=None,
            grid_codes=[toy_town.code(1, 4), PUBLIC],
            area_m2=12.34,
            geom=peopled_town.from_shape(toy_town.cell(0, 1, high=0.01), 4326),
            valid_from=TODAY,
        )
    )
    session.flush()
    (found,) = viewer().get(f"/maps/findings?on={TODAY}").json["features"]
    assert found["properties"]["kind"] == "overlap"
    assert found["properties"]["area_m2"] == 12.3
    assert "12" in found["properties"]["text"]
    assert shape(found["geometry"]).equals(toy_town.cell(0, 1, high=0.01))
    staff = viewer(Role.COMMUNITY_STAFF, f"{TOWN}001")
    assert len(staff.get(f"/maps/findings?on={TODAY}").json["features"]) == 1
    inside = f"&in={toy_town.code(1, 1)}"
    assert staff.get(f"/maps/findings?on={TODAY}{inside}").json["features"] == []
    assert viewer().get("/maps/findings?on=2026-09-15").json["features"] == []


def test_a_visitor_of_nothing_public_is_asked_to_sign_in(viewer, session):
    client = viewer()
    session.query(peopled_town.Division).update({"public_map": False})
    assert client.get("/maps/coverage/figures").status_code == 401
