"""The family of refusals that every floor may raise.

Each class has a stable ``code``, which is promised to callers: the interface answers it in a
problem document, the command line prints it under ``--json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class GridsvcError(Exception):
    """A refusal that a person can act upon.

    Parameters
    ----------
    message : str
        One sentence: what is wrong, where, and what to do.
    ids : iterable of str, optional
        The offending things: codes, row numbers, field names.
    place : tuple of float, optional
        Where on the map to look: lon, lat in EPSG:4326.
    """

    code = "error"
    #: Code of the sentence and what it names, where it can be said in another language.
    reason: str | None = None
    values: Mapping[str, Any] = {}

    def __init__(
        self,
        message: str,
        ids: Iterable[object] = (),
        place: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.ids = [str(one) for one in ids]
        self.place = place


class NotFound(GridsvcError):
    """What was asked for is not there, or not there for this user."""

    code = "not_found"


class Conflict(GridsvcError):
    """Somebody else was first, or the same key came with other content."""

    code = "conflict"


class RuleViolation(GridsvcError):
    """A rule of the trade forbids it."""

    code = "rule_violation"


class BadInput(GridsvcError):
    """A file, field or parameter that cannot be read as what it claims to be."""

    code = "bad_input"


class BadGeometry(BadInput):
    """A shape that is empty, invalid, in several pieces or out of bounds."""

    code = "bad_geometry"


class CrsMismatch(BadInput):
    """Coordinates in another reference system, or in the wrong unit, for the operation."""

    code = "crs_mismatch"


class NotAllowed(GridsvcError):
    """The user's role or scope does not reach this."""

    code = "not_allowed"


class NotReady(GridsvcError):
    """Something that the service needs is not running or not installed."""

    code = "not_ready"


class NotSignedIn(NotAllowed):
    """Nobody is signed in, and this is not for visitors."""

    code = "not_signed_in"


class TooMany(GridsvcError):
    """Too many tries in too short a time.

    Parameters
    ----------
    retry_after_s : int
        Seconds after which a further try is heard.
    """

    code = "too_many"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
