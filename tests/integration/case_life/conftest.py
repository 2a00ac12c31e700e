"""The toy town, and the cast that brings its cases on."""

from __future__ import annotations

import case_town
import pytest


@pytest.fixture
def town(session):
    case_town.build(session)
    return case_town.cast(session)
