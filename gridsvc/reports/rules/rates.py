"""Rates with their numerator and denominator; a share of few cases says that it is one."""

from __future__ import annotations

import enum
from dataclasses import dataclass

#: Under so many cases a share jumps by more than five points with a single one.
FEW = 20
#: 95 % are solved at the grid (domain); below the line the office is alarmed.
LEVEL_LINE = (95, 100)
#: The line that satisfaction is held against (domain: 95 %).
SATISFACTION_LINE = (95, 100)


class RateKind(enum.StrEnum):
    """What is measured; `MEANING` says of what."""

    RESPONSE = "response"
    RESOLUTION = "resolution"
    ON_TIME = "on_time"
    AT_GRID = "at_grid"
    REWORK = "rework"
    EXTENSION = "extension"
    RETURN = "return"
    SATISFACTION = "satisfaction"


#: Rates that have a line, as a fraction in whole numbers: 949 of 1,000 is below 95 of 100.
LINES = {RateKind.AT_GRID: LEVEL_LINE, RateKind.SATISFACTION: SATISFACTION_LINE}


@dataclass(frozen=True)
class Rate:
    """One rate of one place in one period.

    Attributes
    ----------
    numerator, denominator : int
        Cases, or ratings for satisfaction; the numerator is a part of the denominator.
    """

    kind: RateKind
    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; ``None`` where there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def few(self) -> bool:
        """Whether so little was counted that the share says little."""
        return 0 < self.denominator < FEW

    @property
    def alarm(self) -> bool:
        """Whether the rate lies under its line; compared in whole numbers, never rounded.

        Examples
        --------
        >>> Rate(RateKind.AT_GRID, 949, 1000).alarm, Rate(RateKind.AT_GRID, 950, 1000).alarm
        (True, False)
        """
        line = LINES.get(self.kind)
        if line is None or not self.denominator:
            return False
        return self.numerator * line[1] < line[0] * self.denominator
