"""Edits that draw nothing: atoms pass from grid to grid, and grids from code to code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import NotFound, RuleViolation
from gridsvc.geo.cover.noding import Shapes
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.ground import Ground, Mask, place_of, require_one_community
from gridsvc.geo.edits.pieces import Piece
from gridsvc.geo.edits.proof import moving, proved


def relabel(
    atoms: gpd.GeoDataFrame, atom_ids: Iterable[int], to: str, *, holes: bool = False
) -> Edit:
    """Give chosen atoms (buildings, whole blocks) to a grid.

    Parameters
    ----------
    atoms : GeoDataFrame
        As in `gridsvc.geo.atoms`; all of the grids that give or take, EPSG:4326.
    atom_ids : iterable of int
        Those that already are in ``to`` stay so.
    to : str
        A grid, present or new, of their community.
    holes : bool
        Let a grid enclose another one.

    Raises
    ------
    NotFound
        There is no such atom.
    RuleViolation
        They are of another community, or a grid would be empty, in pieces, or have a hole.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = merge(grid_atoms(town), "520302001001001", ["520302001001002"]).applied_to(
    ...     grid_atoms(town)
    ... )
    >>> edit = relabel(atoms, [2], "520302001001003")
    >>> edit.before["grid"].tolist(), edit.after["grid"].tolist()
    (['520302001001001'], ['520302001001003'])
    """
    ids = list(dict.fromkeys(int(one) for one in atom_ids))
    if missing := [one for one in ids if one not in atoms.index]:
        raise NotFound(f"There is no atom {missing[0]} here.", ids=missing)
    moved = [one for one in ids if atoms.at[one, "grid"] != to]
    if not moved:
        raise RuleViolation(f"The chosen atoms are in grid {to} already.", ids=[to])
    codes = {atoms.at[one, "grid"] for one in moved}
    require_one_community([to, *codes])
    ground = Ground.below(atoms, sorted(codes))
    return _given(ground, pd.Series(to, index=moved, dtype=object), holes=holes)


def relabel_many(atoms: gpd.GeoDataFrame, labels: pd.Series, *, holes: bool = False) -> Edit:
    """Give many atoms to many grids at once, as a proposal does.

    A grid that no atom is left in ends.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of the grids that give or take; of several communities if the labels are.
    labels : Series of str
        On the ids of the atoms: the grid that each is in from now on.
    holes : bool
        Let a grid enclose another one.

    Raises
    ------
    RuleViolation
        An atom would leave its community, or a grid would be in pieces or have a hole.
    """
    old = atoms.loc[labels.index, "grid"]
    new = labels[old.to_numpy() != labels.to_numpy()]
    for one, code in new.items():
        require_one_community([old[one], code])
    if new.empty:
        raise RuleViolation("Nothing would change: the atoms are in that grid already.")
    edits = [
        _given(Ground.below(atoms, [old[own.index[0]]]), own, holes=holes, emptied=old)
        for _, own in new.groupby(new.str[:12])
    ]
    return Edit(
        pd.concat([edit.before for edit in edits]).sort_index(),
        pd.concat([edit.after for edit in edits]).sort_index(),
        frozenset().union(*(edit.grids for edit in edits)),
    )


def merge(
    atoms: gpd.GeoDataFrame, into: str, others: Collection[str], *, holes: bool = False
) -> Edit:
    """Unite grids under the code of one of them.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of the grids.
    into, others : str, collection of str
        The code that stays, and those that end.
    holes : bool
        Let the grid enclose another one.

    Raises
    ------
    NotFound, RuleViolation
        A grid is not here, of another community, or does not touch the rest.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> edit = merge(atoms, "520302001001001", ["520302001001002"])
    >>> outlines(edit.applied_to(atoms)).loc["520302001001001", "households"]
    np.int64(420)
    """
    ground = Ground.below(atoms, [into, *others])
    ending = ground.of(set(others) - {into})
    if not ending.any():
        raise RuleViolation(f"Grid {into} needs another grid to be merged with.", ids=[into])
    ids = ground.atoms.index[ending]
    return _given(ground, pd.Series(into, index=ids, dtype=object), holes=holes, emptied=others)


def retire(
    atoms: gpd.GeoDataFrame,
    grid: str,
    heirs: Collection[str] | None = None,
    *,
    holes: bool = False,
) -> Edit:
    """End a grid and give its ground to its neighbours.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of the grid and of everything that touches it.
    grid : str
        The code that ends.
    heirs : collection of str, optional
        They grow into the ground atom by atom, the longest border first. None: the neighbour
        with the longest border takes all.
    holes : bool
        Let a grid enclose another one.

    Raises
    ------
    NotFound, RuleViolation
        No heir touches it, or is of another community.
    """
    ground = Ground.below(atoms, [grid, *(heirs or [])])
    ending = ground.of([grid])
    if heirs is None:
        heirs = [_longest_neighbour(ground, grid, ending)]
    labels = _grown(ground, ending, ground.of(heirs) & ~ending)
    return _given(ground, labels, holes=holes, emptied=[grid])


def _longest_neighbour(ground: Ground, grid: str, ending: Mask) -> str:
    outline = np.array([ground.outline(ending)], dtype=object)
    border = _border_lengths(outline, ground.shapes[~ending])
    if border.empty:
        raise RuleViolation(f"Grid {grid} has no neighbour that could take its ground.", ids=[grid])
    by = ground.grid[~ending][border["other"]]
    return str(border.groupby(by)["length"].sum().idxmax())


def _grown(ground: Ground, ending: Mask, takers: Mask) -> pd.Series:
    """Name the grid that each ending atom falls to: ever the longest border of those left."""
    count = int(ending.sum())
    shapes = np.concatenate([ground.shapes[ending], ground.shapes[takers]])
    holder = np.concatenate([np.full(count, None), ground.grid[takers]])
    border = _border_lengths(ground.shapes[ending], shapes)
    while (waiting := pd.isna(holder[:count])).any():
        reached = border[waiting[border["one"]]].assign(by=lambda pair: holder[pair["other"]])
        lengths = reached.dropna(subset="by").groupby(["one", "by"])["length"].sum()
        if lengths.empty:
            lone = ground.shapes[ending][waiting][0]
            raise RuleViolation(
                "No heir touches all of the ground: name another heir.", place=place_of(lone)
            )
        atom, code = lengths.idxmax()
        holder[atom] = code
    return pd.Series(holder[:count], index=ground.atoms.index[ending], dtype=object)


def _border_lengths(shapes: Shapes, others: Shapes) -> pd.DataFrame:
    """Measure shared borders in steps: ``one``, ``other`` (places) and ``length`` > 0."""
    other, one = shapely.STRtree(shapes).query(others, predicate="intersects")
    shared = shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(others[other]))
    found = pd.DataFrame({"one": one, "other": other, "length": shapely.length(shared)})
    itself = shapely.equals_identical(shapes[one], others[other])
    return found[(found["length"] > 0) & ~itself]


def renumber(atoms: gpd.GeoDataFrame, codes: Mapping[str, str]) -> Edit:
    """Give grids other codes; codes may be exchanged.

    Parameters
    ----------
    atoms : GeoDataFrame
        All atoms of the grids, and of every grid whose code is given.
    codes : mapping of str to str
        The old code and the new one, of the same community.

    Raises
    ------
    NotFound, RuleViolation
        A grid is not here, its new code is in use or is given twice.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> atoms = grid_atoms(town)
    >>> edit = renumber(atoms, {"520302001001001": "520302001001011"})
    >>> edit.inverse().applied_to(edit.applied_to(atoms)).equals(atoms)
    True
    """
    codes = {old: new for old, new in codes.items() if old != new}
    present = set(atoms["grid"])
    if missing := [old for old in codes if old not in present]:
        raise NotFound(f"There is no grid {missing[0]} here.", ids=missing)
    new = list(codes.values())
    taken = [code for code in new if new.count(code) > 1 or code in present - set(codes)]
    if taken or not codes:
        what = f"Code {taken[0]} is another grid's" if taken else "No code would change"
        raise RuleViolation(f"{what}: choose codes that are free.", ids=taken)
    for old, code in codes.items():
        require_one_community([old, code])
    before = atoms[atoms["grid"].isin(list(codes))].sort_index()
    after = before.assign(grid=before["grid"].map(codes).astype(before["grid"].dtype))
    return Edit(before, after, frozenset({*codes, *new}))


def _given(ground: Ground, labels: pd.Series, *, holes: bool, emptied: Iterable[str] = ()) -> Edit:
    places = ground.atoms.index.get_indexer(labels.index)
    pieces = [
        Piece(ground.shapes[place], int(place), code, *ground.counts[place].tolist())
        for place, code in zip(places, labels, strict=True)
    ]
    moved = moving(ground, pieces)
    return proved(ground, pieces, moved, 0, holes=holes, emptied=frozenset(emptied))
