"""An edit as data: what was there, what stands in its place, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import Conflict


@dataclass(frozen=True)
class Edit:
    """Atoms that change, before and after; both cover the same ground, proved by their chain.

    Attributes
    ----------
    before, after : GeoDataFrame
        Atoms frames as in `gridsvc.geo.atoms`. To apply an edit is to delete the rows of
        ``before`` by their id and to insert those of ``after``.
    grids : frozenset of str
        Codes whose ground, code or counts change. A grid that only gains a vertex on its border
        is in the frames and not here.
    shifted_m : float
        How far the farthest end of a drawn line was moved to reach a vertex of a locked
        outline, in metres.
    """

    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    grids: frozenset[str]
    shifted_m: float = 0.0

    @property
    def touched(self) -> frozenset[int]:
        """The ids of both frames; two edits whose ids do not meet may be applied in any order."""
        return frozenset(int(one) for one in (*self.before.index, *self.after.index))

    def inverse(self) -> Edit:
        """Give the edit that takes this one back, bit by bit."""
        return Edit(self.after, self.before, self.grids, self.shifted_m)

    def applied_to(self, atoms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Put ``after`` in the place of ``before``.

        Parameters
        ----------
        atoms : GeoDataFrame
            Any atoms frame that holds the rows of ``before``.

        Returns
        -------
        GeoDataFrame
            A new frame in the order of the ids.

        Raises
        ------
        Conflict
            An atom is not there any more, or not as it was when the edit was made.
        """
        places = atoms.index.get_indexer(self.before.index)
        shapes, grid = atoms.geometry.to_numpy()[places], atoms["grid"].to_numpy()[places]
        same = places >= 0
        same &= shapely.equals_identical(shapes, self.before.geometry.to_numpy())
        same &= grid == self.before["grid"].to_numpy()
        if not same.all():
            changed = self.before.index[~same].tolist()
            raise Conflict(
                f"Atom {changed[0]} has changed since this edit was made: draw it anew.",
                ids=changed,
            )
        left = np.ones(len(atoms), dtype=bool)
        left[places] = False
        return pd.concat([atoms[left], self.after]).sort_index()
