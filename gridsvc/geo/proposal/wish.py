"""What a planner asks of a proposal, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from gridsvc.errors import BadInput

STYLES = ("balanced", "compact", "least_change")


@dataclass(frozen=True)
class Wish:
    """What a planner asks for; stored with the proposal, it gives the same proposal again.

    Parameters
    ----------
    style : str
        ``balanced`` (equal households), ``compact`` (round grids, whole blocks) or
        ``least_change`` (repair what left the range, touch nothing else).
    low, high : int
        Range of households in a grid, both ends included.
    target : int, optional
        Households aimed at; the middle of the range by default. With staff for n grids it is
        the households divided by n.
    seed : int
        The same seed, wish and atoms give the same proposal.
    locked : frozenset of str
        Codes of grids that stay as they are.
    communities : frozenset of str, optional
        12-digit codes; grids elsewhere stay as they are. All communities by default.
    starts : int, optional
        Searches a community, of which the best is kept; more for `compact` by default.

    Raises
    ------
    BadInput
        A style that is none of `STYLES`, or a range or target that cannot be.
    """

    style: str = "balanced"
    low: int = 100
    high: int = 300
    target: int | None = None
    seed: int = 0
    locked: frozenset[str] = frozenset()
    communities: frozenset[str] | None = None
    starts: int | None = None

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise BadInput(f"A proposal is one of {', '.join(STYLES)}, not {self.style!r}.")
        if not 0 < self.low <= self.high:
            raise BadInput(f"No grid can have from {self.low} to {self.high} households.")
        if self.target is not None and not self.low <= self.target <= self.high:
            raise BadInput(
                f"The target of {self.target} households lies outside {self.low} to {self.high}."
            )

    @property
    def goal(self) -> int:
        """Households aimed at in a grid."""
        return self.target or (self.low + self.high) // 2


class Why(StrEnum):
    """Why a piece of ground has no grids within the range."""

    TOO_FEW = "too_few"
    """The connected piece has fewer households than one grid needs."""
    NO_COUNT = "no_count"
    """No number of grids fits the households of the piece."""
    ATOM_TOO_LARGE = "atom_too_large"
    """One building alone has more households than a grid may have."""
    NOT_FOUND = "not_found"
    """A number would fit, but the search found no such grids."""


@dataclass(frozen=True)
class Infeasible:
    """A piece that was left outside the range, with a point inside it (EPSG:4326)."""

    community: str
    atoms: tuple[int, ...]
    households: int
    why: Why
    lon: float
    lat: float


@dataclass(frozen=True)
class Proposal:
    """One alternative.

    Attributes
    ----------
    wish : Wish
        What was asked for.
    labels : Series of str
        On the index of the atoms: a present code, or for a new grid its community, ``+`` and a
        number, for the caller to give it a code.
    scores : Series of float
        See `gridsvc.geo.proposal.scoring.scores`, with ``cpu_s`` of this search.
    infeasible : tuple of Infeasible
        What could not be brought into the range; everything else is.
    """

    wish: Wish
    labels: pd.Series
    scores: pd.Series
    infeasible: tuple[Infeasible, ...]
