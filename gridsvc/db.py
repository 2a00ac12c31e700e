"""The back door to PostGIS: one declarative base, one engine, one session factory.

Nothing here knows a table; the models of each capability import :class:`Base` from here.
"""

from __future__ import annotations

import enum

from sqlalchemy import Engine, Enum, MetaData, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from gridsvc.settings import Settings

SCHEMA = "gridsvc"
SCHEMA_MISSING = "The schema is not there yet, or is an old one: run `gridsvc migrate`."

# A page that needs longer than this is a fault, not patience; imports raise it for themselves.
STATEMENT_TIMEOUT_MS = 30_000
# Waiting longer for a lock means that a publish or an import is under way: better told than hung.
LOCK_TIMEOUT_MS = 5_000

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the service, in its own schema so that PostGIS keeps ``public``."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)


def choice(choices: type[enum.StrEnum], name: str) -> Enum:
    """Keep an enum as its value in a text column that the database checks.

    A native enum type would need a migration with a table lock for every new member.
    """
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        name=name,
        values_callable=lambda members: [one.value for one in members],
    )


# undefined_table, invalid_schema_name
_NOT_THERE = {"42P01", "3F000"}


def schema_fault(error: BaseException) -> str | None:
    """Say that a statement failed for want of our schema, or ``None`` where it did not.

    Parameters
    ----------
    error : BaseException
        As SQLAlchemy raises it, or as the driver does.
    """
    cause = getattr(error, "orig", error)
    missing = getattr(cause, "pgcode", None) in _NOT_THERE and SCHEMA in str(cause)
    return SCHEMA_MISSING if missing else None


def make_engine(settings: Settings, *, pool_size: int = 2) -> Engine:
    """Open an engine whose sessions speak UTC and cannot wait for ever.

    Parameters
    ----------
    settings : Settings
        Names the database.
    pool_size : int
        Connections kept by this process; the server has two cores' worth of work to give, so
        more connections only lengthen the tail (docs/decisions/0013).
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c lock_timeout={LOCK_TIMEOUT_MS} -c idle_in_transaction_session_timeout=60000"
        # The role may be called like our schema, which would make it the nameless default one.
        " -c jit=off -c search_path=public"
        # Working time is counted by the office's wall clock, also where no settings are at hand.
        f" -c gridsvc.time_zone={settings.time_zone}"
    )
    return create_engine(
        settings.database_url,
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=True,
        # A failing statement is logged with its error, and would be with people's words in it.
        hide_parameters=True,
        connect_args={"options": options, "application_name": "gridsvc"},
    )


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions that the edge opens and commits; services only flush."""
    return sessionmaker(engine, expire_on_commit=False)
