"""Cycles, quarters and their edges, worked out by hand on a calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gridsvc.reports.rules.periods import Period, PeriodKind, before, period_of, reporting_quarter
from gridsvc.reports.rules.rates import Rate, RateKind


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 2, 14), date(2026, 1, 29), date(2026, 2, 14)),
        (date(2026, 2, 15), date(2026, 2, 15), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 2, 15), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 14)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 14)),
        (date(2026, 12, 31), date(2026, 12, 29), date(2027, 1, 14)),
        (date(2027, 1, 1), date(2026, 12, 29), date(2027, 1, 14)),
    ],
)
def test_a_cycle_ends_on_the_fourteenth_and_the_twenty_eighth(day, first, last):
    cycle = period_of(PeriodKind.CYCLE, day)
    assert (cycle.start, cycle.last_day) == (first, last)


def test_a_closing_day_that_a_month_lacks_falls_on_its_last():
    cycle = period_of(PeriodKind.CYCLE, date(2026, 2, 20), closing_days=(15, 31))
    assert (cycle.start, cycle.last_day) == (date(2026, 2, 16), date(2026, 2, 28))


@pytest.mark.parametrize("kind", [kind for kind in PeriodKind if kind is not PeriodKind.DAYS])
def test_periods_follow_each_other_without_gap_or_overlap(kind):
    day, period = date(2024, 1, 1), period_of(kind, date(2024, 1, 1))
    while day < date(2028, 6, 1):
        found = period_of(kind, day)
        assert found.start <= day < found.end
        if found != period:
            assert found.start == period.end and before(found) == period
            period = found
        day += timedelta(days=1)


def test_the_twenty_fifth_belongs_to_the_quarter_when_the_setting_says_so():
    day = date(2026, 3, 25)
    assert reporting_quarter(day).end == date(2026, 3, 26)
    assert reporting_quarter(day, inclusive=False).start == day


def test_days_before_some_days_are_as_many():
    period = Period(PeriodKind.DAYS, date(2026, 5, 1), date(2026, 5, 8))
    assert before(period) == Period(PeriodKind.DAYS, date(2026, 4, 24), date(2026, 5, 1))


def test_a_share_of_two_is_said_to_be_of_few_and_of_none_is_no_share():
    assert Rate(RateKind.RESPONSE, 2, 2).few and not Rate(RateKind.RESPONSE, 20, 20).few
    assert Rate(RateKind.RESPONSE, 0, 0).value is None
    assert not Rate(RateKind.AT_GRID, 0, 0).alarm
