"""The toy town with a planner, and a draft of it."""

from __future__ import annotations

import peopled_town
import pytest
from case_town import account
from drafted import opened
from peopled_town import TOWN

from gridsvc.accounts.rules import Role


@pytest.fixture
def town(session):
    peopled_town.territory(session)
    return session


@pytest.fixture
def planner(town):
    return account(town, "planner1", Role.PLANNER, TOWN)


@pytest.fixture
def plan(town, planner):
    return opened(town, planner)
