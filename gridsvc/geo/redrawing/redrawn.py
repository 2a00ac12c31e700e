"""Grids drawn elsewhere, in QGIS or CAD, laid over the atoms that are there: one proved edit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.errors import RuleViolation
from gridsvc.geo.atoms import outlines
from gridsvc.geo.cover.compare import Comparison, compare
from gridsvc.geo.cover.noding import Shapes, in_degrees, in_steps
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS, SMALLEST_FINDING_M2, gaps, overlaps
from gridsvc.geo.cover.tiling import Tiling, tile_exactly
from gridsvc.geo.crs import STORAGE, area_m2, to_metric
from gridsvc.geo.edits import Edit
from gridsvc.geo.edits.cutting import Parts, cut, parts_of
from gridsvc.geo.edits.ground import Ground
from gridsvc.geo.edits.lines import laid
from gridsvc.geo.numbering import numbered
from gridsvc.geo.redrawing.drawings import exact, placed, sound

#: What two surveys of one border differ by; a wider overlap or gap is for the drawer to mend.
SNAP_M = 2.0
GAP_M = 4.0
_PLACES_NAMED = 5


@dataclass(frozen=True)
class Redrawn:
    """What a drawing would make of the grids, for a planner to confirm.

    Attributes
    ----------
    edit : Edit or None
        Proved; None where the drawing is what is there already.
    changes : DataFrame
        By code (index ``grid``): ``given`` (what the file calls it, may be None), ``status``
        (``same``, ``changed``, ``new`` or ``retired``), ``before_m2`` as drawn, ``after_m2`` as
        it would be, ``moved_m2`` that the repair moved; ``households_before``, ``households``
        and of them ``came`` and ``went`` (int).
    comparison : Comparison
        Of the atoms before and after.
    """

    edit: Edit | None
    changes: pd.DataFrame
    comparison: Comparison


def redraw(
    atoms: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, used: Collection[str], next_atom: int
) -> Redrawn:
    """Fit grids drawn elsewhere to the communities' frames and cut the atoms along them.

    Every community that the drawing touches must be drawn whole: a grid that is not drawn ends.
    Overlaps and gaps narrower than `SNAP_M` and `GAP_M` are repaired by
    `gridsvc.geo.cover.tiling.tile_exactly`; a border within 10 cm of the present one is the
    present one.

    Parameters
    ----------
    atoms : GeoDataFrame
        As in `gridsvc.geo.atoms`, whole communities, EPSG:4326.
    drawn : GeoDataFrame
        ``code`` (str or None) and polygons in any known CRS. Codes of grids that are there keep
        their grid. Another shape is the grid, drawn under no code, that shares more than half
        of both; all others are new grids and get new codes.
    used : collection of str
        Every code ever given.
    next_atom : int
        Id of the first new atom.

    Raises
    ------
    BadGeometry
        A shape is no valid polygon, or lies outside of every community.
    RuleViolation
        Two grids overlap or leave a gap too wide to repair, a grid falls into pieces or encloses
        ground; the message and ``place`` say where.
    BadInput
        A code is drawn twice.

    Examples
    --------
    A grid drawn over its eastern neighbour, which is no longer drawn:

    >>> from gridsvc.geo.atoms import grid_atoms
    >>> drawn = town[["code", "geometry"]].drop(index=1)
    >>> drawn.loc[0, "geometry"] = shapely.box(108.0, 27.702, 108.002, 27.703)
    >>> made = redraw(grid_atoms(town), drawn, set(town["code"]), next_atom=10)
    >>> made.changes.loc[made.changes["status"] != "same", ["status", "households"]].values.tolist()
    [['changed', 420], ['retired', 0]]
    """
    present = outlines(atoms)
    frames = _frames(present)
    given = placed(sound(drawn), present, frames)
    concerned = frames[frames["code"].isin(given["code"].str[:COMMUNITY_DIGITS])]
    _require_narrow(overlaps(exact(given, present)), SNAP_M, "overlap")
    tiling = tile_exactly(exact(given, present), concerned, SNAP_M, GAP_M)
    _require_narrow(gaps(tiling.grids, tiling.frame), 0.0, "are in no grid")
    _require_whole(tiling)
    codes = _codes(tiling.grids, used)
    tiled = tiling.grids.assign(code=tiling.grids["code"].replace(codes))
    edit = _edit(atoms, tiled, present, next_atom)
    after = atoms if edit is None else edit.applied_to(atoms)
    comparison = compare(atoms, after)
    labels = given.assign(code=given["code"].replace(codes)).set_index("code")
    changes = _changes(labels, present, outlines(after), concerned["code"], comparison)
    return Redrawn(edit, changes, comparison)


def _frames(present: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    communities = present.assign(code=present.index.str[:COMMUNITY_DIGITS])
    return communities.dissolve("code", method="coverage")[["geometry"]].reset_index()


def _require_narrow(found: gpd.GeoDataFrame, most_m: float, what: str) -> None:
    """Refuse pieces whose mean width, area over half the perimeter, is more than ``most_m``."""
    metric = to_metric(found.geometry)
    wide = found[(metric.area / (metric.length / 2)).to_numpy() > most_m]
    if wide.empty:
        return
    points = wide.representative_point()
    places = "; ".join(
        f"{area:.0f} m2 at {at.x:.6f}, {at.y:.6f}"
        for area, at in zip(wide["area_m2"][:_PLACES_NAMED], points, strict=False)
    )
    more = f"; and {len(wide) - _PLACES_NAMED} more" if len(wide) > _PLACES_NAMED else ""
    codes = [
        c for name in ("code_a", "code_b", "community_code") if name in wide for c in wide[name]
    ]
    who = "Grids that overlap" if what == "overlap" else "Ground in no grid"
    raise RuleViolation(
        f"{who}: {places}{more}: correct the drawing there.",
        ids=sorted(set(codes)),
        place=(points.iloc[0].x, points.iloc[0].y),
    )


def _require_whole(tiling: Tiling) -> None:
    broken = tiling.grids[(tiling.changes["parts"] > 1).to_numpy()]
    if len(broken):
        parts = shapely.get_parts(broken.geometry.iloc[0])
        at = parts[shapely.area(parts).argmin()].representative_point()
        raise RuleViolation(
            f"Grid {broken['code'].iloc[0]} is drawn in {len(parts)} pieces, one at {at.x:.6f}, "
            f"{at.y:.6f}: a grid is one piece.",
            ids=broken["code"],
            place=(at.x, at.y),
        )


def _codes(tiled: gpd.GeoDataFrame, used: Collection[str]) -> dict[str, str]:
    new = tiled[tiled["code"].str.contains("+", regex=False)].set_index("code")
    new = new.assign(community=new.index.str[:COMMUNITY_DIGITS])
    return {str(old): str(code) for old, code in numbered(new, used).items()}


def _edit(
    atoms: gpd.GeoDataFrame, tiled: gpd.GeoDataFrame, present: gpd.GeoDataFrame, next_atom: int
) -> Edit | None:
    edits = []
    for _, own in tiled.groupby(tiled["code"].str[:COMMUNITY_DIGITS]):
        edit = _community(atoms, own, present, next_atom)
        if edit is not None:
            next_atom = max(next_atom, int(edit.after.index.max()) + 1)
            edits.append(edit)
    if not edits:
        return None
    return Edit(
        pd.concat([edit.before for edit in edits]).sort_index(),
        pd.concat([edit.after for edit in edits]).sort_index(),
        frozenset().union(*(edit.grids for edit in edits)),
        max(edit.shifted_m for edit in edits),
    )


def _community(
    atoms: gpd.GeoDataFrame, tiled: gpd.GeoDataFrame, present: gpd.GeoDataFrame, next_atom: int
) -> Edit | None:
    """Cut the atoms of a community along the borders of its new grids."""
    community = str(tiled["code"].iloc[0])[:COMMUNITY_DIGITS]
    now = present.geometry[present.index.str.startswith(community)]
    ground = Ground.below(atoms, [now.index[0]])
    everything = np.ones(len(ground.shapes), dtype=bool)
    outline = ground.outline(everything)
    shapes = in_steps(tiled.geometry.to_numpy())
    rim = shapely.boundary(shapely.coverage_union_all(shapes))
    inner = shapely.difference(shapely.union_all(shapely.boundary(shapes)), rim)
    stroke = laid(ground, outline, shapely.get_parts(shapely.line_merge(inner)))
    parts = _named(parts_of(outline, stroke.pieces), shapes, tiled["code"].to_numpy())
    if _is_there(parts, now):
        return None
    emptied = frozenset(now.index) - set(parts.names)
    return cut(ground, everything, stroke, parts, next_atom, holes=False, emptied=emptied)


def _named(faces: Shapes, grids: Shapes, codes: NDArray[np.object_]) -> Parts:
    """Name each face by the grid that most of it lies in: a moved end changes both a little."""
    face, grid = shapely.STRtree(grids).query(faces, predicate="intersects")
    shared = shapely.area(shapely.intersection(faces[face], grids[grid]))
    best = pd.DataFrame({"face": face, "grid": grid, "shared": shared}).sort_values("shared")
    best = best.drop_duplicates("face", keep="last").sort_values("face")
    return Parts(faces, [str(code) for code in codes[best["grid"]]])


def _is_there(parts: Parts, now: gpd.GeoSeries) -> bool:
    """Tell whether the parts are, but for the lattice's rounding, the grids that are there."""
    drawn = pd.Series(parts.shapes, index=parts.names).groupby(level=0)
    grids = drawn.agg(lambda own: shapely.coverage_union_all(own.to_numpy()))
    if set(grids.index) != set(now.index):
        return False
    made = in_degrees(grids.reindex(now.index).to_numpy())
    apart = gpd.GeoSeries(shapely.symmetric_difference(made, now.to_numpy()), crs=STORAGE)
    return bool((area_m2(apart) < SMALLEST_FINDING_M2).all())


def _changes(
    drawn: gpd.GeoDataFrame,
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    communities: pd.Series,
    comparison: Comparison,
) -> pd.DataFrame:
    flows = comparison.grids
    own = flows[flows.index.str[:COMMUNITY_DIGITS].isin(list(communities))]
    asked = drawn.geometry.reindex(own.index)
    made = gpd.GeoSeries(after.geometry.reindex(own.index), crs=STORAGE)
    moved = gpd.GeoSeries(shapely.symmetric_difference(asked, made), own.index, crs=STORAGE)
    gained = (own["came_m2"] + own["went_m2"]) >= SMALLEST_FINDING_M2
    status = np.where(gained | (own["came"] + own["went"] > 0), "changed", "same")
    status = np.where(own.index.isin(before.index), status, "new")
    status = np.where(own.index.isin(after.index), status, "retired")
    return pd.DataFrame(
        {
            "given": drawn["given"].reindex(own.index),
            "status": status,
            "before_m2": area_m2(gpd.GeoSeries(asked, crs=STORAGE)),
            "after_m2": area_m2(made),
            "moved_m2": area_m2(moved),
            "households_before": own["before"],
            "households": own["after"],
            "came": own["came"],
            "went": own["went"],
        }
    )
