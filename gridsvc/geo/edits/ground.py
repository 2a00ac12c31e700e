"""The ground that an edit works on: the atoms of one community, and what of it is locked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import NotFound, RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.noding import Shapes, in_steps
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS

_EQUATOR_STEP_M = 6_378_137.0 * np.pi / 180 * 1e-7

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """Atoms of one community; arrays are in the order of ``atoms``.

    Attributes
    ----------
    atoms : GeoDataFrame
        As in `gridsvc.geo.atoms`.
    shapes : array of Polygon
        In whole steps of the lattice.
    grid : array of str
        The code that each atom is in.
    """

    atoms: gpd.GeoDataFrame
    shapes: Shapes
    grid: NDArray[np.object_]

    @classmethod
    def below(cls, atoms: gpd.GeoDataFrame, codes: Iterable[str]) -> Ground:
        """Take the atoms of the community that some grids are in.

        Raises
        ------
        NotFound
            A grid has no atom here.
        RuleViolation
            The grids are in two communities: the border between them is locked.
        """
        codes = list(codes)
        labels = atoms["grid"].to_numpy(dtype=object)
        present = set(labels)
        if missing := [code for code in codes if code not in present]:
            raise NotFound(f"There is no grid {missing[0]} here.", ids=missing)
        require_one_community(codes)
        own = atoms[[label[:COMMUNITY_DIGITS] == codes[0][:COMMUNITY_DIGITS] for label in labels]]
        shapes = in_steps(own.geometry.to_numpy())
        return cls(own, shapes, own["grid"].to_numpy(dtype=object))

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Households and dwellings, one row an atom."""
        return np.column_stack([self.atoms["households"], self.atoms["dwellings"]])

    @cached_property
    def anchors(self) -> NDArray[np.float64]:
        """Where each atom's building is, in steps; NaN where there is none."""
        degrees = np.column_stack([self.atoms["lon"], self.atoms["lat"]])
        return np.rint(degrees * 1e7)

    @cached_property
    def block(self) -> NDArray[np.int64]:
        """The block that each atom lies in."""
        return self.atoms["block"].to_numpy()

    def of(self, codes: Iterable[str]) -> Mask:
        """Mark the atoms of some grids."""
        return np.isin(self.grid, list(codes))

    def outline(self, chosen: Mask) -> shapely.Geometry:
        """Unite atoms: a Polygon, or a MultiPolygon where they lie apart; in steps."""
        return united(self.shapes[chosen])

    @cached_property
    def locked(self) -> Shapes:
        """The edges, in steps, that no two atoms share: the community's outline."""
        edges: Shapes = shapely.linestrings(edge_chain(self.atoms).positions().astype(float))
        return edges

    @cached_property
    def locked_tree(self) -> shapely.STRtree:
        """An index of `locked`."""
        return shapely.STRtree(self.locked)


def require_one_community(codes: Iterable[str]) -> None:
    """Let codes pass only if their first twelve digits are the same.

    Raises
    ------
    RuleViolation
        They are not.
    """
    communities = sorted({code[:COMMUNITY_DIGITS] for code in codes})
    if len(communities) > 1:
        raise RuleViolation(
            f"The border between communities {communities[0]} and {communities[1]} is locked: "
            "ground passes only between grids of one community.",
            ids=communities,
        )


def united(shapes: Shapes) -> shapely.Geometry:
    """Unite shapes that share their vertices; what one polygon can hold is a Polygon."""
    if len(shapes) == 1:
        return shapes[0]
    whole = shapely.coverage_union_all(shapes)
    parts = shapely.get_parts(whole)
    return parts[0] if len(parts) == 1 else whole


def in_metres(way: NDArray[np.float64], lat: float) -> float:
    """Measure a short way (steps east, steps north) at a latitude in steps; within 0.7 %."""
    east = way[0] * np.cos(np.radians(lat * 1e-7))
    return float(np.hypot(east, way[1]) * _EQUATOR_STEP_M)


def place_of(shape: shapely.Geometry) -> tuple[float, float]:
    """Give lon, lat of a point on a shape in steps, for a person to look at."""
    at = shapely.point_on_surface(shape)
    return round(at.x * 1e-7, 7), round(at.y * 1e-7, 7)
