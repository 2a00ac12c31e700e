"""Rates by hand on a few cases, and every rate again with plain pandas from the raw tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import case_town
import pandas as pd
import pytest
from case_town import NOW, TOWN, report, resolved, step
from sqlalchemy import text
from sqlalchemy.orm import Session
from undone import undone

from gridsvc.accounts.rules import Scope
from gridsvc.demo.load import load_demo
from gridsvc.incidents.rules import Outcome
from gridsvc.reports.case_facts import by_division, case_facts, counted_in, rates
from gridsvc.reports.rules.periods import Period, PeriodKind, period_of
from gridsvc.reports.rules.rates import RateKind

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
#: Wednesday to Wednesday; a case of NOW is due on Friday.
WEEK = Period(PeriodKind.DAYS, date(2026, 9, 16), date(2026, 9, 23))
TODAY = Period(PeriodKind.DAYS, date(2026, 9, 16), date(2026, 9, 17))
LATER = datetime(2026, 9, 30, tzinfo=UTC)


@pytest.fixture
def people(session):
    case_town.build(session)
    return case_town.cast(session)


def counted(session: Session, period: Period = WEEK, as_of: datetime = LATER) -> dict:
    facts = case_facts(session, Scope((TOWN,)), *period.bounds(ZONE), as_of)
    found = rates(counted_in(facts, period, ZONE))
    return {one.kind: (one.numerator, one.denominator) for one in found}


def closed(session, people, at=NOW, **more):
    case = report(session, people.reporter, at, **more).incident
    step(session, case, "claim", people.member, at)
    step(session, case, "resolve", people.member, at, outcome=Outcome.SOLVED)
    step(session, case, "verify", people.community, at)
    return step(session, case, "close", people.community, at)


def test_a_case_in_time_counts_where_it_was_due_and_not_where_it_was_reported(session, people):
    closed(session, people)
    assert counted(session)[RateKind.ON_TIME] == (1, 1)
    assert counted(session, TODAY)[RateKind.ON_TIME] == (0, 0)
    assert counted(session, TODAY)[RateKind.RESOLUTION] == (1, 1)


def test_a_case_resolved_after_it_was_due_or_never_is_not_in_time(session, people):
    late = report(session, people.reporter).incident
    report(session, people.reporter)
    step(session, late, "claim", people.member, NOW + 5 * DAY)
    step(session, late, "resolve", people.member, NOW + 5 * DAY, outcome=Outcome.SOLVED)
    assert counted(session)[RateKind.ON_TIME] == (0, 2)
    assert counted(session)[RateKind.RESPONSE] == (1, 2)


def test_what_is_due_later_in_a_period_that_still_runs_has_not_been_missed(session, people):
    report(session, people.reporter)
    assert counted(session, as_of=NOW + timedelta(hours=1))[RateKind.ON_TIME] == (0, 0)
    assert counted(session)[RateKind.ON_TIME] == (0, 1)


def test_what_was_sent_back_is_rework_and_is_not_resolved_until_it_is_again(session, people):
    case = resolved(session, report(session, people.reporter).incident, people)
    step(session, case, "rework", people.community, NOW + DAY, note="still there")
    assert counted(session)[RateKind.RESOLUTION] == (0, 1)
    assert counted(session)[RateKind.REWORK] == (0, 0)
    step(session, case, "resolve", people.member, NOW + 2 * DAY, outcome=Outcome.SOLVED)
    assert counted(session)[RateKind.REWORK] == (1, 1)


def test_a_case_that_rose_is_not_solved_at_the_grid(session, people):
    closed(session, people)
    risen = report(session, people.reporter).incident
    step(session, risen, "claim", people.member)
    step(session, risen, "escalate", people.member, note="too big for us")
    step(session, risen, "resolve", people.member, outcome=Outcome.REFERRED, note="to the street")
    step(session, risen, "verify", people.street)
    step(session, risen, "close", people.street)
    assert counted(session)[RateKind.AT_GRID] == (1, 2)


def test_a_figure_asked_as_of_its_day_stays_as_it_was_printed(session, people):
    case = report(session, people.reporter).incident
    printed = counted(session, as_of=NOW + timedelta(hours=1))
    step(session, case, "claim", people.member, NOW + DAY)
    step(session, case, "resolve", people.member, NOW + DAY, outcome=Outcome.SOLVED)
    report(session, people.reporter, NOW + DAY)
    assert counted(session, as_of=NOW + timedelta(hours=1)) == printed
    assert counted(session)[RateKind.RESOLUTION] == (1, 2)


def test_a_period_read_within_a_longer_span_is_the_same(session, people):
    closed(session, people)
    month = period_of(PeriodKind.MONTH, date(2026, 9, 1))
    facts = case_facts(session, Scope((TOWN,)), *month.bounds(ZONE), LATER)
    found = rates(counted_in(facts, TODAY, ZONE))
    assert {one.kind: (one.numerator, one.denominator) for one in found} == counted(session, TODAY)


def test_a_merged_case_is_counted_with_the_one_that_it_went_into(session, people):
    first = report(session, people.reporter).incident
    again = report(session, people.reporter).incident
    step(session, again, "merge", people.community, into_id=first.id)
    assert counted(session)[RateKind.RESOLUTION] == (0, 1)


def test_a_reopened_case_is_open_and_its_taps_of_satisfaction_count_when_they_were_made(
    session, people
):
    case = closed(session, people)
    step(session, case, "rate", people.reporter, NOW + DAY, rating=3)
    assert counted(session)[RateKind.SATISFACTION] == (1, 1)
    assert counted(session, TODAY)[RateKind.SATISFACTION] == (0, 0)
    step(session, case, "reopen", people.community, NOW + 2 * DAY, note="it is back")
    assert counted(session)[RateKind.RESOLUTION] == (0, 1)


@pytest.fixture(scope="module")
def town(engine):
    with undone(engine) as session:
        load_demo(session, now=NOW)
        yield session


@pytest.fixture(scope="module")
def raw(town):
    names = ("incident", "incident_event", "clock_entry")
    tables = [pd.read_sql(text(f"select * from gridsvc.{one}"), town.connection()) for one in names]
    return [tables[0], *(table[table["at"] <= NOW] for table in tables[1:])]


@pytest.mark.parametrize("kind", [PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.CYCLE])
def test_every_rate_of_every_community_equals_plain_pandas(town, raw, kind):
    period = period_of(kind, date(2026, 8, 20))
    facts = counted_in(case_facts(town, Scope(("",)), *period.bounds(ZONE), NOW), period, ZONE)
    communities = ["", *sorted(set(facts["code"].str[:12]))[1:3]]
    counted = by_division(facts, communities)
    for code in communities:
        expected = _recomputed(*raw, code, period)
        assert {r.kind: (r.numerator, r.denominator) for r in counted[code]} == expected


def _recomputed(cases, events, clock, code: str, period: Period) -> dict:
    """Walk each case's history step by step, as a person with the tables would."""
    since, until = (moment.astimezone(UTC) for moment in period.bounds(ZONE))
    tally = {kind: [0, 0] for kind in RateKind}

    def count(kind, inside: bool, hit: bool):
        tally[kind][1] += inside
        tally[kind][0] += inside and hit

    own = cases[cases.grid_code.fillna(cases.division_code).str.startswith(code)]
    steps = {key: rows.sort_values("seq") for key, rows in events.groupby("incident_id")}
    lines = {key: rows.sort_values("seq") for key, rows in clock.groupby("incident_id")}
    for case in own.itertuples():
        told = steps[case.id]
        last = told.iloc[-1]
        if last.to_status == "merged":
            continue
        taken = told.action.isin(["claim", "accept", "resolve", "close"]).any()
        done = last.to_status in ("resolved", "verified", "closed")
        solved = told[told.action == "resolve"]["at"]
        shut = told[(told.to_status == "closed") & (told.from_status != "closed")]["at"]
        end = None if not done else solved.iloc[-1] if len(solved) else shut.iloc[-1]
        given = lines[case.id].due_at.dropna() if case.id in lines else pd.Series(dtype=object)
        due = given.iloc[-1] if len(given) else None
        rated = told[told.action == "rate"]
        reported = since <= case.reported_at < until
        was_due = due and since <= due < until and due <= NOW
        count(RateKind.RESPONSE, reported, taken)
        count(RateKind.RESOLUTION, reported, done)
        count(RateKind.RETURN, reported, (told.action == "return").any())
        count(RateKind.ON_TIME, bool(was_due), end is not None and bool(was_due) and end <= due)
        count(RateKind.EXTENSION, bool(was_due), (told.action == "grant_extension").any())
        fell = end is not None and since <= end < until
        count(RateKind.REWORK, fell, (told.action == "rework").any())
        ended = last.to_status == "closed" and since <= shut.iloc[-1] < until
        count(RateKind.AT_GRID, ended, case.level == "grid")
        if len(rated) and since <= rated.iloc[-1]["at"] < until:
            count(RateKind.SATISFACTION, True, int(rated.iloc[-1].detail["rating"]) >= 2)
    return {kind: tuple(pair) for kind, pair in tally.items()}
