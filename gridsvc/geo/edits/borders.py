"""Edits by a line or a vertex: a grid is split, the border between two is moved."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadGeometry, RuleViolation
from gridsvc.geo.cover.chain import on_lattice
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.areas import require_free
from gridsvc.geo.edits.cutting import Parts, cut, parts_of
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.ground import Ground, Mask, place_of, require_one_community, united
from gridsvc.geo.edits.lines import Stroke, drawn, laid
from gridsvc.geo.edits.moved_border import cut_in_two
from gridsvc.geo.edits.proof import same_ground


def split(
    atoms: gpd.GeoDataFrame,
    grid: str,
    line: shapely.LineString,
    new_code: str,
    next_atom: int,
    *,
    holes: bool = False,
) -> Edit:
    """Split a grid in two along a line.

    Parameters
    ----------
    atoms : GeoDataFrame
        As in `gridsvc.geo.atoms`, EPSG:4326 on the lattice: all atoms of the grid, and every atom
        of the community that touches it.
    grid : str
        Its code; the part with more households (if as many: the larger one) keeps it.
    line : LineString
        EPSG:4326, from border to border; what sticks out is cut off.
    new_code : str
        The code of the other part, of the same community.
    next_atom : int
        Id of the first new atom.
    holes : bool
        Let a grid enclose another one.

    Returns
    -------
    Edit
        Proved: the chain of the ground and the sum of households are the same.

    Raises
    ------
    BadGeometry
        The line crosses itself, or does not cut the grid into two parts.
    NotFound, RuleViolation
        The grid is not here, the code is in use, or a part would not be sound.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> lane = shapely.LineString([(108.0009, 27.7015), (108.0021, 27.7015)])
    >>> edit = split(atoms, "520302001001005", lane, "520302001001007", 10)
    >>> edit.after[edit.after["grid"].isin(edit.grids)][["grid", "households"]].values.tolist()
    [['520302001001005', 151], ['520302001001007', 150]]
    """
    ground = Ground.below(atoms, [grid])
    require_one_community([grid, new_code])
    require_free(atoms, new_code)
    target = ground.of([grid])
    outline = ground.outline(target)
    path = drawn(line, "LineString")
    stroke = laid(ground, outline, np.array([path], dtype=object))
    parts = parts_of(outline, stroke.pieces)
    if len(parts) < 2:
        raise BadGeometry(
            f"The line does not cut grid {grid} in two: draw it from border to border.",
            ids=[grid],
            place=place_of(_loose_end(path, outline)),
        )
    if len(parts) > 2:
        raise BadGeometry(
            f"The line would leave grid {grid} in {len(parts)} pieces: one line cuts off one part.",
            ids=[grid],
            place=place_of(parts[shapely.area(parts).argmin()]),
        )
    size = [(_households(ground, target, part), part.area) for part in parts]
    names: list[str | None] = [new_code, grid] if size[0] < size[1] else [grid, new_code]
    return cut(ground, target, stroke, Parts(parts, names), next_atom, holes=holes)


def _loose_end(line: shapely.LineString, outline: shapely.Geometry) -> shapely.Point:
    """Give the end of a line that lies inside, or else the point where it comes nearest."""
    ends = shapely.points(shapely.get_coordinates(line)[[0, -1]])
    inside = ends[shapely.intersects(outline, ends)]
    if len(inside):
        return inside[-1]
    nearest = shapely.shortest_line(line, outline)
    return shapely.get_point(nearest, 0)


def _households(ground: Ground, target: Mask, part: shapely.Polygon) -> float:
    """Estimate the households in a part: by anchor, and by area where there is none."""
    count, place = ground.counts[target, 0], ground.anchors[target]
    unplaced = np.isnan(place[:, 0]) & (count > 0)
    shapely.prepare(part)
    within = shapely.contains_xy(part, place).astype(float)
    loose = ground.shapes[target][unplaced]
    within[unplaced] = shapely.area(shapely.intersection(loose, part)) / shapely.area(loose)
    return float(count @ within)


def reshape(
    atoms: gpd.GeoDataFrame,
    one: str,
    other: str,
    line: shapely.LineString,
    next_atom: int,
    *,
    holes: bool = False,
) -> Edit:
    """Draw the border between two grids anew.

    A line that leaves the present border and comes back to it replaces the stretch between; one
    that goes on to the rim of both grids replaces the border up to there.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of both grids, and every atom of the community that touches them.
    one, other : str
        Codes of two neighbours.
    line : LineString
        EPSG:4326.
    next_atom : int
        Id of the first new atom.
    holes : bool
        Let a grid enclose another one.

    Raises
    ------
    BadGeometry
        The line crosses itself, or does not join up with the border.
    NotFound, RuleViolation
        The grids are not here or no neighbours, or a grid would not be sound.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> bulge = shapely.LineString(
    ...     [(108.001, 27.7012), (108.0015, 27.7015), (108.001, 27.7018)]
    ... )
    >>> edit = reshape(atoms, "520302001001004", "520302001001005", bulge, 10)
    >>> edit.after["households"].tolist()
    [145, 256]
    """
    ground = Ground.below(atoms, [one, other])
    require_one_community([one, other])
    codes = [one, other]
    target = ground.of(codes)
    outline = ground.outline(target)
    stroke = laid(ground, outline, np.array([drawn(line, "LineString")], dtype=object))
    shapes = np.array([ground.outline(ground.of([code])) for code in codes], dtype=object)
    parts, order = cut_in_two(outline, shapes, stroke.pieces, codes)
    named = Parts(parts, [codes[place] for place in order])
    return cut(ground, target, stroke, named, next_atom, holes=holes)


def drag(
    atoms: gpd.GeoDataFrame,
    vertex: tuple[float, float],
    to: tuple[float, float],
    next_atom: int,
    *,
    holes: bool = False,
) -> Edit:
    """Move a vertex of a border, for all grids that meet there.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of the grids that have the vertex, and every atom of the community that touches
        them.
    vertex, to : tuple of float
        Where the vertex is and where it goes: lon, lat in EPSG:4326.
    next_atom : int
        Id of the first new atom, should one be needed.
    holes : bool
        Let a grid enclose another one.

    Raises
    ------
    BadGeometry
        No border between grids has a vertex there, or it would be dragged across another border.
    RuleViolation
        The vertex is on the outline of a community, or a grid would not be sound.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> edit = drag(atoms, (108.001, 27.702), (108.0012, 27.7022), 10)
    >>> len(edit.grids), edit.before["households"].sum() == edit.after["households"].sum()
    (4, np.True_)
    """
    start, end = (on_lattice(place).astype(float) for place in (vertex, to))
    ground, codes = _meeting(atoms, start, vertex)
    before = np.array([ground.outline(ground.of([code])) for code in codes], dtype=object)
    after = shapely.transform(
        before, lambda xy: np.where((xy == start).all(axis=1)[:, None], end, xy)
    )
    if not (shapely.is_valid(after).all() and same_ground(before, after)):
        raise BadGeometry(
            f"The vertex would be dragged across another border of {', '.join(codes)}: "
            "drag it less far.",
            ids=codes,
            place=(float(to[0]), float(to[1])),
        )
    stroke = Stroke(_edges_at(after, end))
    named = Parts(after, list(codes))
    return cut(ground, ground.of(codes), stroke, named, next_atom, holes=holes)


def _meeting(
    atoms: gpd.GeoDataFrame, start: NDArray[np.float64], vertex: tuple[float, float]
) -> tuple[Ground, list[str]]:
    """Find the grids that have a vertex in their outlines, and that may move it."""
    place = (float(vertex[0]), float(vertex[1]))
    shapes = atoms.geometry.to_numpy()
    near = shapely.dwithin(shapes, shapely.Point(start * 1e-7), 1e-7)
    having = [
        code
        for code in sorted(set(atoms["grid"].to_numpy()[near]))
        if _has(united(shapes[(atoms["grid"] == code).to_numpy()]), start)
    ]
    if not having:
        raise BadGeometry("No border of a grid has a vertex there: take one.", place=place)
    ground = Ground.below(atoms, having[:1])
    if (shapely.get_coordinates(ground.locked) == start).all(axis=1).any():
        raise RuleViolation(
            f"The outline of community {having[0][:12]} is locked, and the vertex lies on it.",
            ids=having,
            place=place,
        )
    return ground, having


def _has(shape: shapely.Geometry, start: NDArray[np.float64]) -> bool:
    return bool((on_lattice(shapely.get_coordinates(shape)) == start).all(axis=1).any())


def _edges_at(shapes: Shapes, vertex: NDArray[np.float64]) -> Shapes:
    positions, ring = shapely.get_coordinates(shapely.boundary(shapes), return_index=True)
    edges = np.stack([positions[:-1], positions[1:]], axis=1)[ring[:-1] == ring[1:]]
    at = (edges == vertex).all(axis=2).any(axis=1)
    return shapely.linestrings(edges[at])
