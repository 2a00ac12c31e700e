"""What a grid and its code must be; plain values in, a decision out."""

from __future__ import annotations

import enum
import re

#: Households of a residential grid where no division says otherwise (domain: 100 to 300).
HOUSEHOLD_MIN = 100
HOUSEHOLD_MAX = 300

#: The last three of the fifteen digits number the grids of one community.
SEQUENCE_MAX = 999

_GRID_CODE = re.compile(r"[0-9]{15}")


class GridKind(enum.StrEnum):
    """Residential grids tile their community; functional ones may lie over them."""

    RESIDENTIAL = "residential"
    FUNCTIONAL = "functional"


class HouseholdReading(enum.StrEnum):
    """How a grid's households stand to the range of its division."""

    BELOW = "below"
    IN_RANGE = "in_range"
    ABOVE = "above"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class FindingKind(enum.StrEnum):
    """What ``gridsvc check`` and the coverage map can find."""

    GAP = "gap"
    OVERLAP = "overlap"
    COMMUNITY_WITHOUT_GRID = "community_without_grid"
    HOUSEHOLD_WITHOUT_GRID = "household_without_grid"
    HOUSEHOLD_COUNT_DIFFERS = "household_count_differs"
    OUT_OF_RANGE = "out_of_range"
    NO_TEAM = "no_team"
    NO_BRANCH = "no_branch"
    NO_LEADER = "no_leader"
    STAFFING_ENDS = "staffing_ends"
    ZONES_OUTDATED = "zones_outdated"
    ZONE_OUT_OF_RULE = "zone_out_of_rule"
    ZONE_WITHOUT_CONTACT = "zone_without_contact"
    PUBLICATION_BROKEN = "publication_broken"
    HISTORY_BROKEN = "history_broken"


#: These break one of the four promises; the others are for a person to judge.
BLOCKING = frozenset(
    {
        FindingKind.GAP,
        FindingKind.OVERLAP,
        FindingKind.COMMUNITY_WITHOUT_GRID,
        FindingKind.HOUSEHOLD_WITHOUT_GRID,
        FindingKind.HOUSEHOLD_COUNT_DIFFERS,
        FindingKind.NO_TEAM,
        FindingKind.NO_BRANCH,
        FindingKind.PUBLICATION_BROKEN,
        FindingKind.HISTORY_BROKEN,
    }
)


def is_grid_code(code: str) -> bool:
    """Tell whether a text is a grid code: fifteen ASCII digits.

    Examples
    --------
    >>> is_grid_code("520398001003014")
    True
    >>> is_grid_code("E00004527")
    False
    """
    return _GRID_CODE.fullmatch(code) is not None


def household_reading(
    household_count: int | None,
    kind: GridKind,
    minimum: int = HOUSEHOLD_MIN,
    maximum: int = HOUSEHOLD_MAX,
) -> HouseholdReading:
    """Judge one grid: both ends of the range belong to it; functional grids have no rule."""
    if kind is GridKind.FUNCTIONAL:
        return HouseholdReading.NOT_APPLICABLE
    if household_count is None:
        return HouseholdReading.UNKNOWN
    if household_count < minimum:
        return HouseholdReading.BELOW
    return HouseholdReading.ABOVE if household_count > maximum else HouseholdReading.IN_RANGE
