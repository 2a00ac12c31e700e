"""Cases that are one: likely duplicates, households that join, merging and parting."""

from __future__ import annotations

from datetime import timedelta

import case_town
import pytest
import toy_town
from case_town import NOW, closed, report, step
from sqlalchemy import select

from gridsvc.accounts.rules import Role
from gridsvc.errors import Conflict, RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.arrival import duplicates
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Status


def test_merging_carries_households_history_and_clock_and_can_be_undone(session, town):
    old = report(session, town.reporter).incident
    young = report(session, town.reporter, NOW + timedelta(minutes=5)).incident
    share = clock.share(session, young, NOW + timedelta(hours=1))
    step(session, young, "merge", town.community, NOW + timedelta(hours=1), into_id=old.id)
    assert (young.status, young.merged_into_id, young.due_at) == (Status.MERGED, old.id, None)
    assert old.households_affected == 2
    absorbed = history.told(session, old.id)[-1][0]
    merged = history.told(session, young.id)
    assert absorbed.detail["hash"] == merged[-2][0].hash.hex()
    later = NOW + timedelta(days=5)
    step(session, young, "unmerge", town.community, later, note="two trees")
    assert (young.status, young.merged_into_id) == (Status.REPORTED, None)
    assert clock.share(session, young, later) == pytest.approx(share)
    assert old.households_affected == 1
    assert history.broken(session, [old.id, young.id]) == set()


def test_a_merge_never_wins_time_and_never_makes_a_chain(session, town):
    old, middle, young = (
        report(session, town.reporter, NOW + timedelta(minutes=n)).incident for n in range(3)
    )
    with pytest.raises(RuleViolation, match="younger"):
        step(session, old, "merge", town.community, into_id=young.id)
    step(session, young, "merge", town.community, NOW + timedelta(hours=1), into_id=middle.id)
    with pytest.raises(RuleViolation, match="part them first"):
        step(session, middle, "merge", town.community, into_id=old.id)
    with pytest.raises(RuleViolation, match="not open"):
        step(session, report(session, town.reporter, NOW + timedelta(hours=2)).incident,
             "merge", town.community, into_id=young.id)  # fmt: skip


def test_likely_duplicates_are_near_young_open_and_of_the_category(session, town):
    lon, lat = case_town.HERE
    for metres in (90, 10, 50, 30, 70, 20, 110):
        report(session, town.reporter, lat=lat + metres / 110_800)
    report(session, town.reporter, category="wires")
    report(session, town.reporter, NOW - timedelta(days=15))
    category = session.scalars(select(Incident.category_id).limit(1)).one()
    near = duplicates.likely(session, lon, lat, category, NOW)
    assert [round(one.distance_m, -1) for one in near] == [10, 20, 30, 50, 70]
    stranger = case_town.account(session, "stranger", Role.LEADER, toy_town.code(1, 2))
    hidden = case_town.sight_of(stranger)
    assert duplicates.likely(session, lon, lat, category, NOW, hidden) == []


def test_joining_counts_a_household_once_for_each_id(session, town):
    case = report(session, town.reporter, client_report_id="first").incident
    sight = case_town.sight_of(town.member)
    for key in ("a", "a", "b"):
        duplicates.join(session, case.id, key, town.member, sight, NOW)
    assert case.households_affected == 3
    other = report(session, town.reporter).incident
    for taken in ("a", "first"):
        with pytest.raises(Conflict, match="came before"):
            duplicates.join(session, other.id, taken, town.member, sight, NOW)
    closed_one = closed(session, town)
    with pytest.raises(Conflict, match="ended meanwhile"):
        duplicates.join(session, closed_one.id, "c", town.member, sight, NOW)
