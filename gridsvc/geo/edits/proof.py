"""The last word on every edit: the same ground, the same households, every grid one piece."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.noding import Shapes, in_degrees
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.ground import Ground, place_of, united
from gridsvc.geo.edits.pieces import Piece


def same_ground(before: Shapes, after: Shapes) -> bool:
    """Tell whether two sets of polygons in steps bound the same covering, edge by edge."""
    return edge_chain(_stored(before)).same_as(edge_chain(_stored(after)))


def moving(ground: Ground, pieces: list[Piece]) -> frozenset[str]:
    """Name the grids that pieces leave or come to."""
    return frozenset(
        code
        for piece in pieces
        if piece.grid != ground.grid[piece.owner]
        for code in (piece.grid, ground.grid[piece.owner])
    )


def proved(
    ground: Ground,
    pieces: list[Piece],
    grids: frozenset[str],
    next_atom: int,
    shifted_m: float = 0.0,
    *,
    holes: bool,
    emptied: frozenset[str] = frozenset(),
) -> Edit:
    """Make an edit of pieces, or refuse it.

    Parameters
    ----------
    ground : Ground
        The atoms before.
    pieces : list of Piece
        Everything that becomes of the atoms that some piece is of.
    grids : frozenset of str
        From `moving`.
    next_atom : int
        Id of the first atom that has no heir's id.
    shifted_m : float
        Passed on to the edit.
    holes : bool
        Let a grid enclose more than it did.
    emptied : frozenset of str
        Grids that may end without ground.

    Raises
    ------
    RuleViolation
        Nothing would change, the chain or the households would differ, or a grid would be empty,
        in pieces, or have a hole.
    """
    if not grids:
        raise RuleViolation("Nothing would change: the ground is in those grids already.")
    changed = _changed(ground, pieces)
    places = sorted({piece.owner for piece in changed})
    before = ground.atoms.iloc[places]
    after = _frame(ground, changed, next_atom)
    counts = [[piece.households, piece.dwellings] for piece in changed]
    same_counts = (ground.counts[places].sum(axis=0) == np.sum(counts, axis=0)).all()
    if not (same_counts and edge_chain(before).same_as(edge_chain(after))):
        raise RuleViolation("The edit would lose ground or households, so it is not made.")
    for code in sorted(grids):
        _require_sound(ground, pieces, code, holes=holes, may_end=code in emptied)
    _require_polygons(after)
    return Edit(before, after, grids, shifted_m)


def _changed(ground: Ground, pieces: list[Piece]) -> list[Piece]:
    """Leave out the atoms that noding only read: one piece, the same rings, the same grid."""
    alone = pd.Series([piece.owner for piece in pieces]).value_counts()
    return [
        piece
        for piece in pieces
        if alone[piece.owner] > 1
        or piece.grid != ground.grid[piece.owner]
        or shapely.normalize(piece.shape) != shapely.normalize(ground.shapes[piece.owner])
    ]


def _frame(ground: Ground, pieces: list[Piece], next_atom: int) -> gpd.GeoDataFrame:
    pieces = sorted(pieces, key=lambda piece: (not piece.heir, piece.owner, piece.shape.bounds))
    old = ground.atoms.iloc[[piece.owner for piece in pieces]]
    heirs = np.array([piece.heir for piece in pieces], dtype=bool)
    ids = old.index.to_numpy(dtype=np.int64, copy=True)
    ids[~heirs] = next_atom + np.arange((~heirs).sum())
    shapes = in_degrees(np.array([piece.shape for piece in pieces], dtype=object))
    frame = old.assign(
        grid=pd.array([piece.grid for piece in pieces], dtype=old["grid"].dtype),
        households=np.array([piece.households for piece in pieces], dtype=np.int64),
        dwellings=np.array([piece.dwellings for piece in pieces], dtype=np.int64),
        lon=np.where(heirs, old["lon"], np.nan),
        lat=np.where(heirs, old["lat"], np.nan),
        building=old["building"].where(heirs),
        geometry=gpd.GeoSeries(
            shapely.orient_polygons(shapes, exterior_cw=False), index=old.index, crs=STORAGE
        ),
    )
    return frame.set_axis(pd.Index(ids, name="atom")).sort_index()


def _require_sound(
    ground: Ground, pieces: list[Piece], code: str, *, holes: bool, may_end: bool
) -> None:
    before = ground.shapes[ground.grid == code]
    changed = np.zeros(len(ground.shapes), dtype=bool)
    changed[[piece.owner for piece in pieces]] = True
    shapes = [piece.shape for piece in pieces if piece.grid == code]
    shapes += list(ground.shapes[(ground.grid == code) & ~changed])
    if not shapes:
        if may_end:
            return
        raise RuleViolation(
            f"Grid {code} would have no ground left: merge or retire it instead.",
            ids=[code],
            place=place_of(before[0]),
        )
    after = united(np.array(shapes, dtype=object))
    parts = shapely.get_parts(after)
    if len(parts) > 1:
        smallest = parts[shapely.area(parts).argmin()]
        raise RuleViolation(
            f"Grid {code} would fall into {len(parts)} pieces: look at the smallest.",
            ids=[code],
            place=place_of(smallest),
        )
    enclosed = _holes(after)
    if not holes and len(enclosed) > (len(_holes(united(before))) if len(before) else 0):
        raise RuleViolation(
            f"Grid {code} would enclose ground that is not its own.",
            ids=[code],
            place=place_of(enclosed[-1]),
        )


def _holes(shape: shapely.Geometry) -> list[shapely.Polygon]:
    return [shapely.Polygon(ring) for part in shapely.get_parts(shape) for ring in part.interiors]


def _require_polygons(atoms: gpd.GeoDataFrame) -> None:
    shapes = atoms.geometry.to_numpy()
    sound = (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON) & shapely.is_valid(shapes)
    if not sound.all():
        first = int((~sound).argmax())
        at = shapely.get_coordinates(shapes[first])[0]
        raise RuleViolation(
            f"A piece of grid {atoms['grid'].iloc[first]} would have an invalid shape: "
            "draw the line a little apart from it.",
            ids=[atoms["grid"].iloc[first]],
            place=(float(at[0]), float(at[1])),
        )


def _stored(shapes: Shapes) -> gpd.GeoSeries:
    return gpd.GeoSeries(in_degrees(shapes), crs=STORAGE)
