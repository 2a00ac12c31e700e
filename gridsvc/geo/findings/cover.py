"""Do the grids of each community cover it exactly once? Proved first, searched only if not."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import shapely

from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.partition import SMALLEST_FINDING_M2, overlaps
from gridsvc.geo.crs import STORAGE, area_m2, length_m
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.kinds import Fix, Found, Kind

# Edges this near to a piece, some ten lattice steps, are the piece's own rim.
_BESIDE_DEG = 1e-6


def cover_findings(draft: Draft) -> Iterator[Found]:
    """Find gaps, overlaps, grids across a community's frame, and borders that do not match.

    The edge chain of every community's atoms is compared with its frame's, without tolerance.
    Only where something is left are the pieces searched; edges beside no piece of
    `SMALLEST_FINDING_M2` are a border with a vertex on one side alone.
    """
    frames = draft.ground.communities.set_index("code").geometry
    residuals = dict(_residuals(draft, frames))
    if not residuals:
        return
    concerned = draft.atoms[draft.community.isin(list(residuals))]
    found = [*_crossings(draft, frames, set(residuals)), *_overlaps(concerned)]
    found += _gaps(concerned, frames[frames.index.isin(list(residuals))])
    yield from found
    pieces = shapely.union_all([one.shape for one in found])
    for community, edges in residuals.items():
        apart = edges[~shapely.dwithin(edges.geometry.to_numpy(), pieces, _BESIDE_DEG)]
        if len(apart):
            lines = shapely.multilinestrings(apart.geometry.to_numpy())
            metres = float(length_m(apart).sum())
            yield Found(Kind.BORDER_UNMATCHED, (), community, metres, lines)


def _residuals(draft: Draft, frames: gpd.GeoSeries) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    atoms = dict(iter(draft.atoms.geometry.groupby(draft.community)))
    outlines = dict(iter(frames.groupby(level=0)))
    nothing = frames[:0]
    for community in sorted({*atoms, *frames.index}):
        own = edge_chain(atoms.get(community, nothing))
        left = own.minus(edge_chain(outlines.get(community, nothing)))
        if left.low.size:
            yield community, left.edges()


def _crossings(draft: Draft, frames: gpd.GeoSeries, bad: set[str]) -> Iterator[Found]:
    grids = draft.grids[draft.grids.index.str[:12].isin(list(bad))]
    own = frames.reindex(grids.index.str[:12]).to_numpy()
    outside = gpd.GeoSeries(
        shapely.difference(grids.to_numpy(), [one or shapely.Polygon() for one in own]),
        index=grids.index,
        crs=STORAGE,
    )
    sizes = area_m2(outside)
    for code in outside.index[sizes >= SMALLEST_FINDING_M2]:
        piece = outside[code]
        fixes = _given_back(draft, draft.atoms_in(code, piece), frames)
        yield Found(Kind.CROSSES_COMMUNITY, (code,), code[:12], float(sizes[code]), piece, fixes)


def _given_back(draft: Draft, atoms: pd.Index, frames: gpd.GeoSeries) -> tuple[Fix, ...]:
    """Give atoms that lie in another community to the neighbour there with the longest border."""
    if atoms.empty:
        return ()
    points = shapely.point_on_surface(draft.atoms.geometry[atoms].to_numpy())
    at, frame = shapely.STRtree(frames.to_numpy()).query(points, predicate="intersects")
    home = pd.Series(frames.index[frame], index=atoms[at]).groupby(level=0).first()
    fixes = []
    for community, here in home.groupby(home):
        to = draft.longest_neighbour(here.index, str(community))
        if to is not None:
            fixes.append(draft.relabelling(here.index, to))
    return tuple(fixes)


def _overlaps(atoms: gpd.GeoDataFrame) -> Iterator[Found]:
    found = overlaps(atoms[["grid", "geometry"]].rename(columns={"grid": "code"}))
    for pair in found.itertuples():
        codes = tuple(dict.fromkeys((pair.code_a, pair.code_b)))
        yield Found(Kind.OVERLAP, codes, pair.code_a[:12], pair.area_m2, pair.geometry)


def _gaps(atoms: gpd.GeoDataFrame, frames: gpd.GeoSeries) -> Iterator[Found]:
    covered = shapely.union_all(atoms.geometry.to_numpy())
    for community, frame in frames.items():
        pieces = gpd.GeoSeries(shapely.get_parts(shapely.difference(frame, covered)), crs=STORAGE)
        sizes = area_m2(pieces)
        for place in pieces.index[sizes >= SMALLEST_FINDING_M2]:
            yield Found(Kind.GAP, (), str(community), float(sizes[place]), pieces[place])
