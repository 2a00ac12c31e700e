"""What can be found in a draft, how grave it is, and what would mend it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely


class Kind(enum.StrEnum):
    """What is wrong, or worth a look; the unit of its figure is in `UNITS`."""

    GAP = "gap"
    OVERLAP = "overlap"
    BORDER_UNMATCHED = "border_unmatched"
    CROSSES_COMMUNITY = "crosses_community"
    HOUSEHOLD_COUNT_DIFFERS = "household_count_differs"
    NOT_ONE_PIECE = "not_one_piece"
    HOLE = "hole"
    CODE_REUSED = "code_reused"
    OUT_OF_RANGE = "out_of_range"
    NARROW_NECK = "narrow_neck"
    CROSSES_BARRIER = "crosses_barrier"
    BUILDING_CUT = "building_cut"
    CODE_OUT_OF_ORDER = "code_out_of_order"


class Severity(enum.StrEnum):
    """Nobody can publish over what blocks; a warning is passed with a written reason."""

    BLOCKING = "blocking"
    WARNING = "warning"


_JUDGED_BY_A_PERSON = {
    Kind.OUT_OF_RANGE,
    Kind.NARROW_NECK,
    Kind.CROSSES_BARRIER,
    Kind.BUILDING_CUT,
    Kind.CODE_OUT_OF_ORDER,
}
#: What blocks breaks the tiling, loses households or could not be stored (one polygon, new code).
SEVERITIES: Mapping[Kind, Severity | None] = {
    kind: Severity.WARNING if kind in _JUDGED_BY_A_PERSON else Severity.BLOCKING for kind in Kind
}

UNITS: Mapping[Kind, str] = {
    Kind.GAP: "m2",
    Kind.OVERLAP: "m2",
    Kind.BORDER_UNMATCHED: "m",
    Kind.CROSSES_COMMUNITY: "m2",
    Kind.HOUSEHOLD_COUNT_DIFFERS: "households",
    Kind.NOT_ONE_PIECE: "m2",
    Kind.HOLE: "m2",
    Kind.CODE_REUSED: "codes",
    Kind.OUT_OF_RANGE: "households",
    Kind.NARROW_NECK: "m",
    Kind.CROSSES_BARRIER: "m",
    Kind.BUILDING_CUT: "m2",
    Kind.CODE_OUT_OF_ORDER: "codes",
}


@dataclass(frozen=True)
class Fix:
    """An edit that would mend a finding, ready to be made.

    Attributes
    ----------
    action : str
        ``relabel`` the atoms to a grid, ``merge`` grids into one, ``renumber`` codes, or
        ``propose`` anew for the grids.
    to : str or None
        The grid that receives, or that stays.
    atoms : tuple of int
        Those to relabel.
    grids : tuple of str
        Those that are merged away, or to be redrawn.
    codes : tuple of pairs of str
        Old code and new code.
    households : tuple of (str, int)
        Households of every grid concerned, afterwards.
    """

    action: str
    to: str | None = None
    atoms: tuple[int, ...] = ()
    grids: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    households: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give what is not empty, as JSON has it."""
        plain: dict[str, Any] = {"action": self.action, "to": self.to}
        plain |= {"atoms": list(self.atoms), "grids": list(self.grids)}
        plain |= {"codes": dict(self.codes), "households": dict(self.households)}
        return {key: value for key, value in plain.items() if value}


class Found(NamedTuple):
    """One finding, before it gets its severity: the first grid is the one at fault."""

    kind: Kind
    grids: tuple[str, ...]
    community: str
    figure: float
    shape: shapely.Geometry
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What a draft is judged against.

    Attributes
    ----------
    communities : GeoDataFrame
        ``code`` (12 digits) and the locked frames, EPSG:4326 on the lattice.
    households : Series or None
        Households that each community must have, by its code; None leaves them uncompared.
    low, high : int or Series
        Range of households of a grid, both ends included; one number, or by community.
    base : frozenset of str
        Codes of the version that the draft began from.
    used : frozenset of str
        Every code ever given.
    barriers : GeoDataFrame or None
        Lines, and polygons of rivers, that people do not cross anywhere; EPSG:4326.
    buildings : GeoDataFrame or None
        Footprints, EPSG:4326, by the numbers that atoms call ``building``. Without them only a
        building whose atoms are in several grids counts as cut.
    """

    communities: gpd.GeoDataFrame
    households: pd.Series | None = None
    low: int | pd.Series = 100
    high: int | pd.Series = 300
    base: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    barriers: gpd.GeoDataFrame | None = None
    buildings: gpd.GeoDataFrame | None = None
