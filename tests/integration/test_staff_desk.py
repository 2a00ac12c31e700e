"""The staffing desk over the peopled town: every number can be read off its table."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import SINCE, TODAY, TOWN
from sqlalchemy import update

from gridsvc.accounts.rules import Role, Scope
from gridsvc.reports.check import check
from gridsvc.staffing.composition import composition
from gridsvc.staffing.models import Branch, PostHolding, Team, TeamAssignment
from gridsvc.staffing.tenure import endings
from gridsvc.staffing.vacancies import post_count, vacancies

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
HERE = Scope((TOWN,))


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


def end(session, table, on: date, **where) -> None:
    session.execute(update(table).filter_by(**where).values(valid_to=on))


def test_vacancies_are_those_of_the_table_the_leader_first(town):
    found = [(one.team_code, one.post, one.place) for one in vacancies(town, HERE, TODAY)]
    assert found == [("T2", "leader", toy_town.code(1, 2)), ("T3", "member", toy_town.code(1, 3))]
    assert post_count(town, HERE, TODAY) == 28
    assert vacancies(town, Scope((toy_town.code(1, 1),)), TODAY) == []


def test_a_post_is_vacant_since_its_last_holder_left(town):
    holding = town.query(PostHolding).first()
    holding.valid_to = TODAY - timedelta(3)
    town.flush()
    since = {one.post_id: one.since for one in vacancies(town, HERE, TODAY)}
    assert since[holding.post_id] == TODAY - timedelta(3)
    assert sorted(since.values())[:2] == [SINCE, SINCE]


@pytest.mark.parametrize(("days", "told"), [(0, 0), (1, 1), (60, 1), (61, 0)])
def test_an_assignment_ends_soon_from_tomorrow_to_the_sixtieth_day(town, days, told):
    end(town, TeamAssignment, TODAY + timedelta(days), grid_code=toy_town.code(1, 1))
    assert len(endings(town, HERE, TODAY)) == told


def test_what_another_team_takes_over_does_not_end(town):
    code, last = toy_town.code(1, 1), TODAY + timedelta(20)
    end(town, TeamAssignment, last, grid_code=code)
    follower = town.query(Team).filter_by(code="T2").one()
    town.add(TeamAssignment(grid_code=code, team_id=follower.id, valid_from=last))
    town.flush()
    assert endings(town, HERE, TODAY) == []
    follower.valid_to = last
    town.flush()
    assert {one.place for one in endings(town, HERE, TODAY)} == {code, toy_town.code(1, 2)}


def test_a_branch_that_is_dissolved_leaves_all_its_grids(town):
    end(town, Branch, TODAY + timedelta(5), code="BR")
    places = [one.place for one in endings(town, HERE, TODAY)]
    assert places == [toy_town.code(1, n) for n in (1, 2, 3)]
    told = [one for one in check(town, TODAY, TOWN) if one.kind == "staffing_ends"]
    assert [one.codes[0] for one in told] == places and not any(one.blocking for one in told)
    assert "has no branch from 2026-09-21 on" in told[0].text


def test_teams_without_cadres_and_police_are_findings(town):
    found = {one.code: one.faults for one in composition(town, HERE, TODAY)}
    assert found == {f"T{n}": ("no_cadre", "no_police") for n in (1, 2, 3, 4)}


@pytest.fixture
def street(town, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: datetime.fromisoformat("2026-09-16T06:30:00Z"))
    app = peopled_town.app_in(town, settings)
    return peopled_town.Viewer(app, town, Role.STREET_STAFF, TOWN)


def shown(street, path: str) -> str:
    return street.get(path, **PAGE).get_data(as_text=True)


def test_every_number_opens_its_list_and_its_parts_add_up(street):
    for which, count in (("nobody", 7), ("vacant", 2), ("ending", 0), ("faulty", 4)):
        page = shown(street, f"/staff?list={which}")
        numbers = re.findall(r"<b>(\d+)</b>", page)
        assert numbers == ["7", "2", "0", "4"]
        listed = page.split('id="list-heading"')[1].split("</section>")[0]
        assert listed.count('<th scope="row">') == count
    parts = page.split('id="parts-heading"')[1].split("<tbody>")[1].split("</tbody>")[0]
    counted = [re.findall(r">(\d+)<", row.split("</th>")[1]) for row in parts.split("<tr>")[1:]]
    assert [sum(map(int, column)) for column in zip(*counted, strict=True)] == [7, 2, 0, 4]


def test_a_community_opens_its_grids(street):
    page = shown(street, f"/staff?in={TOWN}001&list=vacant")
    assert f'href="/grids/{toy_town.code(1, 2)}"' in page


def test_elsewhere_is_not_shown(street):
    assert street.get("/staff?in=999999", **PAGE).status_code == 404
