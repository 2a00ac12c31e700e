"""Closing a period: exactly once, with figures that can be counted again to the last byte."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import case_town
import peopled_town
import pytest
from case_town import GRID, NOW, TOWN, report, resolved
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict, NotAllowed, RuleViolation
from gridsvc.reports import closing_days, cycles
from gridsvc.reports.models import ReportPack
from gridsvc.reports.rules.closing import ClosingRule
from gridsvc.reports.rules.periods import PeriodKind

ZONE = ZoneInfo("Asia/Shanghai")
CYCLE = PeriodKind.CYCLE
FIRST = date(2026, 9, 15)
#: The morning after the 28th of September, in the office.
AFTER = datetime(2026, 9, 29, 0, 30, tzinfo=UTC)


@pytest.fixture
def people(session):
    case_town.build(session)
    return case_town.cast(session)


def at_work(session, people):
    """Two reported and one of them resolved in the cycle; one of the next stays unseen."""
    done = report(session, people.reporter).incident
    resolved(session, done, people)
    report(session, people.reporter)


def whole(pack: ReportPack) -> dict:
    return cycles.read(pack)["places"][TOWN]


def test_a_closed_cycle_tells_what_came_and_what_rolled_over(session, people):
    at_work(session, people)
    pack = cycles.close(session, TOWN, CYCLE, FIRST, people.street, AFTER)
    assert (pack.starts_on, pack.ends_on) == (FIRST, date(2026, 9, 29))
    told = whole(pack)
    assert (told["rolled_in"], told["collected"], told["handled"]) == (0, 2, 1)
    assert (told["rolled_over"], told["overdue"]) == (2, 1)
    assert cycles.read(pack)["places"][GRID[:12]] == told
    assert told["rates"]["resolution"] == [1, 2]


def test_what_rolled_over_rolls_into_the_next(session, people):
    at_work(session, people)
    cycles.close(session, TOWN, CYCLE, FIRST, people.street, AFTER)
    later = AFTER + timedelta(days=16)
    second = cycles.close(session, TOWN, CYCLE, date(2026, 9, 29), people.street, later)
    assert (whole(second)["rolled_in"], whole(second)["collected"]) == (2, 0)
    assert second.ends_on == date(2026, 10, 15)


def test_counted_again_later_the_figures_are_the_same_byte_by_byte(session, people):
    at_work(session, people)
    pack = cycles.close(session, TOWN, CYCLE, FIRST, people.street, AFTER)
    case = report(session, people.reporter, AFTER + timedelta(hours=1)).incident
    resolved(session, case, people)
    assert cycles.counted_again(session, pack) == pack.figures


def test_closed_by_hand_on_its_last_day_it_ends_there_and_the_next_begins(session, people):
    at_work(session, people)
    afternoon = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
    pack = cycles.close(session, TOWN, CYCLE, FIRST, people.street, afternoon)
    assert pack.until == pack.as_of == afternoon - timedelta(minutes=2)
    coming = cycles.next_of(session, TOWN, CYCLE, afternoon)
    assert coming and (coming.since, coming.period.start) == (pack.until, date(2026, 9, 29))


def test_no_period_is_closed_before_its_last_day_or_by_another_office(session, people):
    at_work(session, people)
    with pytest.raises(RuleViolation, match="2026-09-28"):
        cycles.close(session, TOWN, CYCLE, FIRST, people.street, NOW)
    with pytest.raises(RuleViolation, match="begins on 2026-09-14"):
        cycles.close(session, TOWN, CYCLE, date(2026, 9, 14), people.street, AFTER)
    with pytest.raises(NotAllowed):
        cycles.close(session, TOWN, CYCLE, FIRST, people.leader, AFTER)


def test_a_pack_can_be_neither_changed_nor_removed(session, people):
    at_work(session, people)
    cycles.close(session, TOWN, CYCLE, FIRST, people.street, AFTER)
    for statement in ("update gridsvc.report_pack set figures = '{}'",
                      "delete from gridsvc.report_pack"):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))


def test_an_offices_own_days_hold_from_the_next_period_and_keep_their_history(session, people):
    at_work(session, people)
    rule = ClosingRule((10, 25), 20, inclusive=False)
    closing_days.change_rule(session, TOWN, rule, "as the district asks", people.street, AFTER)
    pack = cycles.close(session, TOWN, CYCLE, FIRST, people.street, AFTER)
    assert pack.ends_on == date(2026, 9, 29), "the running cycle keeps its end"
    coming = cycles.next_of(session, TOWN, CYCLE, AFTER)
    assert coming and coming.period.last_day == date(2026, 10, 10)
    assert [one.reason for one in closing_days.rules_of(session, TOWN)] == ["as the district asks"]
    with pytest.raises(BadInput):
        closing_days.change_rule(session, TOWN, ClosingRule((31, 31)), "x", people.street, AFTER)
    with pytest.raises(NotAllowed):
        closing_days.change_rule(session, "", rule, "x", people.street, AFTER)


def test_whatever_is_over_closes_by_itself_and_once(session, people):
    at_work(session, people)
    january = datetime(2027, 1, 1, 1, tzinfo=UTC)
    assert cycles.close_due_of(session, TOWN, AFTER) == 2, "a cycle and a quarter"
    assert cycles.close_due_of(session, TOWN, january) == 9
    kinds = {kind: len(cycles.packs(session, TOWN, kind)) for kind in PeriodKind}
    assert (kinds[CYCLE], kinds[PeriodKind.QUARTER], kinds[PeriodKind.HALF_YEAR]) == (7, 2, 1)
    assert kinds[PeriodKind.YEAR] == 1
    assert cycles.close_due_of(session, TOWN, january) == 0


def test_nothing_is_closed_where_nothing_was_ever_recorded(session):
    peopled_town.territory(session)
    assert cycles.close_due_of(session, TOWN, AFTER) == 0


def test_of_two_clerks_who_close_at_once_one_does_and_the_other_is_told(fresh_database):
    engine = make_engine(fresh_database, pool_size=4)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        at_work(session, case_town.cast(session))
    told, gate = [], threading.Barrier(2)

    def clerk() -> None:
        with sessions() as session:
            gate.wait()
            try:
                cycles.close(session, TOWN, CYCLE, FIRST, None, AFTER)
                session.commit()
                told.append("closed")
            except Conflict:
                told.append("told")

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert sorted(told) == ["closed", "told"]
    with sessions() as session:
        assert len(cycles.packs(session, TOWN)) == 1
    engine.dispose()
