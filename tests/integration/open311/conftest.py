"""A town with a catalogue that the public reports by, and a partner with a key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import peopled_town
import pytest
from sqlalchemy import text
from undone import undone, undone_within

from gridsvc.accounts import api_keys
from gridsvc.incidents.intake.categories import import_categories

DATA = Path(__file__).parents[3] / "data" / "catalogue"


@pytest.fixture(scope="module")
def built(engine):
    """The peopled town, once; noise, reported on 10 September, may be read by anybody."""
    with undone(engine) as session:
        peopled_town.build(session)
        import_categories(session, DATA / "categories.csv", DATA / "questions.csv")
        session.execute(
            text("update gridsvc.category set public = true, valid_from = '2026-02-01'"
                 " where standard = 'test' and code = 'noise'")
        )  # fmt: skip
        session.commit()
        yield session.get_bind()


@pytest.fixture
def town(built):
    """A session in the built town, whose work is rolled back after the test."""
    with undone_within(built) as session:
        yield session


@pytest.fixture
def key(town) -> str:
    return api_keys.issue(town, "partner", peopled_town.TOWN, datetime.now(UTC))


@pytest.fixture
def client(town, database):
    return peopled_town.app_in(town, database).test_client()
