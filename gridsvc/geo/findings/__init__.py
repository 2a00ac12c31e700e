"""What is wrong with a draft of the grids, each finding with its place and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import shapely

from gridsvc.geo.crs import STORAGE
from gridsvc.geo.findings.counts import code_findings, range_findings, total_findings
from gridsvc.geo.findings.cover import cover_findings
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.ground import barrier_findings, building_findings
from gridsvc.geo.findings.kinds import SEVERITIES, UNITS, Fix, Found, Ground, Kind, Severity
from gridsvc.geo.findings.shapes import hole_findings, neck_findings, piece_findings

__all__ = ["SEVERITIES", "UNITS", "Fix", "Ground", "Kind", "Severity", "findings"]

_CHECKS = {
    cover_findings: {Kind.GAP, Kind.OVERLAP, Kind.BORDER_UNMATCHED, Kind.CROSSES_COMMUNITY},
    total_findings: {Kind.HOUSEHOLD_COUNT_DIFFERS},
    piece_findings: {Kind.NOT_ONE_PIECE},
    hole_findings: {Kind.HOLE},
    code_findings: {Kind.CODE_REUSED, Kind.CODE_OUT_OF_ORDER},
    range_findings: {Kind.OUT_OF_RANGE},
    neck_findings: {Kind.NARROW_NECK},
    barrier_findings: {Kind.CROSSES_BARRIER},
    building_findings: {Kind.BUILDING_CUT},
}


def findings(
    atoms: gpd.GeoDataFrame,
    ground: Ground,
    grids: gpd.GeoDataFrame | None = None,
    severities: Mapping[Kind, Severity | None] = SEVERITIES,
    *,
    mending: bool = True,
) -> gpd.GeoDataFrame:
    """List everything that is wrong with a draft, or worth a planner's look.

    Parameters
    ----------
    atoms : GeoDataFrame
        The atoms of whole communities, EPSG:4326 on the lattice: ``grid``, ``households``,
        ``building`` and Polygons, by atom.
    ground : Ground
        Frames of the same communities, and what else the draft is judged against.
    grids : GeoDataFrame, optional
        ``outlines(atoms)``, where the caller has them.
    severities : mapping of Kind to Severity
        How grave each kind is; a kind that is missing, or None, is not looked for.
    mending : bool
        Look for edits that would bring a grid into its range, which takes most of the time.

    Returns
    -------
    GeoDataFrame
        Index ``finding`` from 0, what blocks first, then in the order of `Kind`. Columns
        ``kind``, ``severity`` (str), ``grids`` (tuple of str, the one at fault first; empty where
        the community is), ``community`` (str), ``figure`` (float, its unit in `UNITS`), ``lon``,
        ``lat`` (float: where to look), ``fixes`` (tuple of `Fix`) and ``geometry`` (the piece, or
        a point), EPSG:4326. Empty when nothing is found.

    Raises
    ------
    CrsMismatch
        Atoms or frames are not in EPSG:4326.
    BadGeometry
        An atom is no valid polygon.

    Examples
    --------
    Three grids of the town have 99, 301 and no households:

    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> lower = town.assign(code=town["code"].str[:12])
    >>> frames = lower.dissolve("code", method="coverage").reset_index()
    >>> found = findings(atoms, Ground(frames, base=frozenset(town["code"])))
    >>> list(zip(found["kind"], found["figure"]))
    [('out_of_range', -1.0), ('out_of_range', 1.0), ('out_of_range', -100.0)]
    >>> found["fixes"][2][0].as_dict()["action"]
    'merge'
    """
    draft = Draft(atoms, ground, grids, mending=mending)
    wanted = {kind: Severity(one) for kind, one in severities.items() if one is not None}
    found = [
        one
        for check, kinds in _CHECKS.items()
        if kinds & set(wanted)
        for one in check(draft)
        if one.kind in wanted
    ]
    rank = {
        kind: (wanted[kind] is Severity.WARNING, n) for n, kind in enumerate(Kind) if kind in wanted
    }
    found.sort(key=lambda one: (*rank[one.kind], one.community, one.grids))
    return _frame(found, wanted)


def _frame(found: list[Found], wanted: Mapping[Kind, Severity]) -> gpd.GeoDataFrame:
    shapes = [one.shape for one in found]
    places = [_place(one) for one in shapes]
    frame = gpd.GeoDataFrame(
        {
            "kind": [one.kind.value for one in found],
            "severity": [wanted[one.kind].value for one in found],
            "grids": [one.grids for one in found],
            "community": [one.community for one in found],
            "figure": [one.figure for one in found],
            "lon": shapely.get_x(places),
            "lat": shapely.get_y(places),
            "fixes": [one.fixes for one in found],
        },
        geometry=shapes,
        crs=STORAGE,
    )
    return frame.rename_axis("finding")


def _place(shape: shapely.Geometry) -> shapely.Point:
    if shape.geom_type == "LineString":
        # GEOS' point on the surface of a line may be its end: here the middle is meant.
        return shapely.line_interpolate_point(shape, 0.5, normalized=True)
    return shapely.point_on_surface(shape)
