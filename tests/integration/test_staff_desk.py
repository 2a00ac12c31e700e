"""The staffing desk over the peopled town: every number can be read off its table."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import NOW, SINCE, TODAY, TOWN
from sqlalchemy import update

from gridsvc.accounts.rules import Role, Scope
from gridsvc.reports.check import check
from gridsvc.staffing.composition import composition
from gridsvc.staffing.models import Branch, PostHolding, Team, TeamAssignment
from gridsvc.staffing.queries import staffing_on
from gridsvc.staffing.rule_book import rule_book, rules_set, set_rule
from gridsvc.staffing.rules import Composition, Fault, Source, TeamFault
from gridsvc.staffing.tenure import endings
from gridsvc.staffing.tenure_notices import tell_endings
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
    cadre = Fault(TeamFault.NO_SEAT, None, (Source.SUBDISTRICT_CADRE, Source.COMMUNITY_CADRE))
    police = Fault(TeamFault.NO_SEAT, None, (Source.COMMUNITY_POLICE,))
    assert found == {f"T{n}": (cadre, police) for n in (1, 2, 3, 4)}


def test_a_rule_holds_from_its_day_on_in_its_area_and_what_was_set_stays_known(town):
    small = Composition((9, 12), (10, 20), ())
    upper, later = f"{TOWN}001", TODAY + timedelta(10)
    for rule, day in ((Composition((5, 8), (10, 20), ()), TODAY), (small, later)):
        set_rule(town, upper, rule, day, by=None, now=NOW, today=TODAY)
    assert composition(town, HERE, TODAY) == []
    assert {one.faults for one in composition(town, HERE, later)} == {
        (Fault(TeamFault.TOO_FEW, 9),)
    }
    posts = staffing_on(town, HERE, later)["posts"]
    assert (posts[toy_town.code(1, 1)], posts[toy_town.code(2, 1)]) == (9, 7)
    assert rule_book(town, later, NOW - timedelta(1)).of(upper) == Composition()
    assert [one.valid_from for one in rules_set(town, HERE)] == [later, TODAY]


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


def test_the_office_sets_a_rule_by_the_page_and_reads_who_set_it(street):
    form = {"in": f"{TOWN}001", "on": "2026-09-20", "team_min": "6", "team_max": "9",
            "branch_min": "10", "branch_max": "20", "seat0_volunteer": "1"}  # fmt: skip
    send = {"data": form, "headers": {**street._headers, **PAGE}}
    assert street._client.post("/staff/rules", **send).status_code == 303
    page = shown(street, f"/staff/rules?in={TOWN}001&on=2026-09-20")
    assert "<b>6–9</b>" in page and f"street_staff{TOWN}" in page
    form["team_min"] = "10"
    refused = street._client.post("/staff/rules", **send)
    assert refused.status_code == 400
    assert "write the smaller number first" in refused.get_data(as_text=True)


def test_the_office_is_told_once_at_each_step_before_an_assignment_ends(town, street):
    end(town, TeamAssignment, TODAY + timedelta(40), grid_code=toy_town.code(1, 1))
    end(town, TeamAssignment, TODAY + timedelta(40), grid_code=toy_town.code(1, 2))
    told = [tell_endings(town, NOW, TODAY + timedelta(days)) for days in (0, 0, 9, 10, 32, 33, 39)]
    assert told == [1, 0, 0, 1, 0, 1, 0]
    page = shown(street, "/inbox")
    assert page.count("assignments end soon and nobody follows") == 3
    assert "from 2026-10-26 · assignments: 2" in page
