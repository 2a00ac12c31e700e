"""Many rows at once by COPY: ten times an INSERT, within the session's own transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg2
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridsvc.db import SCHEMA

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Append rows to a table of ours.

    Parameters
    ----------
    session : Session
        Its connection and transaction are used; nothing is committed.
    table : str
        Name without schema.
    columns : sequence of str
        The columns that the rows give, in their order.
    rows : iterable of sequences
        ``None`` becomes NULL, geometries are given as hexadecimal EWKB.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    sqlalchemy.exc.OperationalError
        The database went away, as with every other statement.
    """
    text = io.StringIO()
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007  the last value is the answer
        text.write("\t".join(_field(value) for value in row))
        text.write("\n")
    if count:
        text.seek(0)
        connection = session.connection().connection.driver_connection
        assert connection is not None  # noqa: S101  a session's connection is checked out
        with connection.cursor() as cursor:
            names = ", ".join(columns)
            statement = f"copy {SCHEMA}.{table} ({names}) from stdin"
            try:
                cursor.copy_expert(statement, text)
            except psycopg2.OperationalError as fault:
                # Past the session's own reading of errors: without this a lost line is a fault of
                # ours, and closing the session fails as well.
                if connection.closed:
                    session.connection().invalidate(fault)
                raise OperationalError(statement, None, fault) from fault
    return count


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    return str(value).translate(_ESCAPES)
