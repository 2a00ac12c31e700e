"""Do grids cut through what holds together, or lie across what keeps people apart?"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.cover.partition import COMMUNITY_DIGITS, SMALLEST_FINDING_M2
from gridsvc.geo.crs import STORAGE, area_m2, to_metric
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.kinds import Fix, Found, Kind

#: A barrier so near the border runs along it: a border on the kerb of a wide road, on a bank.
ALONG_M = 20.0
#: Shorter ends reach into a grid and part nothing from nothing.
SHORTEST_CROSSING_M = 30.0


def barrier_findings(draft: Draft) -> Iterator[Found]:
    """Find the grids that lie on both sides of a river or main road, with the metres inside.

    What runs within `ALONG_M` of the border is not inside. A polygon counts the length of its
    middle line, taken as half its perimeter: right for what is long and narrow.
    """
    barriers = draft.ground.barriers
    if barriers is None or barriers.empty:
        return
    metric = draft.metric
    lines = to_metric(barriers.geometry, metric.crs).to_numpy()
    cores = shapely.buffer(metric.to_numpy(), -ALONG_M, quad_segs=2)
    grid, line = shapely.STRtree(lines).query(cores, predicate="intersects")
    inside = shapely.intersection(cores[grid], lines[line])
    metres = shapely.length(inside) / np.where(shapely.get_dimensions(inside) == 2, 2, 1)
    pieces = gpd.GeoSeries(inside, crs=metric.crs).to_crs(STORAGE).to_numpy()
    total = np.bincount(grid, metres, len(metric))
    for place in np.flatnonzero(total >= SHORTEST_CROSSING_M):
        code, here = str(metric.index[place]), shapely.union_all(pieces[grid == place])
        kind = Kind.CROSSES_BARRIER
        yield Found(kind, (code,), code[:COMMUNITY_DIGITS], float(total[place]), here)


def building_findings(draft: Draft) -> Iterator[Found]:
    """Find the buildings that lie in several grids: the figure is what lies outside the largest.

    With footprints, parts under `SMALLEST_FINDING_M2` are the surveyor's; without, atoms speak.
    """
    parts = _by_atoms(draft) if draft.ground.buildings is None else _by_footprints(draft)
    parts = parts[parts["m2"] >= SMALLEST_FINDING_M2]
    for building, own in parts.groupby("building"):
        if len(own) > 1:
            ordered = own.sort_values("m2", ascending=False)
            codes = tuple(ordered["grid"])
            lesser = ordered.iloc[1:]
            shape = shapely.union_all(lesser["shape"].to_numpy())
            fixes = _joined(draft, building, codes[0])
            figure = float(lesser["m2"].sum())
            kind = Kind.BUILDING_CUT
            yield Found(kind, codes, codes[0][:COMMUNITY_DIGITS], figure, shape, fixes)


def _by_atoms(draft: Draft) -> pd.DataFrame:
    known = draft.atoms[draft.atoms["building"].notna()]
    several = known.groupby("building")["grid"].transform("nunique") > 1
    cut = known[several].dissolve(["building", "grid"]).reset_index()
    return _measured(cut["building"], cut["grid"], cut.geometry.to_numpy())


def _by_footprints(draft: Draft) -> pd.DataFrame:
    buildings = draft.ground.buildings
    assert buildings is not None  # noqa: S101  the caller has seen to it
    shapes, grids = buildings.geometry.to_numpy(), draft.grids.to_numpy()
    edges = shapely.boundary(grids)
    shapely.prepare(edges)
    on_edge = np.unique(shapely.STRtree(shapes).query(edges, predicate="intersects")[1])
    one, grid = shapely.STRtree(grids).query(shapes[on_edge], predicate="intersects")
    building = on_edge[one]
    return _measured(
        buildings.index[building],
        draft.grids.index[grid],
        shapely.intersection(shapes[building], grids[grid]),
    )


def _measured(building: pd.Index, grid: pd.Index, shapes: np.ndarray) -> pd.DataFrame:
    m2 = area_m2(gpd.GeoSeries(shapes, crs=STORAGE)).to_numpy()
    return pd.DataFrame({"building": building, "grid": grid, "shape": shapes, "m2": m2})


def _joined(draft: Draft, building: object, to: str) -> tuple[Fix, ...]:
    atoms = draft.atoms.index[(draft.atoms["building"] == building).fillna(False)]
    atoms = atoms[draft.atoms["grid"][atoms] != to]
    return (draft.relabelling(atoms, to),) if len(atoms) else ()
