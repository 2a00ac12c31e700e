"""Sixty-eight limits worked out by hand over the published calendars of 2025 and 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridsvc.calendars.queries import _national, known_until
from gridsvc.calendars.rules import Calendar
from gridsvc.errors import RuleViolation
from gridsvc.incidents.rules import LimitKind
from gridsvc.incidents.rules.clock import due

SHANGHAI = ZoneInfo("Asia/Shanghai")

# General Office of the State Council, notices of 12 November 2024 (2025) and 4 November 2025
# (2026): first and last day off, then the weekend days worked instead.
OFF = [
    ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]  # fmt: skip
MADE_UP = [
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]  # fmt: skip


def published() -> dict[date, bool]:
    """Return the notices day by day."""
    days = {date.fromisoformat(day): True for day in MADE_UP}
    for first, last in OFF:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            days[day] = False
            day += timedelta(days=1)
    return days


CALENDAR = Calendar(published(), date(2026, 12, 28))
D, H, S, W, NOW = (
    LimitKind.WORKING_DAYS,
    LimitKind.WORKING_HOURS,
    LimitKind.SAME_DAY,
    LimitKind.WORKING_WEEK,
    LimitKind.IMMEDIATE,
)

# Kind, count, reported, due; hours are 09:00-12:00 and 14:00-17:30.
TABLE = [
    # An ordinary week's end
    (D, 1, "2025-01-10 10:00", "2025-01-13 17:30"),
    (D, 1, "2025-01-10 17:40", "2025-01-13 17:30"),
    (H, 4, "2025-01-10 16:00", "2025-01-13 11:30"),
    (H, 2, "2025-01-10 17:40", "2025-01-13 11:00"),
    (S, None, "2025-01-10 16:59", "2025-01-10 17:30"),
    (S, None, "2025-01-10 17:30", "2025-01-13 17:30"),
    (S, None, "2025-01-11 10:00", "2025-01-13 17:30"),
    # Spring Festival 2025: Sunday 26 January and Saturday 8 February are worked
    (S, None, "2025-01-26 10:00", "2025-01-26 17:30"),
    (S, None, "2025-01-25 12:00", "2025-01-26 17:30"),
    (D, 1, "2025-01-24 17:40", "2025-01-26 17:30"),
    (D, 2, "2025-01-24 17:40", "2025-01-27 17:30"),
    (D, 3, "2025-01-24 10:00", "2025-02-05 17:30"),
    (D, 5, "2025-01-27 09:00", "2025-02-10 17:30"),
    (W, 1, "2025-01-27 09:00", "2025-02-10 17:30"),
    (H, 4, "2025-01-27 16:00", "2025-02-05 11:30"),
    (S, None, "2025-01-29 08:00", "2025-02-05 17:30"),
    (NOW, 1, "2025-01-29 02:15", "2025-01-29 03:15"),
    (D, 10, "2025-01-24 10:00", "2025-02-13 17:30"),
    (D, 1, "2025-02-07 15:00", "2025-02-08 17:30"),
    (H, 8, "2025-02-07 14:00", "2025-02-08 15:30"),
    # Qingming, Labour Day (Sunday 27 April is worked) and the Dragon Boat Festival 2025
    (D, 2, "2025-04-03 11:00", "2025-04-08 17:30"),
    (H, 3, "2025-04-03 16:30", "2025-04-07 11:00"),
    (D, 1, "2025-04-26 09:30", "2025-04-27 17:30"),
    (D, 3, "2025-04-25 09:30", "2025-04-29 17:30"),
    (D, 5, "2025-04-25 18:00", "2025-05-06 17:30"),
    (S, None, "2025-04-30 17:31", "2025-05-06 17:30"),
    (H, 6, "2025-04-30 15:00", "2025-05-06 14:30"),
    (W, 1, "2025-04-30 10:00", "2025-05-12 17:30"),
    (D, 1, "2025-05-30 10:00", "2025-06-03 17:30"),
    (D, 2, "2025-06-01 12:00", "2025-06-04 17:30"),
    (S, None, "2025-06-02 10:00", "2025-06-03 17:30"),
    # Four plain weeks
    (D, 20, "2025-06-30 09:00", "2025-07-28 17:30"),
    # National Day and Mid-Autumn 2025: 28 September and 11 October are worked
    (D, 3, "2025-09-26 16:00", "2025-09-30 17:30"),
    (D, 4, "2025-09-26 16:00", "2025-10-09 17:30"),
    (D, 5, "2025-09-30 17:40", "2025-10-14 17:30"),
    (W, 2, "2025-09-30 09:00", "2025-10-21 17:30"),
    (S, None, "2025-10-11 13:00", "2025-10-11 17:30"),
    (H, 1, "2025-10-11 11:30", "2025-10-11 14:30"),
    (H, 1, "2025-10-11 17:00", "2025-10-13 09:30"),
    (NOW, 2, "2025-10-03 23:30", "2025-10-04 01:30"),
    # Over New Year 2026: Sunday 4 January is worked
    (D, 1, "2025-12-31 10:00", "2026-01-04 17:30"),
    (D, 2, "2025-12-31 18:00", "2026-01-05 17:30"),
    (H, 4, "2025-12-31 15:30", "2026-01-04 11:00"),
    (S, None, "2026-01-01 09:00", "2026-01-04 17:30"),
    # Spring Festival 2026: Saturdays 14 and 28 February are worked
    (D, 1, "2026-02-13 17:40", "2026-02-14 17:30"),
    (D, 2, "2026-02-13 09:00", "2026-02-24 17:30"),
    (D, 5, "2026-02-13 10:00", "2026-02-27 17:30"),
    (D, 6, "2026-02-13 10:00", "2026-02-28 17:30"),
    (H, 7, "2026-02-14 14:00", "2026-02-24 14:30"),
    (W, 1, "2026-02-18 10:00", "2026-02-28 17:30"),
    (D, 10, "2026-02-12 11:00", "2026-03-04 17:30"),
    # The rest of 2026
    (D, 1, "2026-04-03 12:30", "2026-04-07 17:30"),
    (D, 2, "2026-04-30 17:00", "2026-05-07 17:30"),
    (D, 4, "2026-04-30 17:00", "2026-05-09 17:30"),
    (H, 2, "2026-05-08 16:00", "2026-05-09 09:30"),
    (D, 1, "2026-06-18 10:00", "2026-06-22 17:30"),
    (H, 13, "2026-07-06 09:00", "2026-07-07 17:30"),
    (S, None, "2026-09-20 08:00", "2026-09-20 17:30"),
    (D, 3, "2026-09-24 10:00", "2026-09-30 17:30"),
    (D, 5, "2026-09-30 10:00", "2026-10-13 17:30"),
    (H, 6, "2026-09-30 17:00", "2026-10-08 16:30"),
    (D, 1, "2026-10-09 10:00", "2026-10-10 17:30"),
    # Nights in which Europe shifts its clocks and China does not
    (D, 1, "2026-03-27 10:00", "2026-03-30 17:30"),
    (NOW, None, "2026-03-29 00:30", "2026-03-29 01:30"),
    # The year's end, up to where the calendar is settled
    (D, 2, "2026-12-24 10:00", "2026-12-28 17:30"),
    (NOW, 1, "2026-12-31 23:30", "2027-01-01 00:30"),
]
# Beyond it the week alone is counted.
UNCERTAIN = [
    (D, 5, "2026-12-24 10:00", "2026-12-31 17:30"),
    (D, 3, "2026-12-31 10:00", "2027-01-05 17:30"),
]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("kind", "count", "start", "expected"), TABLE)
def test_a_limit_ends_when_the_hand_made_table_says(kind, count, start, expected):
    found = due(kind, count, local(start), CALENDAR, SHANGHAI)
    assert (found.due_at, found.uncertain) == (local(expected), False)
    assert found.due_at.tzinfo is UTC


@pytest.mark.parametrize(("kind", "count", "start", "expected"), UNCERTAIN)
def test_beyond_the_published_days_weekends_are_counted_and_flagged(kind, count, start, expected):
    found = due(kind, count, local(start), CALENDAR, SHANGHAI)
    assert (found.due_at, found.uncertain) == (local(expected), True)


def test_the_source_says_what_the_notices_of_both_years_say():
    source = {day: worked for day, worked in _national().items() if day.year in (2025, 2026)}
    assert source == published()


def test_the_source_does_not_vouch_for_days_that_the_next_notice_can_change():
    assert (known_until().month, known_until().day) == (12, 28)
    assert max(_national()).year == known_until().year


def test_a_calendar_without_any_worked_day_is_refused_and_not_walked_for_ever():
    closed = {date(2026, 1, 1) + timedelta(days=n): False for n in range(800)}
    with pytest.raises(RuleViolation, match="No day is worked"):
        due(D, 1, local("2026-01-01 10:00"), Calendar(closed, date(2026, 12, 28)), SHANGHAI)


def test_working_time_counts_both_halves_of_a_day_and_not_the_noon_between():
    by = CALENDAR.worked_between
    assert by(local("2026-07-06 08:00"), local("2026-07-06 20:00"), SHANGHAI) == timedelta(
        hours=6.5
    )
    assert by(local("2026-07-06 11:00"), local("2026-07-06 15:00"), SHANGHAI) == timedelta(hours=2)
    assert by(local("2026-07-07 09:00"), local("2026-07-06 09:00"), SHANGHAI) == timedelta(0)


def test_summer_time_elsewhere_shifts_no_working_hour():
    berlin = ZoneInfo("Europe/Berlin")
    calendar = Calendar({}, date(2026, 12, 28), ((time(0), time(23)),))
    # Clocks went forward at 2 on Sunday 29 March 2026; from Friday 22:00 two hours are left.
    start = datetime(2026, 3, 27, 22, tzinfo=berlin)
    assert calendar.after(start, timedelta(hours=2), berlin) == datetime(
        2026, 3, 30, 1, tzinfo=berlin
    )
