"""The schema and the models say the same, and every step can be taken back."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text

from gridsvc.db import make_engine
from gridsvc.migrations import configuration, migrate
from gridsvc.settings import Settings


@pytest.fixture
def engine(fresh_database: Settings):
    engine = make_engine(fresh_database)
    yield engine
    engine.dispose()


def test_the_newest_schema_is_what_the_models_describe(engine) -> None:
    with engine.begin() as connection:
        command.check(configuration(connection))


def test_the_schema_can_be_taken_down_and_put_up_again(engine) -> None:
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "base")
        left = connection.execute(
            text(
                "select relname from pg_class where relnamespace = 'gridsvc'::regnamespace"
                " union all"
                " select proname from pg_proc where pronamespace = 'gridsvc'::regnamespace"
            )
        ).scalars()
        assert {name for name in left if not name.startswith("alembic_version")} == set()
    migrate(engine)
    with engine.begin() as connection:
        command.check(configuration(connection))


def test_migrating_twice_changes_nothing(engine) -> None:
    migrate(engine)
