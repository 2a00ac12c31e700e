"""The single steps of a case, and two who take one at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import case_town
import pytest
import toy_town
from case_town import NOW, closed, report, resolved, step
from sqlalchemy import select, text

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.handling.life import options, rate
from gridsvc.incidents.models import CoHandler, Incident, IncidentEvent, Photo
from gridsvc.incidents.rules import Level, Outcome, Status
from gridsvc.incidents.rules.life import Action
from gridsvc.notices.models import Notice
from gridsvc.reports.check import check


def test_of_two_teams_that_claim_at_once_exactly_one_wins(fresh_database):
    engine = make_engine(fresh_database, pool_size=4)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        people = case_town.cast(session)
        rivals = {people.member.id: "T1", people.specialist.id: "S"}
    wins = []
    for _ in range(50):
        with sessions.begin() as session:
            case = report(session, None, category="wires").incident
        together = threading.Barrier(2)

        def claim(user_id: int, case: Incident = case, together=together) -> str:
            with sessions() as session:
                user = session.get_one(UserAccount, user_id)
                together.wait()
                try:
                    step(session, case, "claim", user)
                    session.commit()
                except Conflict:
                    return ""
                return rivals[user_id]

        with ThreadPoolExecutor(2) as pool:
            won = [team for team in pool.map(claim, rivals) if team]
        with sessions() as session:
            owner = session.get_one(Incident, case.id).team_id
            steps = session.scalars(
                select(IncidentEvent.action).where(IncidentEvent.incident_id == case.id)
            ).all()
            assert [owner] == [case_town.team_id(session, team) for team in won]
        assert sorted(steps) == ["claim", "report"]
        wins += won
    engine.dispose()
    assert len(wins) == 50


def test_nobody_outside_the_scope_sees_or_changes_a_case(session, town):
    case = report(session, town.leader).incident
    stranger = case_town.account(session, "stranger", Role.LEADER, toy_town.code(1, 2))
    for action in Action:
        with pytest.raises(NotFound):
            step(session, case, action, stranger, note="x")


def test_whoever_handled_a_case_neither_checks_nor_closes_it(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.leader)
    step(session, case, "resolve", town.leader, outcome=Outcome.SOLVED)
    with pytest.raises(RuleViolation, match="whoever handled"):
        step(session, case, "verify", town.leader)
    step(session, case, "verify", town.community)
    with pytest.raises(RuleViolation, match="whoever handled"):
        step(session, case, "close", town.leader)


def test_the_third_return_lifts_the_case_a_level(session, town):
    case = report(session, town.reporter).incident
    levels = []
    for _ in range(3):
        step(session, case, "dispatch", town.street)
        step(session, case, "return", town.member, note="not ours")
        levels.append(case.level)
    assert levels == [Level.GRID, Level.GRID, Level.COMMUNITY]
    with pytest.raises(RuleViolation, match="answers for the case's level"):
        step(session, case, "dispatch", town.leader)
    step(session, case, "dispatch", town.community)


def test_the_first_receiver_owns_it_until_another_accepts(session, town):
    case = report(session, town.reporter, category="wires").incident
    first, other = case_town.team_id(session, "T1"), case_town.team_id(session, "S")
    step(session, case, "claim", town.member)
    step(session, case, "return", town.member, note="live wires")
    assert case.team_id == first
    step(session, case, "accept", town.specialist)
    assert (case.team_id, case.first_team_id, case.status) == (other, first, Status.CLAIMED)
    assert session.scalars(select(CoHandler).where(CoHandler.until.is_(None))).all() == []
    with pytest.raises(RuleViolation):
        step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)


def test_the_clock_stands_still_while_others_check_and_ends_with_the_case(session, town):
    case = resolved(session, report(session, town.reporter).incident, town)
    assert case.due_at is None
    later = NOW + timedelta(hours=2)
    step(session, case, "rework", town.street, later, note="still there")
    due = case.due_at
    assert due > NOW
    step(session, case, "resolve", town.member, later, outcome=Outcome.SOLVED)
    step(session, case, "verify", town.street, later)
    step(session, case, "close", town.street, later)
    kinds = [one.kind.value for one in clock.ledger(session, case.id)]
    assert kinds == ["start", "pause", "resume", "pause", "stop"]
    assert case.due_at is not None


def test_more_time_is_granted_by_somebody_else(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.leader)
    before = case.due_at
    step(session, case, "ask_extension", town.leader, note="parts", working_days=3)
    with pytest.raises(Conflict, match="waits"):
        step(session, case, "ask_extension", town.leader, note="parts", working_days=3)
    with pytest.raises(RuleViolation, match="whoever asked"):
        step(session, case, "grant_extension", town.leader)
    step(session, case, "grant_extension", town.community)
    assert case.due_at > before
    with pytest.raises(RuleViolation, match="Nobody asked"):
        step(session, case, "grant_extension", town.community)


def test_a_photo_of_the_work_is_needed_where_the_category_asks(session, town):
    case = report(session, town.reporter, category="pictured").incident
    step(session, case, "claim", town.member)
    with pytest.raises(RuleViolation, match="photo"):
        step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)
    session.add(
        Photo(
            incident_id=case.id, purpose="resolve", content_hash=b"x", width=1, height=1,
            jpeg=b"x", covers=[],
        )
    )  # fmt: skip
    session.flush()
    step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)


def test_an_explanation_needs_its_reason(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.member)
    with pytest.raises(BadInput, match="reason"):
        step(session, case, "resolve", town.member, outcome=Outcome.EXPLAINED)


def test_a_request_is_fed_back_before_it_is_closed(session, town):
    case = report(session, town.reporter, category="meal").incident
    step(session, case, "dispatch", town.community)
    resolved(session, case, town)
    step(session, case, "verify", town.community)
    with pytest.raises(RuleViolation, match="feed_back"):
        step(session, case, "close", town.community)


def test_one_tap_rates_a_closed_case_once_with_or_without_an_account(session, town):
    case = closed(session, town)
    rate(session, case.tracking_code, 3, NOW)
    assert case.rating == 3
    with pytest.raises(Conflict):
        step(session, case, "rate", town.reporter, rating=1)
    with pytest.raises(NotFound):
        rate(session, "0" * 14, 3, NOW)
    with pytest.raises(RuleViolation, match="closed"):
        rate(session, report(session, town.leader).incident.tracking_code, 3, NOW)


def test_a_case_comes_back_within_fifteen_days_and_not_later(session, town):
    case = closed(session, town)
    last = NOW + timedelta(days=15)
    with pytest.raises(RuleViolation, match="15 days"):
        step(session, case, "reopen", town.street, last + timedelta(seconds=1), note="again")
    step(session, case, "reopen", town.reporter, last, note="again")
    assert (case.status, case.closed_at, case.outcome) == (Status.DISPATCHED, None, None)
    assert case.due_at > last


def test_a_sensitive_case_runs_through_in_its_own_team(session, town):
    case = report(session, town.member, category="quarrel").incident
    for outsider in (town.community, town.district):
        with pytest.raises(NotFound):
            step(session, case, "dispatch", outsider)
    resolved(session, case, town)
    step(session, case, "verify", town.leader)
    step(session, case, "close", town.leader)
    told = set(session.scalars(select(Notice.user_id)))
    assert told <= {town.leader.id, town.member.id}


def test_the_steps_offered_are_those_that_work(session, town):
    case = report(session, town.reporter).incident
    assert options(session, case, town.member, NOW) == ["claim", "co_handle", "escalate"]
    assert "claim" not in options(session, case, town.street, NOW)


def test_a_changed_step_breaks_the_chain_and_the_check_tells(session, town):
    case = resolved(session, report(session, town.reporter).incident, town)
    assert not [one for one in check(session, NOW.date()) if one.kind == "history_broken"]
    session.execute(text("alter table gridsvc.incident_event disable trigger append_only"))
    session.execute(
        text("update gridsvc.incident_event set note = 'never' where incident_id = :n and seq = 2"),
        {"n": case.id},
    )
    assert history.broken(session, [case.id]) == {case.id}
    told = [one.text for one in check(session, NOW.date()) if one.kind == "history_broken"]
    assert told == [f"incident {case.id} has a step that was changed after it was written"]
