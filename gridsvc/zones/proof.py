"""Proving that zones leave nobody over: from the doors of the buildings, not from sums kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

_PROOF = text(files(__package__).joinpath("proof.sql").read_text("utf-8"))


@dataclass(frozen=True)
class Unproved:
    """A grid whose zones do not hold each of its households once, and nobody else's.

    Attributes
    ----------
    in_grid, in_zones : int
        Households of its buildings, and of its zones.
    missing, strangers : int
        Its buildings that are not wholly in its zones, and buildings in them that are not its
        own.
    twice : bool
        A door lies in two zones.
    """

    grid_code: str
    in_grid: int
    in_zones: int
    missing: int
    strangers: int
    twice: bool


def unproved(
    session: Session, on: date, within: str = "", codes: list[str] | None = None
) -> list[Unproved]:
    """List the grids below a code, or some grids, whose zones of a day are wrong.

    Grids without zones are none of them.
    """
    rows = session.execute(_PROOF, {"on": on, "within": f"{within}%", "codes": codes})
    return [Unproved(*row) for row in rows]
