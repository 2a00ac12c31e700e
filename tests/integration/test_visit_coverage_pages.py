"""The pages of coverage: the month before unless asked, every figure with the list behind it."""

from __future__ import annotations

import re

import peopled_town
import pytest
import toy_town
from peopled_town import TOWN, Viewer, app_in
from sqlalchemy import text

from gridsvc import edge
from gridsvc.accounts.rules import Role


@pytest.fixture
def office(session, database, monkeypatch) -> Viewer:
    monkeypatch.setattr(edge, "now", lambda: peopled_town.NOW)
    peopled_town.build(session)
    session.execute(text("update gridsvc.visit set recorded_at = visited_on + time '12:00'"))
    return Viewer(app_in(session, database), session, Role.STREET_STAFF, TOWN)


def shown(viewer: Viewer, path: str) -> str:
    answer = viewer.get(path, **{"Accept-Language": "en", "Accept": "text/html"})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_month_before_is_shown_unless_another_is_asked_for(office) -> None:
    assert "0 of 1,500 dwellings" in shown(office, "/coverage")
    september = shown(office, "/coverage?day=2026-09-16")
    assert "9 of 1,500 dwellings" in september
    assert "18 calls on dwellings in 3 rounds" in september


def test_every_link_of_the_page_opens_a_list(office) -> None:
    for place in ("", f"&in={TOWN}001", f"&in={toy_town.code(1, 1)}"):
        page = shown(office, f"/coverage?day=2026-09-16{place}")
        links = set(re.findall(r'href="(/coverage/grids[^"]*)"', page))
        assert len(links) >= 3
        for link in links:
            shown(office, link.replace("&amp;", "&"))


def test_the_list_below_the_line_has_the_least_visited_first_and_their_rounds(office) -> None:
    page = shown(office, f"/coverage/grids?day=2026-09-16&in={TOWN}001")
    assert "Grids with fewer than 80 % of their dwellings visited" in page
    assert page.index("格001003") < page.index("格001002") < page.index("格001001")
    assert f"/ledgers?ledger=visits&amp;period=month&amp;day=2026-09-01&amp;in={TOWN}001001" in page
    year = shown(office, "/coverage/grids?period=year&day=2026-09-16")
    assert "fewer than 100 %" in year


def test_the_list_behind_staffing_names_what_each_grid_lacks(office) -> None:
    short = shown(office, "/coverage/grids?reading=staffing&day=2026-09-16")
    whole = shown(office, "/coverage/grids?reading=staffing&short=0&day=2026-09-16")
    assert "no branch" in short
    assert "格001001" not in short
    assert "格001001" in whole


def test_vacancies_are_those_of_the_staffing_desk_for_every_area_of_the_day(
    office, session
) -> None:
    # A vacancy in a functional grid, and a post that the rule asks for and nobody set up.
    session.execute(
        text("update gridsvc.team_assignment set grid_code = :to where grid_code = :was"),
        {"to": peopled_town.FUNCTIONAL, "was": toy_town.code(1, 3)},
    )
    session.execute(
        text(
            "delete from gridsvc.team_post p using gridsvc.team t where t.id = p.team_id"
            " and t.code = 'T2' and not exists"
            " (select from gridsvc.post_holding where post_id = p.id)"
        )
    )
    for place, vacant, bare in ((TOWN, 2, 6), (f"{TOWN}001", 2, 3), (f"{TOWN}002", 0, 3)):
        coverage = shown(office, f"/coverage?day=2026-09-16&in={place}")
        desk = shown(office, f"/staff?on=2026-09-16&in={place}")
        assert f"{vacant} posts are vacant · {bare} grids without a team" in coverage
        assert re.findall(r"<b>(\d+)</b>", desk)[1] == str(vacant)
        assert f"{bare} grids without a team" in desk
    whole = shown(office, "/coverage?day=2026-09-16")
    assert re.search(rf'/staff\?list=vacant[^"]*in={TOWN}001">2</a>', whole)
    assert "not set up as yet" in shown(office, "/staff?on=2026-09-16&list=vacant")
