"""Grids from a file made to tile, and what of their gaps and overlaps a person must accept."""

from __future__ import annotations

from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.errors import BadGeometry, RuleViolation
from gridsvc.geo.cover.partition import SMALLEST_FINDING_M2, gaps, overlaps
from gridsvc.geo.cover.tiling import tile_exactly
from gridsvc.geo.crs import to_metric
from gridsvc.grids.intake.report import Finding, ImportReport, RowNote
from gridsvc.grids.known import found_by
from gridsvc.grids.models import TerritoryFinding

#: What two surveys of one border differ by; narrower overlaps are snapped away at import.
SNAP_M = 2.0
#: Narrower gaps are given to a neighbour at import.
GAP_M = 4.0
_TOLERATED_M = {"overlap": SNAP_M, "gap": GAP_M}


def fit(grids: gpd.GeoDataFrame, accept: frozenset[str], report: ImportReport) -> gpd.GeoDataFrame:
    """Fit the borders of grids from one file to each other where they miss by little.

    Fitting moves vertices by up to `SNAP_M` everywhere, so it is done only where a gap or an
    overlap is large enough to be a finding; where wide overlaps are accepted it is not done, it
    would take that ground from one of the two.

    Parameters
    ----------
    grids : GeoDataFrame
        ``own``, ``source_code``, ``parent_code`` and Polygons in EPSG:4326.
    accept : frozenset of str
        ``overlap`` lets wide overlaps stand.
    report : ImportReport
        Gets the grids whose ground moved.

    Raises
    ------
    RuleViolation
        Two grids share ground wider than `SNAP_M`, and that is not accepted.
    BadGeometry
        Fitting would leave a grid in pieces, or nothing of it.
    """
    labels = grids["own"].fillna(grids["source_code"])
    labels = labels.where(labels.notna(), [f"row {row}" for row in grids.index])
    # The first twelve digits of a code are the community, whose grids are fitted as one.
    keys = grids["parent_code"] + grids.index.map("-{:09d}".format)
    found = overlaps(grids.assign(code=labels))
    wide = found[_width_m(found) > SNAP_M]
    if len(wide):
        if "overlap" not in accept:
            _refuse_overlap(wide)
        return grids
    open_ground = gaps(grids.assign(code=keys))
    if found.empty and not (_width_m(open_ground) <= GAP_M).any():
        return grids
    tiling = tile_exactly(grids[["geometry"]].assign(code=keys), snap_m=SNAP_M, gap_m=GAP_M)
    changes = tiling.changes.set_index("code").loc[keys].set_index(grids.index)
    broken = grids.index[changes["parts"] > 1].tolist()
    if broken:
        raise BadGeometry(
            f"Row {broken[0]}: {labels[broken[0]]} falls into {changes['parts'][broken[0]]} parts "
            f"when borders are fitted within {SNAP_M:g} m: correct the file.",
            ids=broken,
        )
    for row, moved in changes.loc[changes["moved_m2"] >= SMALLEST_FINDING_M2, "moved_m2"].items():
        report.repaired.append(RowNote(row, f"borders fitted to neighbours ({moved:.0f} m2 moved)"))
    fitted = tiling.grids.set_index("code").geometry.loc[keys]
    return grids.set_geometry(gpd.GeoSeries(fitted.to_numpy(), index=grids.index, crs=grids.crs))


def _refuse_overlap(wide: gpd.GeoDataFrame) -> NoReturn:
    worst = wide.iloc[0]
    at = worst.geometry.representative_point()
    others = f" (and {len(wide) - 1} more places)" if len(wide) > 1 else ""
    raise RuleViolation(
        f"{worst.code_a} and {worst.code_b} both claim {worst.area_m2:.0f} m2 at "
        f"{at.x:.6f}, {at.y:.6f}{others}: correct the file, or pass --accept overlap.",
        ids=[worst.code_a, worst.code_b],
    )


def united(grids: gpd.GeoDataFrame, by: pd.Series) -> dict[str, shapely.Geometry]:
    """Unite grids by their division; a hole that no grid fills goes to one of its neighbours.

    In such a hole a grid is missing. The division with the longest border to it must answer for
    it, or nobody would find the gap.

    Returns
    -------
    dict of str to Polygon or MultiPolygon
        By code of the division, EPSG:4326.
    """
    shapes = {
        str(code): shapely.union_all(own.to_numpy()) for code, own in grids.geometry.groupby(by)
    }
    whole = shapely.union_all(grids.geometry.to_numpy())
    for ring in (ring for part in shapely.get_parts(whole) for ring in part.interiors):
        shared = {code: shape.boundary.intersection(ring).length for code, shape in shapes.items()}
        nearest = max(shared, key=lambda code: (shared[code], code))
        shapes[nearest] = shapely.union(shapes[nearest], shapely.Polygon(ring))
    return shapes


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
            found_by(None),
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
