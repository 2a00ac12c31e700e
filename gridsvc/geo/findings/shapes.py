"""Is each grid one piece without holes, and nowhere thinner than a doorway?"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.cover.partition import COMMUNITY_DIGITS, SMALLEST_FINDING_M2
from gridsvc.geo.crs import STORAGE, area_m2
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.kinds import Fix, Found, Kind

#: A grid that is thinner somewhere hangs together on paper only: nobody walks through there.
NARROWEST_M = 2.0
# Halving 1 m six times tells the width of a neck to 3 cm.
_HALVINGS = 6


def piece_findings(draft: Draft) -> Iterator[Found]:
    """Find the pieces of a grid apart from its largest; each may go to its longest neighbour."""
    shapes = draft.grids.to_numpy()
    for place in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        code = str(draft.grids.index[place])
        parts = gpd.GeoSeries(shapely.get_parts(shapes[place]), crs=STORAGE)
        sizes = area_m2(parts).sort_values(ascending=False)
        for part, size in sizes.iloc[1:].items():
            atoms = draft.atoms_in(code, parts[part])
            to = draft.longest_neighbour(atoms, code[:COMMUNITY_DIGITS])
            fixes = (draft.relabelling(atoms, to),) if to else ()
            yield _found(Kind.NOT_ONE_PIECE, code, size, parts[part], fixes)


def hole_findings(draft: Draft) -> Iterator[Found]:
    """Find the grids that enclose ground of their community; a hole of its frame is none.

    What is enclosed may be merged into the grid around it, where that stays in its range.
    """
    shapes = draft.grids.to_numpy()
    rings, owner = shapely.get_rings(shapely.get_parts(shapes), return_index=True)
    part_of = np.repeat(np.arange(len(shapes)), shapely.get_num_geometries(shapes))
    # get_rings gives each part's outer ring first.
    inner = np.r_[False, owner[1:] == owner[:-1]] if len(owner) else np.array([], dtype=bool)
    frames = draft.ground.communities.set_index("code").geometry
    for ring, place in zip(rings[inner], part_of[owner[inner]], strict=True):
        code, hole = str(draft.grids.index[place]), shapely.polygons(ring)
        frame = frames.get(code[:COMMUNITY_DIGITS])
        if frame is not None and not shapely.covers(frame, shapely.point_on_surface(hole)):
            continue
        size = area_m2(gpd.GeoSeries([hole], crs=STORAGE))[0]
        enclosed = draft.grids.index[shapely.covers(hole, shapes)]
        yield _found(Kind.HOLE, code, size, hole, _merged(draft, code, enclosed), enclosed)


def neck_findings(draft: Draft) -> Iterator[Found]:
    """Find the grids that fall into pieces when `NARROWEST_M` / 2 is taken off all round.

    The figure is the width of the neck: twice the least that must be taken off. Thin spurs that
    lead nowhere are no necks.
    """
    metric = draft.metric.explode()
    shapes = metric.to_numpy()
    eroded = shapely.buffer(shapes, -NARROWEST_M / 2, quad_segs=2)
    for place in np.flatnonzero(shapely.get_num_geometries(eroded) > 1):
        if len(_bulbs(eroded[place])) > 1:
            width, neck = _neck(shapes[place])
            where = gpd.GeoSeries([neck], crs=metric.crs).to_crs(STORAGE)[0]
            yield _found(Kind.NARROW_NECK, str(metric.index[place]), width, where)


def _found(
    kind: Kind,
    code: str,
    figure: float,
    shape: shapely.Geometry,
    fixes: tuple[Fix, ...] = (),
    others: pd.Index = (),
) -> Found:
    return Found(kind, (code, *others), code[:COMMUNITY_DIGITS], float(figure), shape, fixes)


def _merged(draft: Draft, code: str, enclosed: pd.Index) -> tuple[Fix, ...]:
    total = int(draft.households[[code, *enclosed]].sum())
    if enclosed.empty or total > draft.range_of(code)[1]:
        return ()
    return (Fix("merge", to=code, grids=tuple(enclosed), households=((code, total),)),)


def _bulbs(eroded: shapely.Geometry) -> np.ndarray:
    parts = shapely.get_parts(eroded)
    return parts[shapely.area(parts) >= SMALLEST_FINDING_M2]


def _neck(shape: shapely.Geometry) -> tuple[float, shapely.Geometry]:
    """Give the width of the neck in metres, and the line that spans what it joins."""
    whole, apart = 0.0, NARROWEST_M / 2
    for _ in range(_HALVINGS):
        middle = (whole + apart) / 2
        if len(_bulbs(shapely.buffer(shape, -middle, quad_segs=2))) > 1:
            apart = middle
        else:
            whole = middle
    bulbs = _bulbs(shapely.buffer(shape, -apart, quad_segs=2))
    smallest = bulbs[np.argmin(shapely.area(bulbs))]
    others = shapely.union_all(bulbs[bulbs != smallest])
    return 2 * apart, shapely.shortest_line(smallest, others)
