"""The lists of the desk, its board, and what a case offers to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import case_town
from case_town import GRID, NOW
from desk_browser import ENGLISH, Desk, numbers, words
from sqlalchemy import text

from gridsvc.accounts.rules import Role
from gridsvc.incidents.rules import Outcome


def test_a_case_is_found_by_its_words_its_grids_name_and_its_code(desk: Desk) -> None:
    (mine,) = desk.cases(1, description="水管 100% 漏")
    desk.cases(1, lon=case_town.toy_town.position(0.5, 0.5)[0],
               lat=case_town.toy_town.position(0.5, 0.5)[1])  # fmt: skip
    street = desk.viewer(Role.STREET_STAFF)
    name = desk.session.scalar(text("select name from gridsvc.grid where code = :c"), {"c": GRID})
    for asked in ("水管", "100%25", GRID, GRID[:12], name):
        assert mine.id in numbers(street.page(f"/work?q={asked}")), asked
    assert numbers(street.page("/work?q=管_漏")) == set()
    assert numbers(street.page(f"/work?q={GRID}")) == {mine.id}
    found = street.get(f"/work?q={mine.id}", **ENGLISH)
    assert found.headers["Location"] == f"/work/{mine.id}" or mine.id > 99_999


def test_the_board_counts_each_state_and_a_state_can_be_listed(desk: Desk) -> None:
    first, second = desk.cases(2)
    case_town.step(desk.session, first, "claim", desk.people.member)
    street = desk.viewer(Role.STREET_STAFF)
    board = words(street.page("/work?view=board"))
    assert "claimed 1" in board
    assert numbers(street.page("/work?status=claimed")) == {first.id}
    assert numbers(street.page("/work?status=closed")) == set()
    assert numbers(street.page("/work")) == {first.id, second.id}


def test_the_case_page_offers_what_the_rules_allow_and_nothing_else(desk: Desk) -> None:
    (case,) = desk.cases(1)
    offered = re.compile(r'name="action" value="(\w+)"')
    street = offered.findall(desk.viewer(Role.STREET_STAFF).page(f"/work/{case.id}"))
    planner = offered.findall(desk.viewer(Role.PLANNER).page(f"/work/{case.id}"))
    leader = offered.findall(desk.viewer(Role.LEADER, GRID).page(f"/work/{case.id}"))
    assert "dispatch" in street and "claim" not in street
    assert "claim" in leader
    assert planner == []


def test_the_first_button_brings_a_case_on(desk: Desk) -> None:
    offered = re.compile(r'name="action" value="(\w+)"')
    (case,) = desk.cases(1)
    leader, street = desk.viewer(Role.LEADER, GRID), desk.viewer(Role.STREET_STAFF)
    assert offered.findall(street.page(f"/work/{case.id}"))[0] == "dispatch"
    assert offered.findall(leader.page(f"/work/{case.id}"))[0] == "claim"
    leader.send(f"/work/{case.id}/steps", action="claim")
    steps = offered.findall(leader.page(f"/work/{case.id}"))
    assert steps[0] == "resolve" and "return" in steps
    case_town.step(desk.session, case, "resolve", desk.people.member, outcome=Outcome.SOLVED)
    assert offered.findall(street.page(f"/work/{case.id}"))[0] == "verify"


def test_a_report_that_is_odd_is_marked_on_the_list_and_on_the_board(desk: Desk) -> None:
    (plain,) = desk.cases(1)
    (odd,) = desk.cases(1, device_at=NOW - timedelta(hours=1))
    street = desk.viewer(Role.STREET_STAFF)
    for path in ("/work", "/work?view=board"):
        assert words(street.page(path)).count("Look first: the phone's clock was wrong") == 1
    assert numbers(street.page("/work")) == {plain.id, odd.id}
