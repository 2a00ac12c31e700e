"""A case is near its limit from the moment at which its new team can begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridsvc.plans.publishing.rules import is_near

NOW = datetime(2026, 9, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_limit_is_near_counted_from_the_later_of_now_and_the_day_that_the_map_begins() -> None:
    midnight_past, midnight_ahead = NOW - 12 * HOUR, NOW + 36 * HOUR
    assert is_near(NOW + 23 * HOUR, NOW, midnight_past)
    assert not is_near(NOW + 25 * HOUR, NOW, midnight_past)
    assert is_near(NOW + 59 * HOUR, NOW, midnight_ahead)
    assert not is_near(NOW + 61 * HOUR, NOW, midnight_ahead)
    assert not is_near(None, NOW, midnight_past)
