"""Pauses, shares and the ladder, as rules over plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.calendars.rules import Calendar
from gridsvc.incidents.rules import ClockEntryKind, Level, LimitKind
from gridsvc.incidents.rules.clock import (
    Elapsed,
    WorkingTime,
    due,
    extended,
    reached_at,
    resumed,
    share_used,
)
from gridsvc.incidents.rules.clock_ledger import recounted, run_of
from gridsvc.incidents.rules.escalation import ladder, risen, topic

ZONE = ZoneInfo("Asia/Shanghai")
WEEKS = Calendar({}, date(2026, 12, 28))
BY = WorkingTime(WEEKS, ZONE)
MONDAY = datetime(2026, 7, 6, 9, tzinfo=ZONE)
K = ClockEntryKind


@dataclass(frozen=True)
class Line:
    seq: int
    kind: ClockEntryKind
    at: datetime
    due_at: datetime | None = None
    limit_kind: LimitKind | None = None
    limit_count: int | None = None
    uncertain: bool = False


@dataclass(frozen=True)
class Rung:
    prefix: str
    at_percent: int
    tell_role: str
    raises_level: bool = False
    issues_slip: bool = False


def test_half_a_limit_is_half_its_working_time_and_not_a_night_between():
    # Friday 16:00 with four working hours: 1.5 on Friday, 2.5 on Monday.
    start = datetime(2026, 7, 3, 16, tzinfo=ZONE)
    end = due(LimitKind.WORKING_HOURS, 4, start, WEEKS, ZONE).due_at
    assert reached_at(start, end, (), 50, BY) == datetime(2026, 7, 6, 9, 30, tzinfo=ZONE)
    assert reached_at(start, end, (), 100, BY) == end
    assert share_used(start, end, (), datetime(2026, 7, 5, 3, tzinfo=ZONE), BY) == 1.5 / 4


def test_a_share_over_the_limit_goes_on_growing():
    end = MONDAY + timedelta(hours=2)
    assert share_used(MONDAY, end, (), MONDAY + timedelta(hours=4)) == 2.0
    assert reached_at(MONDAY, end, (), 150, Elapsed()) == MONDAY + timedelta(hours=3)


moments = st.integers(0, 60 * 24 * 12).map(lambda n: MONDAY.astimezone(UTC) + timedelta(minutes=n))


@settings(max_examples=80, deadline=None)
@given(days=st.integers(1, 6), between=st.tuples(moments, moments).map(sorted))
def test_a_pause_leaves_exactly_what_was_left_before_it(days, between):
    paused, again = between
    before = due(LimitKind.WORKING_DAYS, days, MONDAY, WEEKS, ZONE).due_at
    after = resumed(before, (paused, again), BY)
    if before <= paused:
        assert after == before
    else:
        assert BY.between(again, after) == BY.between(paused, before)
        used = share_used(MONDAY, before, (), paused, BY)
        assert abs(share_used(MONDAY, after, [(paused, again)], again, BY) - used) < 1e-9


def test_more_time_is_counted_from_the_due_date_that_was():
    first = due(LimitKind.WORKING_DAYS, 1, MONDAY, WEEKS, ZONE).due_at
    assert extended(first, 2, WEEKS, ZONE).due_at == first + timedelta(days=2)


LINES = [
    Line(1, K.START, MONDAY, MONDAY, LimitKind.WORKING_DAYS, 1),
    Line(2, K.STOP, MONDAY + timedelta(hours=1)),
    Line(3, K.START, MONDAY, MONDAY + timedelta(days=2), LimitKind.WORKING_DAYS, 5),
    Line(4, K.PAUSE, MONDAY + timedelta(hours=1)),
]


def test_the_newest_start_begins_the_run_and_a_pause_keeps_the_due_date():
    run = run_of(LINES)
    assert (run.seq, run.running, run.paused_at) == (3, False, MONDAY + timedelta(hours=1))
    assert run.due_at == MONDAY + timedelta(days=2)
    resumed_run = run_of([*LINES, Line(5, K.RESUME, MONDAY + timedelta(hours=2), MONDAY)])
    assert resumed_run.running and len(resumed_run.pauses) == 1
    assert run_of(LINES[:2]).stopped and run_of([]) is None


def test_a_clock_counted_anew_keeps_its_pauses_and_its_extra_days():
    start = datetime(2026, 12, 31, 10, tzinfo=ZONE)
    lines = [
        Line(1, K.START, start, start, LimitKind.WORKING_DAYS, 1, True),
        Line(2, K.EXTEND, start, start, LimitKind.WORKING_DAYS, 1, True),
    ]
    fewer = {date(2027, 1, 1): False}
    known = replace(WEEKS, exceptions=fewer, known_until=date(2027, 12, 28))
    found = recounted(lines, known, ZONE)
    assert not found.uncertain
    assert found.due_at == datetime(2027, 1, 5, 17, 30, tzinfo=ZONE)
    assert recounted(lines, WEEKS, ZONE).due_at == datetime(2027, 1, 4, 17, 30, tzinfo=ZONE)


def test_an_office_with_a_ladder_of_its_own_climbs_that_one_alone():
    rungs = [Rung("", 50, "team"), Rung("520302", 90, "leader"), Rung("520302", 40, "team")]
    assert [one.at_percent for one in ladder(rungs, "520302001001001")] == [40, 90]
    assert [one.at_percent for one in ladder(rungs, "520303001")] == [50]
    assert [one.at_percent for one in ladder(rungs, None)] == [50]


def test_a_level_rises_to_whom_the_rung_calls_in_and_never_falls():
    community, street = Rung("", 100, "community_staff", True), Rung("", 150, "street_staff", True)
    assert risen(Level.GRID, [community]) is Level.COMMUNITY
    assert risen(Level.GRID, [community, street]) is Level.SUBDISTRICT
    assert risen(Level.DISTRICT, [community]) is Level.DISTRICT
    assert risen(Level.GRID, [Rung("", 80, "community_staff")]) is Level.GRID


def test_people_are_told_of_the_gravest_thing():
    assert topic(80, rose=False, slip=False) == "due_soon"
    assert topic(100, rose=False, slip=False) == "overdue"
    assert topic(100, rose=True, slip=False) == "escalated"
    assert topic(200, rose=True, slip=True) == "slip_issued"


def test_a_pause_of_what_was_overdue_already_uses_no_more_of_the_limit() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    due_at, paused_at = start + timedelta(hours=10), start + timedelta(hours=15)
    before = share_used(start, due_at, [], paused_at)
    resumed_at = paused_at + timedelta(hours=8)
    assert share_used(start, due_at, [(paused_at, resumed_at)], resumed_at) == before == 1.5
