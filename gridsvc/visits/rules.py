"""What a visit record may say, and how coverage is read."""

from __future__ import annotations

from gridsvc.errors import RuleViolation

#: Coverage is read over a quarter unless another window is asked for.
WINDOW_DAYS = 91
#: Target lines: 80 % in the window, 100 % in the year (domain).
TARGET_RATE = 0.8
YEAR_TARGET_RATE = 1.0
#: Visit day is Friday (``date.weekday()``).
VISIT_WEEKDAY = 4


def coverage_rate(dwellings_visited: int, dwellings: int | None) -> float | None:
    """Return distinct dwellings visited ÷ dwellings, in [0, 1]; ``None`` without dwellings.

    Raises
    ------
    RuleViolation
        If more dwellings were visited than there are: a rate above 100 % is a fault to mend in
        the records, not a figure to show.

    Examples
    --------
    >>> coverage_rate(60, 80)
    0.75
    """
    if not dwellings:
        return None
    if dwellings_visited > dwellings:
        raise RuleViolation(
            f"{dwellings_visited} dwellings were visited of {dwellings}; "
            "correct the visit or the building's dwellings"
        )
    return dwellings_visited / dwellings
