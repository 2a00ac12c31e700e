"""The redrawn town, its planner, and the street that approves."""

from __future__ import annotations

import pytest
import redrawn_town


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    return session


@pytest.fixture
def planner(town):
    return town.info["cast"][0]


@pytest.fixture
def street(town):
    return town.info["cast"][1]
