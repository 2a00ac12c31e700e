"""Sessions whose work, committed or not, is rolled back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session


@contextmanager
def undone(engine: Engine) -> Iterator[Session]:
    """Work in a transaction of a connection of its own; its commits are savepoints."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield from _in_savepoints(connection)
        transaction.rollback()


@contextmanager
def undone_within(connection: Connection) -> Iterator[Session]:
    """Work upon what a connection has begun, which stays as it was."""
    savepoint = connection.begin_nested()
    yield from _in_savepoints(connection)
    savepoint.rollback()


def _in_savepoints(connection: Connection) -> Iterator[Session]:
    session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
    yield session
    session.close()
