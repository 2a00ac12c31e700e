"""Whoever answers for a grid answers for what follows it, and has it back when it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redrawn_town
from case_town import NOW, account
from peopled_town import TODAY, TOWN
from redrawn_town import EAST, FAR_EAST, GRID, NEW, asked, edited, merged, published, split
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.plans.publishing.decisions import rollback
from gridsvc.plans.publishing.in_force.rehoming import rehome_due

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    return session


def tick(session):
    factory = sessionmaker(
        session.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False
    )
    rehome_due(factory, NOW)
    session.expire_all()


def areas(*users):
    return [user.scope.prefixes for user in users]


def test_a_merged_grids_people_go_along_and_come_back(town):
    far = account(town, "leader3", Role.LEADER, FAR_EAST)
    both = account(town, "leader23", Role.LEADER, EAST, FAR_EAST)
    office = account(town, "office", Role.COMMUNITY_STAFF, FAR_EAST[:12])
    before = areas(far, both, office)
    planner, street = town.info["cast"]
    made = published(town, merged(town, planner), planner, street)
    seen = [(one["account"], one["grid_from"], one["grid_to"]) for one in made.seen["accounts"]]
    assert seen == [("leader23", FAR_EAST, EAST), ("leader3", FAR_EAST, EAST)]
    assert areas(far, both, office) == before
    for _ in range(2):
        tick(town)
        assert areas(far, both, office) == [(EAST,), (EAST,), (FAR_EAST[:12],)]
    noted = town.query(AuditEntry).filter_by(action="scope.move").order_by(AuditEntry.id)
    assert [one.subject for one in noted] == ["leader23", "leader3"]
    rollback.put_back(town, TOWN, YESTERDAY, TODAY, asked(planner), "too large")
    tick(town)
    assert areas(far, both, office) == before


def test_a_renumbered_grids_leader_has_the_new_number_and_a_split_ones_both(town):
    far = account(town, "leader3", Role.LEADER, FAR_EAST)
    west = account(town, "leader1", Role.LEADER, GRID)
    planner, street = town.info["cast"]
    plan = split(town, planner)
    renumbered = f"{FAR_EAST[:12]}008"
    edited(town, plan, planner, "renumber", codes={FAR_EAST: renumbered})
    published(town, plan, planner, street)
    tick(town)
    # T1 goes on looking after both parts.
    assert areas(far, west) == [(renumbered,), (GRID, NEW)]
    rollback.put_back(town, TOWN, YESTERDAY, TODAY, asked(planner), "wrong street")
    tick(town)
    assert areas(far, west) == [(FAR_EAST,), (GRID,)]
