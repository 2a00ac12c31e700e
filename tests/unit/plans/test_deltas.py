"""Atoms as the log keeps them come back bit by bit."""

from __future__ import annotations

import math

import pandas as pd
import toy_town
from shapely import Polygon, box

from gridsvc.geo.atoms import grid_atoms
from gridsvc.geo.edits import merge
from gridsvc.plans.deltas import packed, unpacked


def holed():
    """Atoms with a hole, an anchor with all its digits, and a building."""
    atoms = grid_atoms(toy_town.grids())
    square = atoms.geometry[1]
    west, south, east, north = square.bounds
    inner = box(west + 1e-4, south + 1e-4, east - 1e-4, north - 1e-4).exterior.coords
    ring = [(round(x, 7), round(y, 7)) for x, y in inner]
    atoms.loc[1, "geometry"] = Polygon(square.exterior.coords, [ring])
    atoms.loc[1, ["lon", "lat"]] = [108.1 + math.pi * 1e-9, 27.7000001]
    atoms["building"] = pd.array([7] + [None] * 8, dtype="Int64")
    return atoms


def test_atoms_come_back_as_they_were():
    atoms = holed()
    nothing = atoms.iloc[:0]
    assert unpacked(packed(atoms, nothing), {}).equals(atoms)


def test_a_shape_that_both_sides_have_is_written_on_neither():
    atoms = grid_atoms(toy_town.grids())
    edit = merge(atoms, toy_town.code(1, 2), [toy_town.code(1, 3)])
    text = packed(edit.after, edit.before)
    assert len(text) < 120
    assert unpacked(text, edit.before.geometry).equals(edit.after)
