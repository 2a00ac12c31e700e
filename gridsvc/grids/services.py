"""Use cases of the territory that no file brings: what a division is told to be."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridsvc.errors import NotFound, RuleViolation
from gridsvc.grids.models import Division


def set_division(
    session: Session,
    code: str,
    *,
    name: str | None = None,
    name_en: str | None = None,
    public_map: bool | None = None,
    household_range: tuple[int, int] | None = None,
) -> Division:
    """Change what is said of a division; what is None stays. Safe to repeat.

    Raises
    ------
    NotFound
        No such division.
    RuleViolation
        The range runs backwards.
    """
    division = session.get(Division, code)
    if division is None:
        raise NotFound(f"There is no division {code}.", ids=[code])
    if household_range is not None:
        least, most = household_range
        if not 0 <= least <= most:
            raise RuleViolation(f"A range of {least} to {most} households cannot be.", ids=[code])
        division.household_min, division.household_max = least, most
    for attribute, value in (("name", name), ("name_en", name_en), ("public_map", public_map)):
        if value is not None:
            setattr(division, attribute, value)
    session.flush()
    return division
