"""Edits by an area drawn freely: what lies in it passes to a grid, present or new."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import shapely

from gridsvc.errors import RuleViolation
from gridsvc.geo.edits.cutting import Parts, cut, parts_of
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.ground import Ground, place_of, require_one_community
from gridsvc.geo.edits.lines import REACH, drawn, laid


def transfer(
    atoms: gpd.GeoDataFrame,
    lasso: shapely.Polygon,
    to: str,
    next_atom: int,
    givers: Collection[str] | None = None,
    *,
    holes: bool = False,
) -> Edit:
    """Give what lies in a lasso to a grid; atoms that the lasso crosses are cut.

    Parameters
    ----------
    atoms : GeoDataFrame
        As in `gridsvc.geo.atoms`, EPSG:4326 on the lattice: all atoms of the grids that give and
        take, and every atom of the community that touches them.
    lasso : Polygon
        EPSG:4326; it may reach over other ground, which stays as it is.
    to : str
        The grid that takes.
    next_atom : int
        Id of the first new atom.
    givers : collection of str, optional
        The only grids that give. None: all of the community.
    holes : bool
        Let a grid enclose another one.

    Returns
    -------
    Edit
        Proved: the chain of the ground and the sum of households are the same.

    Raises
    ------
    BadGeometry
        The lasso is no plain polygon.
    NotFound, RuleViolation
        A grid is not here, the lasso holds nothing of the givers, or a grid would be empty, in
        pieces, or have a hole.

    Examples
    --------
    The eastern half of a grid passes to its neighbour, and 150 of its 300 households; the grid
    south of it gains a vertex:

    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> lasso = shapely.box(108.0015, 27.7015, 108.0025, 27.7035)
    >>> edit = transfer(atoms, lasso, "520302001001003", 10, ["520302001001002"])
    >>> edit.before["households"].tolist(), edit.after["households"].tolist()
    ([300, 99, 301], [150, 249, 301])
    >>> sorted(edit.grids)
    ['520302001001002', '520302001001003']
    """
    ground = Ground.below(atoms, [to, *(givers or [])])
    return _taken(ground, lasso, to, next_atom, givers, holes=holes)


def create(
    atoms: gpd.GeoDataFrame,
    polygon: shapely.Polygon,
    new_code: str,
    next_atom: int,
    givers: Collection[str] | None = None,
    *,
    holes: bool = False,
) -> Edit:
    """Make a new grid of what lies in a polygon; parameters and refusals as for `transfer`.

    The new code's community says whose ground is taken.

    Raises
    ------
    RuleViolation
        The code is in use, and as for `transfer`.
    """
    require_free(atoms, new_code)
    own = [code for code in atoms["grid"].unique() if code[:12] == new_code[:12]]
    if not own:
        raise RuleViolation(f"Community {new_code[:12]} has no grid here.", ids=[new_code])
    ground = Ground.below(atoms, [*own[:1], *(givers or [])])
    return _taken(ground, polygon, new_code, next_atom, givers, holes=holes)


def require_free(atoms: gpd.GeoDataFrame, new_code: str) -> None:
    """Let a code pass only if no atom has it.

    Raises
    ------
    RuleViolation
        It is in use.
    """
    if (atoms["grid"] == new_code).any():
        raise RuleViolation(f"Code {new_code} is in use: choose a free one.", ids=[new_code])


def _taken(
    ground: Ground,
    lasso: shapely.Polygon,
    to: str,
    next_atom: int,
    givers: Collection[str] | None,
    *,
    holes: bool,
) -> Edit:
    lasso = drawn(lasso, "Polygon")
    require_one_community([to, *(givers or [])])
    giving = ground.grid != to if givers is None else ground.of(set(givers) - {to})
    target = giving & np.asarray(shapely.dwithin(ground.shapes, lasso, REACH))
    outline = ground.outline(target) if target.any() else shapely.Polygon()
    stroke = laid(ground, outline, np.array([shapely.boundary(lasso)], dtype=object))
    parts = parts_of(outline, stroke.pieces)
    within = shapely.area(shapely.intersection(parts, lasso)) * 2 > shapely.area(parts)
    if not within.any():
        raise RuleViolation(
            f"The outline holds no ground that could pass to grid {to}.",
            ids=[to],
            place=place_of(lasso),
        )
    named = Parts(parts[within], [to] * int(within.sum()))
    return cut(ground, target, stroke, named, next_atom, holes=holes)
