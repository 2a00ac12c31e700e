"""Do versions, lineage, assignments and hand-overs tell one story?"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

_FAULTS = text(files(__package__).joinpath("consistency.sql").read_text("utf-8"))


class Fault(NamedTuple):
    """What does not fit; ``what`` is ``lineage``, ``assignment`` or ``handover``."""

    what: str
    code: str
    words: str


def faults(session: Session, on: date, within: str = "") -> list[Fault]:
    """List what does not fit together below a code; empty when everything does.

    History is judged whole, who is in charge by the day ``on``.
    """
    rows = session.execute(_FAULTS, {"day": on, "within": f"{within}%"})
    return [Fault(*row) for row in rows]
