"""When periods close: February, weekends, the 25th, and an office's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridsvc.reports.rules.closing import (
    ClosingRule,
    closing_period,
    is_due,
    may_close,
    rule_fault,
    stretch,
)
from gridsvc.reports.rules.periods import Period, PeriodKind

ZONE = ZoneInfo("Asia/Shanghai")
RULE = ClosingRule()


@pytest.mark.parametrize(
    ("kind", "day", "rule", "start", "last"),
    [
        (PeriodKind.CYCLE, date(2026, 2, 20), RULE, date(2026, 2, 15), date(2026, 2, 28)),
        (PeriodKind.CYCLE, date(2028, 2, 29), RULE, date(2028, 2, 29), date(2028, 3, 14)),
        (PeriodKind.CYCLE, date(2026, 2, 20), ClosingRule((15, 31)), date(2026, 2, 16),
         date(2026, 2, 28)),
        (PeriodKind.QUARTER, date(2026, 12, 25), RULE, date(2026, 9, 26), date(2026, 12, 25)),
        (PeriodKind.QUARTER, date(2026, 12, 25), ClosingRule(inclusive=False), date(2026, 12, 25),
         date(2027, 3, 24)),
        (PeriodKind.YEAR, date(2026, 1, 1), RULE, date(2025, 12, 26), date(2026, 12, 25)),
    ],
)  # fmt: skip
def test_a_period_ends_on_the_offices_days(kind, day, rule, start, last):
    period = closing_period(kind, day, rule)
    assert (period.start, period.last_day) == (start, last)


@pytest.mark.parametrize("kind", [PeriodKind.CYCLE, PeriodKind.QUARTER, PeriodKind.HALF_YEAR])
def test_periods_follow_each_other_without_a_day_between(kind):
    day = date(2026, 1, 1)
    while day < date(2029, 1, 1):
        period = closing_period(kind, day, RULE)
        assert period.start <= day < period.end
        assert closing_period(kind, period.end, RULE).start == period.end
        day = period.end


def test_a_saturday_closes_like_any_day_when_its_records_have_settled():
    period = Period(PeriodKind.CYCLE, date(2026, 11, 15), date(2026, 11, 29))
    midnight = datetime(2026, 11, 28, 16, tzinfo=UTC)
    assert not is_due(period, midnight + timedelta(seconds=119), ZONE)
    assert is_due(period, midnight + timedelta(minutes=2), ZONE)
    assert may_close(period, midnight - timedelta(hours=1), ZONE)
    assert not may_close(period, midnight - timedelta(days=1), ZONE)
    assert stretch(period, None, midnight - timedelta(hours=1), ZONE).until < midnight


@pytest.mark.parametrize(("days", "quarter_day", "fault"), [
    ((), 25, "closing_days"), ((0, 14), 25, "closing_days"), ((14, 14), 25, "closing_days"),
    ((14, 28), 29, "quarter_day"), ((14, 28), 25, None),
])  # fmt: skip
def test_days_that_no_month_has_are_no_rule(days, quarter_day, fault):
    assert rule_fault(days, quarter_day) == fault
