"""What makes a report one that a person should look at; it is routed all the same."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

#: A phone's clock further off than this says little about when something happened.
CLOCK_TOLERANCE = timedelta(minutes=30)
#: Nobody walks this far from the area that he answers for; a wrong datum moves less than 2 km.
FAR_M = 50_000.0
#: Phones report an accuracy of kilometres when they only know the mast; grids are 200 m wide.
CANDIDATES_WITHIN_M = 1_000.0
CANDIDATES_AT_MOST = 9
COMMUNITY_DIGITS = 12


class Review(enum.StrEnum):
    """Why somebody should look at a report before trusting it."""

    CATEGORY_RETIRED = "category_retired"
    CHOICE_NOT_NEAR = "choice_not_near"
    DATUM_DOUBTFUL = "datum_doubtful"
    DEVICE_CLOCK = "device_clock"
    FAR_AWAY = "far_away"
    OUTSIDE_SCOPE = "outside_scope"
    PLACE_SWAPPED = "place_swapped"
    SCOPE_LOST = "scope_lost"


class Whose(enum.StrEnum):
    """What decides which division's supervisor gets a report in no grid."""

    OUTLINE = "outline"
    READING = "reading"
    REPORTER = "reporter"
    OFFICE = "office"


def clock_is_off(device_at: datetime | None, occurred_at: datetime | None, now: datetime) -> bool:
    """Tell whether a phone's clock is off by more than half an hour, or names a time to come.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 9, 16, 12, tzinfo=UTC)
    >>> clock_is_off(noon - timedelta(hours=1), None, noon)
    True
    >>> clock_is_off(noon, noon - timedelta(days=2), noon)
    False
    """
    if device_at is not None and abs(device_at - now) > CLOCK_TOLERANCE:
        return True
    return occurred_at is not None and occurred_at - now > CLOCK_TOLERANCE


def reach_m(accuracy_m: float | None) -> float:
    """Return how far from a place its grid may lie, in metres: its accuracy, at most 1 km."""
    return min(accuracy_m or 0.0, CANDIDATES_WITHIN_M)
