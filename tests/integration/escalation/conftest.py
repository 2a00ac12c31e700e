"""The peopled town, really stored, with an account for every rung of the ladder."""

from __future__ import annotations

import peopled_town
import pytest
from overdue import CODE

from gridsvc.accounts import services as accounts
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory


@pytest.fixture
def sessions(fresh_database):
    engine = make_engine(fresh_database, pool_size=6)
    made = session_factory(engine)
    with made.begin() as session:
        peopled_town.build(session)
        for role, prefix in (
            (Role.LEADER, CODE), (Role.TEAM_MEMBER, CODE), (Role.COMMUNITY_STAFF, CODE[:12]),
            (Role.STREET_STAFF, CODE[:9]), (Role.DISTRICT, CODE[:6]),
            (Role.COMMUNITY_STAFF, f"{CODE[:9]}002"),
        ):  # fmt: skip
            accounts.add_user(
                session,
                username=f"{role.value}-{prefix}",
                role=role,
                password="correct horse",
                prefixes=[prefix],
            )
    yield made
    engine.dispose()
