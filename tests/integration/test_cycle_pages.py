"""The office's page of periods: closed from the form, taken as a workbook and on paper."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import case_town
import peopled_town
import pytest
from case_town import TOWN, report, resolved
from openpyxl import load_workbook
from peopled_town import Viewer
from sqlalchemy import text

from gridsvc.accounts.rules import Role
from gridsvc.grids.models import Division
from gridsvc.reports import closing_days

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
AFTER = datetime(2026, 9, 29, 0, 30, tzinfo=UTC)
CYCLE = {"office": TOWN, "kind": "cycle", "starts_on": "2026-09-15"}


class Desk(Viewer):
    def send(self, path: str, **form: Any):
        return self._client.post(path, data=form, headers={**self._headers, **ENGLISH})

    def page(self, path: str) -> str:
        answer = self.get(path, **ENGLISH)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)


@pytest.fixture
def street(session, database, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: AFTER)
    case_town.build(session)
    people = case_town.cast(session)
    resolved(session, report(session, people.reporter).incident, people)
    report(session, people.reporter)
    session.get(Division, TOWN).name = "=1+1"
    app = peopled_town.app_in(session, replace(database, language="en"))
    return Desk(app, session, Role.STREET_STAFF, TOWN)


def test_a_clerk_closes_a_cycle_and_the_second_one_is_told(street, session):
    assert "Close now" in street.page("/cycles")
    first = street.send("/cycles", **CYCLE)
    assert first.status_code == 303
    second = street.send("/cycles", **CYCLE)
    assert second.status_code == 409 and "closed already" in second.get_data(as_text=True)
    shown = street.page(first.headers["Location"] + "?again=1")
    assert "the same to the last digit" in shown and "1 : " in shown
    assert street.send("/cycles", **CYCLE | {"starts_on": "x"}).status_code == 400


def test_the_pack_is_taken_as_a_workbook_without_a_formula_and_on_paper(street, session):
    number = street.send("/cycles", **CYCLE).headers["Location"].rsplit("/", 1)[1]
    taken = street.send(f"/cycles/{number}/pack.xlsx")
    figures, rates, left = load_workbook(io.BytesIO(taken.data)).worksheets
    head = [cell.value for cell in figures[3]]
    row = dict(zip(head, [cell.value for cell in figures[4]], strict=True))
    assert row["Place"] == "=1+1" and (row["Collected"], row["Handled"]) == (2, 1)
    assert not [c for page in (figures, rates, left) for r in page.iter_rows() for c in r
                if c.data_type == "f"]  # fmt: skip
    assert left.max_row == 3 + row["Rolled over"]
    paper = street.send(f"/cycles/{number}/pack.pdf")
    assert paper.data.startswith(b"%PDF") and paper.mimetype == "application/pdf"
    log = session.scalars(text("select action from gridsvc.audit_log order by id desc limit 2"))
    assert list(log) == ["export_pack"] * 2


def test_the_days_are_changed_with_a_reason_alone(street, session):
    sent = {"office": TOWN, "closing_days": "10、25", "quarter_day": "20"}
    assert street.send("/cycles/days", **sent, reason=" ").status_code == 400
    bad = street.send("/cycles/days", **sent | {"closing_days": "10, 45"}, reason="x")
    assert bad.status_code == 400 and "from 1 to 31" in bad.get_data(as_text=True)
    assert street.send("/cycles/days", **sent, reason="the district asks").status_code == 303
    rule = closing_days.rule_for(session, TOWN, AFTER.date())
    assert (rule.closing_days, rule.quarter_day, rule.inclusive) == ((10, 25), 20, False)
    assert "the district asks" in street.page("/cycles")


def test_another_offices_packs_are_as_if_they_were_not_there(street, session):
    number = street.send("/cycles", **CYCLE).headers["Location"].rsplit("/", 1)[1]
    elsewhere = Desk(street._client.application, session, Role.STREET_STAFF, "520302002")
    assert elsewhere.get(f"/cycles/{number}", **ENGLISH).status_code == 404
    assert elsewhere.send("/cycles", **CYCLE).status_code == 404
    community = Desk(street._client.application, session, Role.COMMUNITY_STAFF, TOWN + "001")
    assert "closed by street offices" in community.page("/cycles")
