"""The ledger of a case's clock on a real database, and the calendar of its place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import peopled_town
import pytest
import toy_town
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.calendars.models import CalendarDay
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.cli import main
from gridsvc.errors import Conflict
from gridsvc.incidents import clock
from gridsvc.incidents.models import Category
from gridsvc.incidents.rules import ClockEntryKind, LimitKind

ZONE = ZoneInfo("Asia/Shanghai")
THURSDAY = datetime(2026, 9, 10, 10, tzinfo=ZONE)
CODE = toy_town.code(1, 1)


@pytest.fixture
def case(session):
    peopled_town.build(session)
    return peopled_town.add_case(session, 0.5, 2.5, CODE)


def kinds(session, case) -> list[str]:
    return [line.kind.value for line in clock.ledger(session, case.id)]


def test_a_category_without_a_limit_has_five_working_days(session, case):
    line = clock.start(session, case, THURSDAY, None)
    assert case.due_at == line.due_at == datetime(2026, 9, 17, 17, 30, tzinfo=ZONE)
    assert case.sweep_at == THURSDAY and not line.uncertain
    assert (line.limit_kind, line.limit_count) == (LimitKind.WORKING_DAYS, 5)


def test_an_emergency_without_a_limit_has_two_hours(session, case):
    session.get_one(Category, case.category_id).emergency_phone = "119"
    line = clock.start(session, case, THURSDAY, None)
    assert line.due_at == THURSDAY + timedelta(hours=2)


def test_a_pause_hides_the_due_date_and_gives_back_what_was_left(session, case):
    clock.start(session, case, THURSDAY, None, limit=(LimitKind.WORKING_HOURS, 4))
    clock.pause(session, case, THURSDAY + timedelta(hours=1), None, "waits for the check")
    assert case.due_at is None and case.sweep_at is None
    assert clock.share(session, case, THURSDAY + timedelta(days=9)) == 0.25
    clock.resume(session, case, datetime(2026, 9, 14, 9, tzinfo=ZONE), None)
    assert case.due_at == datetime(2026, 9, 14, 12, tzinfo=ZONE)
    assert kinds(session, case) == ["start", "pause", "resume"]


def test_every_step_but_a_start_is_safe_to_repeat(session, case):
    assert clock.pause(session, case, THURSDAY, None, "no clock yet") is None
    clock.start(session, case, THURSDAY, None)
    for _ in range(2):
        clock.pause(session, case, THURSDAY, None, "x")
    for _ in range(2):
        clock.resume(session, case, THURSDAY, None)
    for _ in range(2):
        clock.stop(session, case, THURSDAY, None)
    assert kinds(session, case) == ["start", "pause", "resume", "stop"]
    assert clock.resume(session, case, THURSDAY, None) is None


def test_more_time_needs_a_running_clock_and_says_who_and_why(session, case):
    with pytest.raises(Conflict, match="its clock does not run"):
        clock.extend(session, case, 2, THURSDAY, None, "part on order")
    clock.start(session, case, THURSDAY, None, limit=(LimitKind.WORKING_DAYS, 1))
    line = clock.extend(session, case, 2, THURSDAY, None, "part on order")
    assert case.due_at == datetime(2026, 9, 15, 17, 30, tzinfo=ZONE)
    assert (line.kind, line.limit_count, line.reason) == (
        ClockEntryKind.EXTEND,
        2,
        "part on order",
    )


def test_a_stopped_case_keeps_the_due_date_it_is_judged_by(session, case):
    clock.start(session, case, THURSDAY, None, limit=(LimitKind.WORKING_HOURS, 2))
    clock.pause(session, case, THURSDAY + timedelta(hours=1), None, "resolve")
    closed = datetime(2026, 9, 14, 9, tzinfo=ZONE)
    clock.stop(session, case, closed, None)
    # It had an hour left when it was resolved, however long the check took.
    assert case.due_at == closed + timedelta(hours=1) and case.sweep_at is None


@pytest.mark.parametrize("change", ["update gridsvc.clock_entry set reason = 'x'",
                                    "delete from gridsvc.clock_entry"])  # fmt: skip
def test_the_ledger_cannot_be_rewritten(session, case, change):
    clock.start(session, case, THURSDAY, None)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(change))


def test_the_longest_prefix_decides_whether_an_office_works(session, case):
    day = date(2026, 9, 11)
    for prefix, worked in (("", False), ("520302", True), (CODE[:9], False)):
        session.add(CalendarDay(prefix=prefix, day=day, worked=worked, reason="test"))
    session.flush()
    assert [
        calendar_for(session, code, THURSDAY).is_worked(day)
        for code in (None, "520303", "520302", "520302002", CODE)
    ] == [False, False, True, True, False]
    clock.start(session, case, THURSDAY, None, limit=(LimitKind.WORKING_DAYS, 1))
    assert case.due_at == datetime(2026, 9, 14, 17, 30, tzinfo=ZONE)


def test_every_connection_knows_the_zone_of_the_office(session):
    assert office_zone(session) == ZONE


def test_an_office_sets_and_clears_a_day_by_command(fresh_database, monkeypatch):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(fresh_database.home))

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["calendar", *words])
        return done.exit_code, done.output

    shown = ("show", "--in", "520302", "--from", "2026-09-14", "--days", "5")
    assert run("set", "2026-09-16", "--off", "--reason", "move", "--in", "520302")[0] == 0
    assert run(*shown)[1].startswith("2026-09-16 Wed  off     move\n")
    assert run("clear", "2026-09-16", "--in", "520302")[0] == 0
    assert run(*shown)[1].startswith("Holidays are published until")
    assert run("add-festival", "2026-09-16", "庙会", "--in", "520302")[0] == 0
    assert "2026-09-16 Wed  庙会  (own, no. 1)\n" in run(*shown)[1]
    assert "庙会" not in run(*shown[:1], *shown[3:])[1]
    assert "中秋节 Mid-Autumn Festival" in run(*shown[:-1], "20")[1]
    assert run("remove-festival", "1")[0] == 0 and run("remove-festival", "1")[0] == 2
    assert run("clear", "2026-09-16") == (2, "Nothing is set for 2026-09-16 below “”.\n")
    assert run("set", "2026-09-16", "--off", "--reason", "x", "--in", "x")[0] == 2
