"""How the schema came to be, one revision a step; ``gridsvc migrate`` walks to the newest."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from gridsvc.errors import NotReady

# Two migrations at once would race; the number is ours alone within the database.
_ADVISORY_LOCK = 20_260_101


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; there is no ini file to keep beside it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, in one transaction and one process at a time.

    Raises
    ------
    NotReady
        If PostGIS or btree_gist is not there and this account may not create it.
    """
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _require_extensions(connection)
        command.upgrade(configuration(connection), revision)


def _require_extensions(connection: Connection) -> None:
    present = set(connection.scalars(text("select extname from pg_extension")))
    for extension in ("postgis", "btree_gist"):
        if extension in present:
            continue
        savepoint = connection.begin_nested()
        try:
            connection.execute(text(f"create extension {extension}"))
            savepoint.commit()
        except Exception as fault:
            savepoint.rollback()
            raise NotReady(
                f"the database has no extension {extension}: "
                f"have its administrator run “create extension {extension}”, then migrate again"
            ) from fault
