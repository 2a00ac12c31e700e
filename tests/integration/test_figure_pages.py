"""Rates and ledgers on the page and in the workbook: the same figures, and nothing that runs."""

from __future__ import annotations

import io
import re
from datetime import date, datetime

import case_town
import peopled_town
import pytest
import toy_town
from case_town import TOWN, report, resolved
from openpyxl import load_workbook
from sqlalchemy import select, text

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.grids.models import Division, Grid

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
SEPTEMBER = "period=month&day=2026-09-20&as_of=2026-10-05"


@pytest.fixture
def street(session, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: datetime.fromisoformat("2026-10-06T09:00:00Z"))
    case_town.build(session)
    people = case_town.cast(session)
    resolved(session, report(session, people.reporter).incident, people)
    report(session, people.reporter)
    report(session, people.reporter, category="quarrel")
    session.get(Grid, case_town.GRID).name = "=1+1"
    session.flush()
    app = peopled_town.app_in(session, settings)
    return case_town.Client(app, session, Role.STREET_STAFF, TOWN)


def taken(street, name: str):
    answer = street.post(f"/ledgers/{name}.xlsx?{SEPTEMBER}", {}, **PAGE)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return load_workbook(io.BytesIO(answer.data))


def test_the_page_says_the_parts_of_each_rate(street):
    page = street.get(f"/rates?{SEPTEMBER}&rate=resolution", **PAGE).get_data(as_text=True)
    assert re.search(r"Resolved</span>\s*<b>33\.3 %</b>\s*<span[^>]*>1 / 3", page)
    assert "few" in page and 'data-of="course"' in page


def test_a_rate_opens_its_cases_but_for_those_that_are_the_teams_alone(street):
    page = street.get(f"/rates/cases?{SEPTEMBER}&rate=resolution", **PAGE).get_data(as_text=True)
    assert len(re.findall(r'<td class="n"><a href="/work/\d+"', page)) == 2
    assert "3 cases" in page and "1 case of a sensitive kind is counted" in page
    page = street.get(f"/rates/cases?{SEPTEMBER}&rate=resolution&hit=1", **PAGE)
    assert len(re.findall(r'<td class="n"><a href="/work/\d+"', page.get_data(as_text=True))) == 1


def test_the_workbook_has_dates_a_frozen_heading_filters_and_no_formula(street):
    book = taken(street, "requests")
    lines, sums = book.worksheets
    head = [cell.value for cell in lines[3]]
    rows = [dict(zip(head, [c.value for c in row], strict=True)) for row in lines.iter_rows(4)]
    assert len(rows) == 2 and lines.freeze_panes == "B4" and lines.auto_filter.ref
    assert "1 case of a sensitive kind is counted and not listed" in lines["A2"].value
    assert isinstance(rows[0]["Reported"], date) and rows[0]["Grid"] == "=1+1"
    assert not [c for row in lines.iter_rows() for c in row if c.data_type == "f"]
    assert [cell.value for cell in sums[sums.max_row]][2:] == [3, 1, 2]


def test_a_case_in_no_grid_stands_under_the_name_of_its_division(street, session):
    lon, lat = toy_town.position(3.5, 1.5)
    desk = session.scalars(select(UserAccount).filter_by(username="street1")).one()
    report(session, desk, lon=lon, lat=lat)
    town = session.get(Division, TOWN)
    lines = taken(street, "requests").worksheets[0]
    grid = [cell.value for cell in lines[3]].index("Grid")
    assert [row[grid].value for row in lines.iter_rows(4)].count(town.name_en or town.name) == 1
    page = street.get(f"/ledgers?{SEPTEMBER}", **PAGE).get_data(as_text=True)
    # As a text of its own: a nonce may hold the letters.
    assert not re.search(r">\s*nan\b", page)


def test_the_totals_of_the_workbook_are_those_of_the_page(street):
    for name in ("visits", "requests", "feedback"):
        sums = taken(street, name).worksheets[1]
        total = [cell.value for cell in sums[sums.max_row]][2:]
        page = street.get(f"/ledgers?{SEPTEMBER}&ledger={name}", **PAGE).get_data(as_text=True)
        assert [int(n) for n in re.findall(r'<div class="card"><b>(\d+)</b>', page)] == total


def test_taking_a_ledger_is_written_into_the_log(street, session):
    taken(street, "requests")
    subjects = session.scalars(
        text("select subject from gridsvc.audit_log where action = 'export_ledger'")
    )
    assert list(subjects) == [f"requests 2026-09-01 {TOWN}"]
