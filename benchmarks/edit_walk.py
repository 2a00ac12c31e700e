"""A random life of edits on a made city: every edit is checked from outside of the library."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, Polygon

from gridsvc.demo.city import make_city
from gridsvc.errors import BadGeometry, RuleViolation
from gridsvc.geo import edits
from gridsvc.geo.atoms import grid_atoms
from gridsvc.geo.cover.chain import Chain, edge_chain, on_lattice
from gridsvc.geo.cover.frames import with_dense_frames
from gridsvc.geo.edits import Edit
from gridsvc.geo.edits.ground import united

Attempt = tuple[Any, ...]  # an edit and its arguments
METRE = 1e-5  # in degrees, near enough for a gesture
KINDS = (
    "split", "merge", "transfer", "create", "reshape", "drag", "relabel", "retire", "renumber",
)  # fmt: skip


def twice_area(atoms: gpd.GeoDataFrame) -> int:
    """Sum twice the area in square steps, in whole numbers, without any rounding."""
    shapes = shapely.orient_polygons(atoms.geometry.to_numpy())
    positions, ring = shapely.get_coordinates(shapely.get_rings(shapes), return_index=True)
    # From a corner nearby every product of a community stays far below 2**63.
    x, y = (on_lattice(positions) - on_lattice(positions[0])).T
    same = ring[:-1] == ring[1:]
    return abs(int((x[:-1] * y[1:] - x[1:] * y[:-1])[same].sum()))


@dataclass
class Walk:
    """A city under edit, by community; `log` holds every edit that was made."""

    communities: dict[str, gpd.GeoDataFrame]
    random: np.random.Generator
    chains: dict[str, Chain] = field(default_factory=dict)
    areas: dict[str, int] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    log: list[tuple[str, Edit]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    next_atom: int = 10**6
    next_code: int = 100

    @classmethod
    def through(cls, atoms: gpd.GeoDataFrame, seed: int) -> Walk:
        """Begin a walk on atoms of any number of communities."""
        communities = dict(iter(atoms.groupby(atoms["grid"].str[:12])))
        walk = cls(communities, np.random.default_rng(seed))
        for code, own in communities.items():
            walk.chains[code] = edge_chain(own)
            walk.areas[code] = twice_area(own)
            walk.households[code] = int(own["households"].sum())
        return walk

    def step(self) -> None:
        """Try one random edit and check what came of it."""
        code = str(self.random.choice(sorted(self.communities)))
        atoms = self.communities[code]
        kind = str(self.random.choice(KINDS))
        gesture = Gesture(self, code, atoms)
        if kind in ("split", "create") and len(gesture.codes) > 30:
            kind = "merge"
        if kind in ("merge", "retire") and len(gesture.codes) < 20:
            kind = "split"
        attempt = getattr(gesture, kind)()
        if attempt is None:
            return
        edit_of, *arguments = attempt
        begin = process_time()
        try:
            edit = edit_of(*arguments)
        except (BadGeometry, RuleViolation) as refusal:
            self.refused[f"{kind}: {type(refusal).__name__}"] += 1
            return
        self.seconds.append(process_time() - begin)
        after = edit.applied_to(atoms)
        self.require_sound(code, after)
        self.communities[code] = after
        self.made[kind] += 1
        self.log.append((code, edit))
        self.next_atom = max(self.next_atom, max(edit.after.index, default=0) + 1)

    def require_sound(self, code: str, atoms: gpd.GeoDataFrame) -> None:
        """Compare a community with what it was at the beginning."""
        if not edge_chain(atoms).same_as(self.chains[code]):
            raise AssertionError(f"the chain of {code} changed")
        if twice_area(atoms) != self.areas[code]:
            raise AssertionError(f"the area of {code} changed")
        if int(atoms["households"].sum()) != self.households[code]:
            raise AssertionError(f"{code} lost households")

    def states(self) -> dict[str, tuple[object, ...]]:
        """Give every bit of every community, to be compared."""
        return {
            code: (
                tuple(atoms.index),
                tuple(shapely.to_wkb(atoms.geometry.to_numpy())),
                atoms.drop(columns="geometry").to_csv(),
            )
            for code, atoms in self.communities.items()
        }

    def undo(self) -> None:
        """Take everything back, the last edit first."""
        for code, edit in reversed(self.log):
            self.communities[code] = edit.inverse().applied_to(self.communities[code])


@dataclass
class Gesture:
    """What a planner's hand might do in one community."""

    walk: Walk
    community: str
    atoms: gpd.GeoDataFrame

    def __post_init__(self) -> None:
        self.random = self.walk.random
        self.grid = self.atoms["grid"].to_numpy(dtype=object)
        self.codes = sorted(set(self.grid))

    def shape(self, code: str) -> Polygon:
        return united(self.atoms.geometry.to_numpy()[self.grid == code])

    def one(self) -> str:
        return str(self.random.choice(self.codes))

    def neighbour(self, code: str) -> str:
        near = self.grid[self.atoms.intersects(self.shape(code)).to_numpy()]
        return str(self.random.choice(sorted(set(near) - {code})))

    def new_code(self) -> str:
        self.walk.next_code += 1
        return f"{self.community}{self.walk.next_code:03d}"

    def vertex(self, code: str) -> np.ndarray:
        return self.random.choice(shapely.get_coordinates(self.shape(code)))

    def blob(self, at: np.ndarray, least: float, most: float) -> Polygon:
        angle = np.sort(self.random.uniform(0, 2 * np.pi, 9))
        radius = self.random.uniform(least, most, 9) * METRE
        return Polygon(at + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None])

    def split(self) -> Attempt:
        code = self.one()
        middle = np.array(self.shape(code).centroid.coords[0])
        angle = self.random.uniform(0, np.pi)
        along, across = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        way = np.linspace(-300, 300, 13)[:, None] * along
        line = LineString(middle + (way + self.random.uniform(-8, 8, (13, 1)) * across) * METRE)
        return edits.split, self.atoms, code, line, self.new_code(), self.walk.next_atom

    def merge(self) -> Attempt:
        code = self.one()
        return edits.merge, self.atoms, code, [self.neighbour(code)]

    def transfer(self) -> Attempt:
        code = self.one()
        lasso = self.blob(self.vertex(code), 10, 60)
        return edits.transfer, self.atoms, lasso, code, self.walk.next_atom

    def create(self) -> Attempt:
        area = self.blob(self.vertex(self.one()), 20, 90)
        return edits.create, self.atoms, area, self.new_code(), self.walk.next_atom

    def reshape(self) -> Attempt | None:
        one = self.one()
        other = self.neighbour(one)
        a, b = self.shape(one), self.shape(other)
        shared = shapely.line_merge(a.boundary.intersection(b.boundary))
        border = max(shapely.get_parts(shared), key=shapely.length, default=None)
        if border is None or border.geom_type != "LineString":
            return None
        begin, end = np.sort(self.random.uniform(0, 1, 2))
        ends = [border.interpolate(share, normalized=True) for share in (begin, end)]
        bend = self.random.uniform(-20, 20, (3, 2)) * METRE
        way = np.linspace(*[end.coords[0] for end in ends], 5)
        way[1:-1] += bend
        return edits.reshape, self.atoms, one, other, LineString(way), self.walk.next_atom

    def drag(self) -> Attempt:
        vertex = self.vertex(self.one())
        to = vertex + self.random.uniform(-15, 15, 2) * METRE
        return edits.drag, self.atoms, tuple(vertex), tuple(to), self.walk.next_atom

    def relabel(self) -> Attempt:
        code = self.one()
        rim = self.atoms.index[
            (self.atoms["grid"] != code) & self.atoms.intersects(self.shape(code))
        ]
        return edits.relabel, self.atoms, self.random.choice(rim, 1), code

    def retire(self) -> Attempt:
        return edits.retire, self.atoms, self.one()

    def renumber(self) -> Attempt:
        one, other = self.random.choice(self.codes, 2, replace=False)
        return edits.renumber, self.atoms, {one: other, other: self.new_code()}


def made_city(count: int, seed: int) -> gpd.GeoDataFrame:
    """Draw a city of ``count`` grids whose communities' outlines are dense, as atoms."""
    return grid_atoms(with_dense_frames(make_city(count, seed)))
