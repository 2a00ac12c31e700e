"""How a file of cases is to be taken in, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridsvc.geo.datum import Datum
from gridsvc.grids.intake.report import ImportReport


@dataclass
class CaseReport(ImportReport):
    """What an import of cases wrote.

    Attributes
    ----------
    without_place : int
        Loaded cases that came without a position.
    outside_every_grid : int
        Loaded cases whose position lies in no grid of their day: the supervisor's list.
    clocks : int
        Loaded cases that are still open, and so have a due date and climb the ladder.
    overdue : int
        Of these, the ones that are overdue already.
    personal_numbers : int
        Loaded cases whose words hold a number that names a person; lists hide it.
    """

    without_place: int = 0
    outside_every_grid: int = 0
    clocks: int = 0
    overdue: int = 0
    personal_numbers: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        own = ("without_place", "outside_every_grid", "clocks", "overdue", "personal_numbers")
        return {**super().as_dict(), **{name: getattr(self, name) for name in own}}


@dataclass(frozen=True)
class CaseOrder:
    """How cases are to be taken in.

    Attributes
    ----------
    source : str
        The system they come from; with its own number a case is recognised again.
    standard : str
        The catalogue of its categories.
    datum : Datum
        What positions are measured from.
    new_categories : bool
        Make categories that the catalogue lacks.
    division_code : str or None
        Whose supervisor gets cases that lie in no division.
    now : datetime or None
        Cases reported later are skipped: nobody can know of them.
    """

    source: str
    standard: str
    datum: Datum = Datum.WGS84
    new_categories: bool = False
    division_code: str | None = None
    now: datetime | None = None
