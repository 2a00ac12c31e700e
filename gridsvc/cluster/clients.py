"""PostgreSQL's own programs, psql and pg_dump, led to the service's database."""

from __future__ import annotations

import shutil
from pathlib import Path

from psycopg2.extensions import parse_dsn

from gridsvc.cluster import files, process
from gridsvc.errors import NotReady
from gridsvc.settings import Settings

LIBPQ = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "requirepeer": "PGREQUIREPEER",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def program(settings: Settings, name: str) -> Path:
    """Return the path of psql, pg_dump or pg_restore that suits the service's database.

    Raises
    ------
    NotReady
        The embedded server does not run, or there is no such program.
    """
    if settings.embedded:
        if not files.exists(settings) or not process.postmaster(files.data_folder(settings)):
            raise NotReady("PostGIS does not run: start it with `gridsvc db start`.")
        return files.locate(settings).programs / name
    found = shutil.which(name)
    if found is None:
        raise NotReady(f"{name} is not installed: apt-get install postgresql-client.")
    return Path(found)


def libpq_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that lead such a program to the service's database.

    Variables and not arguments: arguments, and a password among them, are seen by every account.
    """
    parts = parse_dsn(settings.database_url.replace("+psycopg2", "", 1))
    return {variable: parts[name] for name, variable in LIBPQ.items() if name in parts}
