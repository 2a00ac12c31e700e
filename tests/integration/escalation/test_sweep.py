"""What falls due climbs rung by rung, and goes on after a fault."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import case_town
import peopled_town
import pytest
from click.testing import CliRunner
from overdue import START, ZONE, one_case, told
from sqlalchemy import select, text

from gridsvc.accounts.models import UserAccount
from gridsvc.calendars import queries as calendars
from gridsvc.cli import main
from gridsvc.errors import Conflict, NotAllowed
from gridsvc.incidents import clock, history
from gridsvc.incidents.escalation import ladder, slips, sweep
from gridsvc.incidents.models import Escalation, EscalationStep, Incident, SupervisionSlip
from gridsvc.incidents.rules import Level, LimitKind


def test_a_case_climbs_rung_by_rung_and_each_tells_its_own_people_once(sessions):
    number = one_case(sessions)
    seen = []
    # Of 13 hours, half is used on Thursday's evening, 80 % on Friday at 14:54.
    for at, rungs in (
        (datetime(2026, 9, 10, 17, 29, tzinfo=ZONE), 0),
        (datetime(2026, 9, 11, 9, 0, tzinfo=ZONE), 1),
        (datetime(2026, 9, 11, 14, 0, tzinfo=ZONE), 0),
        (datetime(2026, 9, 11, 15, 0, tzinfo=ZONE), 2),
        (datetime(2026, 9, 11, 17, 30, tzinfo=ZONE), 1),
        (datetime(2026, 9, 12, 12, 0, tzinfo=ZONE), 0),
        (datetime(2026, 9, 14, 17, 30, tzinfo=ZONE), 1),
        (datetime(2026, 9, 15, 17, 30, tzinfo=ZONE), 1),
        (datetime(2026, 9, 30, 17, 30, tzinfo=ZONE), 0),
    ):
        assert sweep.tick(sessions, at).rungs == rungs, at
        with sessions() as session:
            seen.append(session.get_one(Incident, number).level)
    L = Level
    assert seen == [*[L.GRID] * 4, L.COMMUNITY, L.COMMUNITY, L.SUBDISTRICT, L.DISTRICT, L.DISTRICT]
    team = {"leader", "team_member"}
    assert told(sessions) == [
        ("due_soon", team),
        ("due_soon", {"leader", "community_staff"}),
        ("escalated", {"community_staff"}),
        ("escalated", {"street_staff"}),
        ("slip_issued", team | {"district"}),
    ]
    with sessions() as session:
        assert history.broken(session, [number]) == set()
        steps = session.execute(
            text("select action, detail->>'to_level' from gridsvc.incident_event"
                 " where incident_id = :number order by seq"), {"number": number}
        ).all()  # fmt: skip
        assert steps == [
            ("reported", None), ("escalate", "community"), ("escalate", "subdistrict"),
            ("escalate", "district"), ("supervise", None),
        ]  # fmt: skip


def test_after_a_standstill_all_rungs_are_recorded_and_people_are_told_once(sessions):
    number = one_case(sessions)
    done = sweep.tick(sessions, peopled_town.NOW + timedelta(days=3))
    assert (done.rungs, done.raised, done.slips) == (6, 1, 1)
    assert [topic for topic, _ in told(sessions)] == ["slip_issued"]
    with sessions() as session:
        assert session.get_one(Incident, number).sweep_at is None


def test_a_paused_or_ended_case_climbs_nothing_and_a_new_start_climbs_anew(sessions):
    number = one_case(sessions)
    late = START + timedelta(days=30)
    with sessions.begin() as session:
        case = session.get_one(Incident, number)
        clock.pause(session, case, START + timedelta(minutes=5), None, "resolve")
    assert sweep.tick(sessions, late).rungs == 0
    with sessions.begin() as session:
        clock.start(session, session.get_one(Incident, number), START, None)
    assert sweep.tick(sessions, late).rungs == 6
    with sessions.begin() as session:
        clock.start(session, session.get_one(Incident, number), START, None)
    assert sweep.tick(sessions, late).rungs == 6
    with sessions() as session:
        assert Counter(session.scalars(select(Escalation.clock_seq))) == {3: 6, 4: 6}


def test_a_changed_ladder_is_climbed_by_cases_that_run(sessions):
    one_case(sessions)
    late = START + timedelta(days=60)
    assert sweep.tick(sessions, late).rungs == 6
    assert sweep.tick(sessions, late).cases == 0
    with sessions.begin() as session:
        for percent in (300, 9_00):
            session.add(
                EscalationStep(
                    prefix="", at_percent=percent, tell_role="district",
                    made_at=START + timedelta(days=10),
                )
            )  # fmt: skip
        session.flush()
        session.execute(text("update gridsvc.incident set sweep_at = :late where due_at"
                             " is not null and sweep_at is not null"), {"late": late})  # fmt: skip
    # It had passed 300 % on the fifth day, before the rung was made: nobody is told of that.
    assert sweep.tick(sessions, late).rungs == 1
    with sessions() as session:
        climbed = select(EscalationStep.at_percent).join(Escalation).order_by(Escalation.at.desc())
        assert 900 in set(session.scalars(climbed)) and 300 not in set(session.scalars(climbed))


def test_a_case_that_cannot_be_worked_through_holds_up_no_other(sessions, monkeypatch):
    bad, good = one_case(sessions), one_case(sessions)

    def climb(session, incidents, now, around):
        if bad in {one.id for one in incidents}:
            session.execute(text("select 1 / 0"))
        return real(session, incidents, now, around)

    real = ladder.climb
    monkeypatch.setattr(sweep, "climb", climb)
    late = START + timedelta(days=30)
    done = sweep.tick(sessions, late)
    assert (done.failed, done.rungs) == (1, 6)
    with sessions() as session:
        assert session.get_one(Incident, bad).sweep_at == late + sweep.RETRY
        assert session.get_one(Incident, good).sweep_at is None


def test_an_uncertain_due_date_is_counted_anew_once_the_holidays_are_known(sessions, monkeypatch):
    start = datetime(2026, 12, 30, 10, tzinfo=ZONE)
    number = one_case(sessions, start=start, limit=(LimitKind.WORKING_DAYS, 3))
    with sessions() as session:
        case = session.get_one(Incident, number)
        assert case.due_at == datetime(2027, 1, 4, 17, 30, tzinfo=ZONE)
        assert clock.ledger(session, number)[-1].uncertain
    assert sweep.tick(sessions, start).recounted == 0
    # The notice of 2027, made up: 1 January is off, Saturday the 2nd is worked.
    national = {start.date().replace(2027, 1, 1): False, start.date().replace(2027, 1, 2): True}
    monkeypatch.setattr(calendars, "_national", lambda: national)
    for module in (calendars, sweep):
        monkeypatch.setattr(module, "known_until", lambda: start.date().replace(2027, 12, 28))
    assert [sweep.tick(sessions, start).recounted for _ in range(2)] == [1, 0]
    with sessions() as session:
        line = clock.ledger(session, number)[-1]
        assert (line.kind.value, line.uncertain) == ("recount", False)
        due = session.get_one(Incident, number).due_at
        assert due == line.due_at == datetime(2027, 1, 4, 17, 30, tzinfo=ZONE)


def test_a_slip_is_answered_once_and_stands_in_the_history(sessions):
    number = one_case(sessions)
    sweep.tick(sessions, START + timedelta(days=30))
    later = START + timedelta(days=31)
    with sessions.begin() as session:
        user = accounts_of(session, "district")
        (slip,) = slips.slips_of(session, number)
        assert (slip.issued_by, slip.reason) == (None, slips.TIME_LONG_PAST)
        assert slip.answer_by > slip.issued_at
        sight = case_town.sight_of(user)
        with pytest.raises(Conflict, match="one at a time"):
            slips.issue(session, number, "again", later, user, sight)
        with pytest.raises(Conflict, match="not been answered"):
            slips.close(session, slip.id, later, user, sight)
        slips.answer(session, slip.id, "The pole is replaced.", later, user, sight)
        with pytest.raises(Conflict, match="has been answered"):
            slips.answer(session, slip.id, "Twice.", later, user, sight)
        second = slips.issue(session, number, "Report by Friday.", later, user, sight)
        assert second.issued_by == user.id
        assert slips.close(session, slip.id, later, user, sight).closed_by == user.id
        with pytest.raises(Conflict, match="has been closed"):
            slips.close(session, slip.id, later, user, sight)
        below = accounts_of(session, "street_staff")
        with pytest.raises(NotAllowed):
            slips.issue(session, number, "From below.", later, below, case_town.sight_of(below))
    with sessions() as session:
        assert history.broken(session, [number]) == set()
        assert len(session.scalars(select(SupervisionSlip)).all()) == 2


def accounts_of(session, role: str) -> UserAccount:
    return session.scalar(select(UserAccount).where(UserAccount.role == role))


def test_the_command_reports_what_it_did_as_json(sessions, fresh_database, monkeypatch):
    one_case(sessions)
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(fresh_database.home))
    first = CliRunner().invoke(main, ["tick", "--json"])
    assert first.exit_code == 0, first.output
    assert '"rungs": 6' in first.output
    assert CliRunner().invoke(main, ["tick"]).output == "Nothing was due.\n"
