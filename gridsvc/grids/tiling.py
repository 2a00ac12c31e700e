"""Grids from a file made to tile, and what of their gaps and overlaps a person must accept."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.errors import RuleViolation
from gridsvc.geo.crs import to_metric
from gridsvc.geo.partition import overlaps
from gridsvc.grids.intake_report import Finding, ImportReport
from gridsvc.grids.models import TerritoryFinding

#: What two surveys of one border differ by; narrower overlaps are snapped away at import.
SNAP_M = 2.0
#: Narrower gaps are given to a neighbour at import.
GAP_M = 4.0
_TOLERATED_M = {"overlap": SNAP_M, "gap": GAP_M}


def fit(
    grids: gpd.GeoDataFrame,
    outlines: gpd.GeoDataFrame,
    accept: frozenset[str],
    report: ImportReport,
) -> gpd.GeoDataFrame:
    """Fit the borders of grids from one file to each other where they miss by little.

    Raises
    ------
    RuleViolation
        Two grids share ground wider than `SNAP_M`, and that is not accepted.
    """
    named = grids.assign(code=grids["own"].fillna(grids["source_code"]))
    unnamed = named["code"].isna()
    named.loc[unnamed, "code"] = [f"row {row}" for row in named.index[unnamed]]
    found = overlaps(named)
    wide = found[_width_m(found) > SNAP_M] if len(found) else found
    if len(wide) and "overlap" not in accept:
        worst = wide.iloc[0]
        at = worst.geometry.representative_point()
        raise RuleViolation(
            f"{worst.code_a} and {worst.code_b} both claim {worst.area_m2:.0f} m2 at "
            f"{at.x:.6f}, {at.y:.6f}{_others(len(wide))}: correct the file, or pass "
            "--accept overlap.",
            ids=[worst.code_a, worst.code_b],
        )
    return grids


def judged(session: Session, codes: list[str], accept: frozenset[str]) -> list[Finding]:
    """List the gaps and overlaps that concern some grids, as derived after they were written.

    Raises
    ------
    RuleViolation
        One of them is wider than an import may leave, and its kind is not accepted.
    """
    communities = sorted({code[:12] for code in codes})
    ancestors = {code[:n] for code in communities for n in range(6, 13, 3)}
    rows = session.execute(
        select(
            TerritoryFinding.kind,
            TerritoryFinding.community_code,
            TerritoryFinding.grid_codes,
            TerritoryFinding.area_m2,
            func.st_asbinary(TerritoryFinding.geom),
        )
        .where(
            TerritoryFinding.valid_to.is_(None),
            or_(
                TerritoryFinding.community_code.in_(ancestors),
                TerritoryFinding.grid_codes.op("&&")(codes),
            ),
        )
        .order_by(TerritoryFinding.area_m2.desc())
    ).all()
    if not rows:
        return []
    shapes = gpd.GeoSeries(shapely.from_wkb([bytes(row[4]) for row in rows]), crs=4326)
    widths = _width_m(gpd.GeoDataFrame(geometry=shapes))
    findings = []
    for row, shape, width in zip(rows, shapes, widths, strict=True):
        at = shape.representative_point()
        who = tuple(row.grid_codes) or (row.community_code,)
        words = said(row.kind, who, row.area_m2)
        findings.append(Finding(row.kind, who, words, at.x, at.y, row.area_m2, blocking=True))
        if width > _TOLERATED_M[row.kind] and row.kind not in accept:
            raise RuleViolation(
                f"{words} at {at.x:.6f}, {at.y:.6f}: correct the "
                f"file, or pass --accept {row.kind}.",
                ids=who,
            )
    return findings


def said(kind: str, codes: tuple[str, ...], area_m2: float) -> str:
    """Say a gap or an overlap in words."""
    if kind == "gap":
        return f"{area_m2:.0f} m2 of {codes[0]} are in no grid"
    return f"{codes[0]} and {codes[1]} both claim {area_m2:.0f} m2"


def _width_m(pieces: gpd.GeoDataFrame) -> np.ndarray:
    """Measure the mean width of long thin pieces: area over half the perimeter."""
    metric = to_metric(pieces.geometry)
    return (metric.area / (metric.length / 2)).to_numpy()


def _others(count: int) -> str:
    return f" (and {count - 1} more places)" if count > 1 else ""
