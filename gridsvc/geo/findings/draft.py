"""A draft under judgement: its atoms and grids, and what the checks ask of them time and again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.geo.atoms import outlines
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.crs import to_metric
from gridsvc.geo.findings.kinds import Fix, Ground
from gridsvc.geo.proposal.borders import atom_borders


class Draft:
    """Atoms with their labels, before the ground that they are judged against.

    Parameters
    ----------
    atoms : GeoDataFrame
        The atoms frame of whole communities, EPSG:4326.
    ground : Ground
        Frames, ranges, codes.
    grids : GeoDataFrame, optional
        ``outlines(atoms)``, where they are known already.
    mending : bool
        Whether edits that would bring a grid into its range are looked for.
    """

    def __init__(
        self,
        atoms: gpd.GeoDataFrame,
        ground: Ground,
        grids: gpd.GeoDataFrame | None = None,
        *,
        mending: bool = True,
    ) -> None:
        self.mending = mending
        self.atoms = atoms
        self.ground = ground
        self.grids = _outlines(atoms) if grids is None else grids.geometry
        self.community = atoms["grid"].str[:COMMUNITY_DIGITS]
        self.households = atoms.groupby("grid")["households"].sum()

    @cached_property
    def metric(self) -> gpd.GeoSeries:
        """The outlines in metres."""
        return to_metric(self.grids)

    @cached_property
    def borders(self) -> pd.DataFrame:
        """Which atoms touch along a border, both ways: ``a``, ``b``, ``border_m``."""
        once = atom_borders(self.atoms)[["a", "b", "border_m"]]
        both = pd.concat([once, once.rename(columns={"a": "b", "b": "a"})], ignore_index=True)
        return both.set_index("a").sort_index()

    def neighbours(self, atoms: pd.Index) -> pd.Series:
        """Measure the metres of border that some atoms share with each grid, longest first."""
        touching = self.borders.loc[self.borders.index.isin(atoms)]
        touching = touching[~touching["b"].isin(atoms)]
        grid = self.atoms["grid"].reindex(touching["b"]).to_numpy()
        return touching["border_m"].groupby(grid).sum().sort_values(ascending=False, kind="stable")

    def longest_neighbour(self, atoms: pd.Index, community: str) -> str | None:
        """Give the grid of a community, other than the atoms' own, that they border on most."""
        own = set(self.atoms["grid"][atoms])
        return next(
            (c for c in self.neighbours(atoms).index if c.startswith(community) and c not in own),
            None,
        )

    def atoms_in(self, code: str, piece: shapely.Geometry) -> pd.Index:
        """Give the atoms of a grid that lie in a piece of ground."""
        own = self.atoms.geometry[self.atoms["grid"] == code]
        return own.index[shapely.intersects(piece, shapely.point_on_surface(own.to_numpy()))]

    def range_of(self, code: str) -> tuple[int, int]:
        """Give the lowest and highest number of households allowed in a grid."""
        low, high = self.ground.low, self.ground.high
        community = code[:COMMUNITY_DIGITS]
        return (
            int(low[community]) if isinstance(low, pd.Series) else low,
            int(high[community]) if isinstance(high, pd.Series) else high,
        )

    def relabelling(self, atoms: Iterable[int], to: str) -> Fix:
        """Write out the edit that gives atoms to a grid, with what every grid then has."""
        chosen = pd.Index(atoms)
        given = self.atoms.loc[chosen].groupby("grid")["households"].sum()
        after = {code: int(self.households[code] - number) for code, number in given.items()}
        after[to] = int(self.households[to] + given.drop(to, errors="ignore").sum())
        ordered = tuple(int(one) for one in np.sort(chosen.to_numpy()))
        return Fix("relabel", to=to, atoms=ordered, households=tuple(sorted(after.items())))


def _outlines(atoms: gpd.GeoDataFrame) -> gpd.GeoSeries:
    # Atoms that overlap or lack a shared vertex are no coverage; the checks are to say where.
    with suppress(shapely.errors.GEOSException):
        shapes = outlines(atoms).geometry
        if shapes.is_valid.all():
            return shapes
    return atoms[["grid", "geometry"]].dissolve("grid").geometry
