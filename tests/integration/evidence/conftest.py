"""The peopled town with one case in it, and clients of every role."""

from __future__ import annotations

import peopled_town
import pytest
import toy_town
from undone import undone, undone_within

from gridsvc.accounts.rules import Role
from gridsvc.incidents.models import Incident

GRID = toy_town.code(2, 1)


@pytest.fixture(scope="module")
def built(engine):
    """The peopled town, once."""
    with undone(engine) as session:
        peopled_town.build(session)
        session.commit()
        yield session.get_bind()


@pytest.fixture
def session(built):
    """A session in the built town, whose work is rolled back after the test."""
    with undone_within(built) as session:
        yield session


@pytest.fixture
def case(session):
    return session.query(Incident).filter_by(grid_code=GRID).order_by(Incident.id).first()


@pytest.fixture
def signed_in(session, database, case):
    """A client for a role in a scope, as a program with a token."""
    app = peopled_town.app_in(session, database)

    def client(role: Role, scope: str = GRID):
        made = app.test_client()
        made.environ_base.update(
            {"HTTP_" + k.upper(): v
             for k, v in peopled_town.Viewer(app, session, role, scope)._headers.items()}
        )  # fmt: skip
        return made

    return client
