"""A sheet's rows as they were understood, with what is to be changed in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gridsvc.staffing.assigning import Wish
from gridsvc.staffing.models import Branch, Team


@dataclass(frozen=True)
class Said:
    """A fault or a note: the field it is about, and a key of `words` with its values."""

    field: str
    reason: str
    values: dict[str, Any]


@dataclass
class Line:
    """A row as it was understood; one with faults is to be changed.

    ``dated``: it names a day of its own. ``repeats``: it says what another row said. ``settled``:
    which of team and branch look after the grid already.
    """

    number: int
    values: dict[str, Any]
    faults: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    dated: bool = False
    repeats: bool = False
    settled: set[str] = field(default_factory=set)

    def wrong(self, about: str, reason: str, **values: Any) -> None:
        """Add a fault."""
        self.faults.append(Said(about, reason, values))


@dataclass
class Judged:
    """A sheet's lines, and the teams and branches that it would make, by code."""

    lines: list[Line]
    teams: dict[str, Team]
    branches: dict[str, Branch]
    made: set[str] = field(default_factory=set)

    @property
    def faults(self) -> int:
        """How many lines are to be changed before anything is loaded."""
        return sum(bool(one.faults) for one in self.lines)

    def wishes(self, kind: str) -> list[Wish]:
        """Return what the lines ask for; teams and branches must have been written."""
        parties: dict[str, Any] = self.teams if kind == "team" else self.branches
        return [
            Wish(
                line.values["grid"],
                kind,
                parties[line.values[kind]].id,
                line.values["valid_from"],
                line.values["valid_to"],
            )
            for line in self.lines
            if kind in line.values and kind not in line.settled and not line.repeats
        ]
