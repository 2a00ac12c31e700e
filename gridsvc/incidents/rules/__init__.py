"""The words of a case: its kinds, states, levels, and which count as open."""

from __future__ import annotations

import enum

#: Counts of sensitive kinds under this are shown to the handling side alone (domain: 5).
MASK_THRESHOLD = 5


class Kind(enum.StrEnum):
    """事件 / 诉求 / 微心愿."""

    INCIDENT = "incident"
    REQUEST = "request"
    WISH = "wish"


class Status(enum.StrEnum):
    """Where a case stands; it is open until it is closed or merged into another."""

    REPORTED = "reported"
    DISPATCHED = "dispatched"
    CLAIMED = "claimed"
    RETURNED = "returned"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"
    MERGED = "merged"


class Level(enum.StrEnum):
    """Who answers for a case: it rises grid → community → subdistrict → district."""

    GRID = "grid"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"


class Urgency(enum.StrEnum):
    """How soon a case must end: as its category says, the same day, or at once."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    IMMEDIATE = "immediate"


class LimitKind(enum.StrEnum):
    """How a time limit is counted."""

    IMMEDIATE = "immediate"
    SAME_DAY = "same_day"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    WORKING_WEEK = "working_week"


class ClockEntryKind(enum.StrEnum):
    """What a line of the clock's ledger does."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    RECOUNT = "recount"
    STOP = "stop"
    RESTORE = "restore"


class Outcome(enum.StrEnum):
    """The three ends of a case; an explanation carries its reason."""

    SOLVED = "solved"
    REFERRED = "referred"
    EXPLAINED = "explained"


class Provenance(enum.StrEnum):
    """How the place of a case was given."""

    GPS = "gps"
    MAP = "map"
    PHOTO = "photo"
    ADDRESS = "address"
    IMPORT = "import"
    NONE = "none"


ENDED = frozenset({Status.CLOSED, Status.MERGED})


def masked_count(count: int, threshold: int = MASK_THRESHOLD) -> int | None:
    """Return what outsiders may read of a count, or ``None`` where it is hidden.

    Counts are cut down to a multiple of the threshold: any difference between two answers is
    then a multiple too, so that no small count can be had by subtracting one view from another.

    Examples
    --------
    >>> [masked_count(n) for n in (0, 4, 5, 13)]
    [None, None, 5, 10]
    """
    kept = count - count % threshold
    return kept or None
