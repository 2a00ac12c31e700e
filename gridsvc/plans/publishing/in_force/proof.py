"""The last guard of a publication: the database proves the new map against the old one."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import geopandas as gpd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.errors import RuleViolation
from gridsvc.grids.queries import GRID_DIGITS
from gridsvc.plans.publishing.change.ground import Change

_PROOF = text(files(__package__).joinpath("chain_proof.sql").read_text("utf-8"))


def proved(session: Session, change: Change, whole: gpd.GeoDataFrame) -> dict[str, Any]:
    """Prove a map that is written, not committed, against the one that it replaces.

    Parameters
    ----------
    whole : GeoDataFrame
        The map that was in force, as `gridsvc.plans.publishing.change.ground.in_force` gives it.

    Returns
    -------
    dict
        ``segments`` walked, the ``residual`` that is 0, and ``households`` of the new map.

    Raises
    ------
    RuleViolation
        It does not cover the same ground, with a place to look at; or a community has other
        households than before.
    """
    found = session.execute(
        _PROOF,
        {
            "low": change.scope.ljust(GRID_DIGITS, "0"),
            "high": change.scope.ljust(GRID_DIGITS, "9"),
            "old": [int(one) for one in whole["boundary_id"]],
            "day": change.on,
        },
    ).one()
    if found.residual:
        raise RuleViolation(
            f"The new map does not cover what the old one covers: {found.residual} edges have no "
            f"counterpart, one of them at {found.lon:.7f}, {found.lat:.7f}.",
            change.after.index,
            (float(found.lon), float(found.lat)),
        )
    if found.communities:
        raise RuleViolation(
            f"The new map has {found.households_after} households, the old one "
            f"{found.households_before}: community {found.communities[0]} gains or loses some.",
            found.communities,
        )
    return {
        "segments": found.segments,
        "residual": found.residual,
        "households": int(found.households_after or 0),
    }
