"""One real PostGIS, migrated to head once; each test works in a transaction that is rolled back."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from undone import undone

from gridsvc import cluster, db
from gridsvc.db import make_engine
from gridsvc.migrations import migrate
from gridsvc.plans import queries as plans
from gridsvc.settings import Settings, from_environment

REPOSITORY = Path(__file__).parent.parent

# On a busy machine an edit holds its draft, and a publication the map, for longer than a person
# shall wait; who comes second is to be told what the first did, and not that it took long.
db.LOCK_TIMEOUT_MS = plans.PATIENCE_MS = 100_000
db.STATEMENT_TIMEOUT_MS = 120_000


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of a home of its own, so that a running service is left alone."""
    home = os.environ.get("GRIDSVC_HOME", str(REPOSITORY / "var" / "test"))
    return from_environment({**os.environ, "GRIDSVC_HOME": home, "GRIDSVC_FSYNC": "off"})


@pytest.fixture(scope="session")
def template(settings: Settings) -> Iterator[str]:
    """A migrated database that nobody works in: copying it takes a fifth of a second."""
    started = settings.embedded and cluster.start(settings)
    name = f"gridsvc_template_{uuid.uuid4().hex[:8]}"
    engine = make_engine(replace(settings, database_url=cluster.create_database(settings, name)))
    migrate(engine)
    engine.dispose()
    yield name
    cluster.drop_database(settings, name)
    # One of several workers would take it from the others: `make test` starts it around them all.
    if started and "PYTEST_XDIST_WORKER" not in os.environ:
        cluster.stop(settings)


@contextmanager
def _copied(settings: Settings, template: str) -> Iterator[Settings]:
    name = f"gridsvc_test_{uuid.uuid4().hex[:8]}"
    url = cluster.create_database(settings, name, template)
    yield replace(settings, database_url=url)
    cluster.drop_database(settings, name)


@pytest.fixture(scope="session")
def database(settings: Settings, template: str) -> Iterator[Settings]:
    """The database of this run, whose tests all roll back."""
    with _copied(settings, template) as own:
        yield own


@pytest.fixture
def fresh_database(settings: Settings, template: str) -> Iterator[Settings]:
    """An empty, migrated database of its own, for a test that must commit."""
    with _copied(settings, template) as own:
        yield own


@pytest.fixture(scope="session")
def engine(database: Settings) -> Iterator[Engine]:
    """The engine of this run's database."""
    engine = make_engine(database, pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose work, committed or not, is rolled back after the test."""
    with undone(engine) as session:
        yield session
