"""Three ledgers whose totals are the rates' own counts, and whose columns name no person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import case_town
import peopled_town
import pytest
import toy_town
from case_town import NOW, TOWN, report, resolved, step
from sqlalchemy import text

from gridsvc.accounts.rules import Scope
from gridsvc.incidents.rules import Outcome
from gridsvc.reports.case_facts import case_facts, counted_in, rates
from gridsvc.reports.ledgers import COLUMNS, LedgerKind, ledger, sums
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.reports.rules.rates import RateKind

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = Period(PeriodKind.DAYS, date(2026, 9, 16), date(2026, 9, 23))
LATER = datetime(2026, 9, 30, tzinfo=UTC)
ALL = Scope((TOWN,))
PERSONAL = ("name", "phone", "contact", "user", "reporter", "description", "note")


def read(session, kind, period=WEEK, scope=ALL):
    return ledger(session, kind, scope, period, ZONE, LATER)


@pytest.fixture
def people(session):
    case_town.build(session)
    return case_town.cast(session)


def test_the_ledger_of_requests_adds_up_to_the_rates(session, people):
    resolved(session, report(session, people.reporter).incident, people)
    report(session, people.reporter)
    rows = read(session, LedgerKind.REQUESTS)
    total = sums(LedgerKind.REQUESTS, rows, [TOWN]).loc[TOWN]
    facts = counted_in(case_facts(session, ALL, *WEEK.bounds(ZONE), LATER), WEEK, ZONE)
    resolution = next(one for one in rates(facts) if one.kind is RateKind.RESOLUTION)
    assert (total["ended"], total["reported"]) == (resolution.numerator, resolution.denominator)
    assert total["late"] == 1 and rows["late"].tolist() == [False, True]


def test_the_ledger_of_feedback_holds_what_was_answered_in_the_period(session, people):
    case = resolved(session, report(session, people.reporter).incident, people)
    step(session, case, "verify", people.community)
    step(session, case, "feed_back", people.community, NOW + timedelta(days=1), note="told")
    step(session, case, "close", people.community, NOW + timedelta(days=1))
    step(session, case, "rate", people.reporter, NOW + timedelta(days=1), rating=1)
    rows = read(session, LedgerKind.FEEDBACK)
    total = sums(LedgerKind.FEEDBACK, rows, [TOWN, TOWN + "001", TOWN + "002"])
    assert total.loc[TOWN].tolist() == [1, 1, 0, 0, 1, 0]
    assert total.loc[TOWN + "001"].tolist() == total.loc[TOWN].tolist()
    assert total.loc[TOWN + "002"].sum() == 0
    assert rows["outcome"].tolist() == [Outcome.SOLVED.value]


def test_a_rating_counts_when_it_was_tapped_as_in_the_rates(session, people):
    case = resolved(session, report(session, people.reporter).incident, people)
    step(session, case, "verify", people.community)
    step(session, case, "feed_back", people.community, NOW + timedelta(days=1), note="told")
    step(session, case, "close", people.community, NOW + timedelta(days=1))
    step(session, case, "rate", people.reporter, NOW + timedelta(days=8), rating=3)
    after = Period(PeriodKind.DAYS, WEEK.end, date(2026, 9, 30))
    for period, expected in ((WEEK, [1, 1, 0, 0, 0, 0]), (after, [0, 0, 0, 0, 1, 1])):
        rows = read(session, LedgerKind.FEEDBACK, period)
        total = sums(LedgerKind.FEEDBACK, rows, [TOWN]).loc[TOWN]
        assert total.tolist() == expected
        assert rows["rating"].notna().sum() == total["rated"]
        facts = case_facts(session, ALL, *period.bounds(ZONE), LATER)
        rated = next(
            one
            for one in rates(counted_in(facts, period, ZONE))
            if one.kind is RateKind.SATISFACTION
        )
        assert (total["satisfied"], total["rated"]) == (rated.numerator, rated.denominator)


def test_the_ledger_of_visits_adds_up_to_the_raw_table(session):
    peopled_town.territory(session)
    peopled_town.staff(session)
    peopled_town.visits(session)
    year = Period(PeriodKind.DAYS, date(2026, 1, 1), date(2027, 1, 1))
    rows = ledger(session, LedgerKind.VISITS, ALL, year, ZONE, datetime(2027, 2, 1, tzinfo=UTC))
    raw = session.execute(
        text(
            "select count(*), sum(dwellings_visited), sum(first_time_dwellings)"
            " from gridsvc.visit where visited_on between '2026-01-01' and '2026-12-31'"
        )
    ).one()
    assert raw[0] > 0
    assert tuple(sums(LedgerKind.VISITS, rows, [TOWN]).loc[TOWN]) == tuple(raw)
    grids = sums(LedgerKind.VISITS, rows, [toy_town.code(1, n) for n in range(1, 6)])
    assert grids["rounds"].sum() <= raw[0]


@pytest.mark.parametrize("kind", list(LedgerKind))
def test_an_empty_ledger_adds_up_to_nothing_and_no_column_is_about_a_person(session, kind):
    case_town.build(session)
    rows = read(session, kind)
    assert rows.empty and sums(kind, rows, [TOWN]).loc[TOWN].tolist() == [0] * len(
        sums(kind, rows, [TOWN]).columns
    )
    assert not [name for name in COLUMNS[kind] if any(word in name for word in PERSONAL)]
